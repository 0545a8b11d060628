package syntax

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Compile compiles source, whose name the machine's errors show as mark. The error is
// an *Error.
func Compile(code, source, mark string) (chunk *Chunk, err error) {
	p := &parser{
		lexer: lexer{src: code, line: 1, name: Name(source)},
		chunk: &Chunk{Source: source, sites: []site{{line: 1}}},
		mark:  mark,
		scope: map[string]*variable{},

		namesLen: strings.Contains(code, "__len"),
	}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			chunk, err = nil, e
		default:
			panic(e)
		}
	}()
	p.advance()
	p.main()
	return p.chunk, nil
}

// main compiles the chunk's main function.
func (p *parser) main() {
	p.openFunction(0)
	p.fn.proto.IsVarArg = lua.VarArgIsVarArg
	for i := range Upvalues {
		v := &variable{}
		p.given = append(p.given, v)
		p.fn.upvalues = append(p.fn.upvalues, v)
		p.fn.places[v] = i
	}
	p.statements()
	p.check(tEOF)
	p.chunk.Main = p.closeFunction().proto
}

// parser is a recursive-descent parser, with one method for each rule of the
// grammar. The methods emit instructions as they read.
type parser struct {
	lexer
	chunk *Chunk
	mark  string
	fn    *function
	scope map[string]*variable // the innermost of each name
	given []*variable          // the chunk's upvalues
	// namesLen: the source has the word __len, so tables may have that field.
	namesLen bool

	tok      token
	text     string // of tok, for messages
	ahead    *token // the token after tok, if it was looked at
	lastLine int    // where the token before tok ended
	level    int    // of nesting
}

// advance makes the next token current.
func (p *parser) advance() {
	p.lastLine = p.line
	if p.ahead != nil {
		p.tok, p.ahead = *p.ahead, nil
	} else {
		p.tok = p.next()
	}
	p.text = string(p.buf)
}

// lookAhead returns the token after the current one. Messages about the current
// token need its text, so lookAhead is only used if that is a name.
func (p *parser) lookAhead() kind {
	if p.ahead == nil {
		t := p.next()
		p.ahead = &t
	}
	return p.ahead.kind
}

// near returns the current token as messages show it.
func (p *parser) near() string {
	switch p.tok.kind {
	case tName, tNumber:
		return p.tok.text
	case tString:
		if p.text == "" {
			return p.tok.text
		}
		return p.text + string(p.text[0])
	}
	return p.tok.kind.String()
}

func (p *parser) unexpected(msg string) { p.failNear(msg, p.near()) }

func (p *parser) expected(k kind) { p.unexpected("'" + k.String() + "' expected") }

func (p *parser) check(k kind) {
	if p.tok.kind != k {
		p.expected(k)
	}
}

// take skips a token if it is of that kind, and reports whether it was.
func (p *parser) take(k kind) bool {
	if p.tok.kind != k {
		return false
	}
	p.advance()
	return true
}

func (p *parser) need(k kind) {
	p.check(k)
	p.advance()
}

// close skips the token that ends what began with open at line.
func (p *parser) close(k, open kind, line int) {
	if p.take(k) {
		return
	}
	if line == p.line {
		p.expected(k)
	}
	p.unexpected(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", k, open, line))
}

func (p *parser) needName() string {
	p.check(tName)
	name := p.tok.text
	p.advance()
	return name
}

func (p *parser) enter() {
	if p.level++; p.level > levelsMax {
		p.fail("chunk has too many syntax levels")
	}
}

func (p *parser) leave() { p.level-- }

func (p *parser) limit(f *function, n, most int, what string) {
	if n <= most {
		return
	}
	if f.line == 0 {
		p.fail(fmt.Sprintf("main function has more than %d %s", most, what))
	}
	p.fail(fmt.Sprintf("function at line %d has more than %d %s", f.line, most, what))
}

// site records a place that can fail and returns its number.
func (p *parser) site(line int, names ...name) int {
	sites := p.chunk.sites
	if last := len(sites) - 1; names == nil && sites[last].names == nil && sites[last].line == line {
		return last
	}
	p.chunk.sites = append(sites, site{line: line, names: names})
	return len(sites)
}

// blockEnd reports whether the current token ends a block.
func (p *parser) blockEnd() bool {
	switch p.tok.kind {
	case tElse, tElseif, tEnd, tEOF, tUntil:
		return true
	}
	return false
}

// block reads statements up to the end of the block, where their locals go out of
// scope.
func (p *parser) block() {
	p.openBlock(false)
	p.statements()
	p.closeBlock()
}

// statements leaves the locals in scope.
func (p *parser) statements() {
	p.enter()
	defer p.leave()
	for last := false; !last && !p.blockEnd(); {
		last = p.statement()
		p.take(';')
		p.fn.free = len(p.fn.active)
	}
}
