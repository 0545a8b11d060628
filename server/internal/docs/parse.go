package docs

import (
	"slices"
	"strconv"
	"strings"
)

// types are the short names of types that docs.txt has.
var types = map[string]string{
	"": "string", "int": "integer", "double": "double", "pattern": "pattern", "time": "unix-time", "key": "key",
}

// parser reads arguments in the notation of docs.txt.
type parser struct{ words []string }

// parse returns the arguments of a line.
func parse(line string) []Argument {
	for _, symbol := range []string{"(", ")", "[", "]"} {
		line = strings.ReplaceAll(line, symbol, " "+symbol+" ")
	}
	p := &parser{strings.Fields(line)}
	args, _ := p.arguments()
	return args
}

// arguments reads up to the end or a closing parenthesis, and reports whether there were
// alternatives.
func (p *parser) arguments() (args []Argument, alternatives bool) {
	for len(p.words) > 0 && !p.accept(")") {
		if p.accept("|") {
			alternatives = true
			continue
		}
		args = append(args, p.argument())
	}
	return args, alternatives
}

// accept takes the next word if it is w, and reports whether it was.
func (p *parser) accept(w string) bool {
	if len(p.words) == 0 || p.words[0] != w {
		return false
	}
	p.next()
	return true
}

func (p *parser) next() string {
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// argument reads an argument with its brackets and its ellipsis.
func (p *parser) argument() Argument {
	optional := p.accept("[")
	a := p.item()
	a.Optional, a.Multiple = optional, p.accept("...")
	if optional {
		p.accept("]")
	}
	return a
}

// item reads a token and its argument, or one of them.
func (p *parser) item() Argument {
	w := p.next()
	if !isToken(w) {
		return p.body(w)
	}
	if len(p.words) == 0 || slices.Contains([]string{"|", ")", "]"}, p.words[0]) {
		return pureToken(w)
	}
	a := p.body(p.next())
	a.Token, a.TokenRepeats = strings.CutSuffix(w, "...")
	a.HasToken = true
	return a
}

// isToken reports whether a word is a token by itself.
func isToken(w string) bool { return w == strings.ToUpper(w) && !strings.Contains(w, "=") }

// pureToken reads a token that is an argument: GET@6.2.0.
func pureToken(w string) Argument {
	a := versions(&w)
	a.Type, a.Name, a.Display, a.Token, a.HasToken = "pure-token", strings.ToLower(w), strings.ToLower(w), w, true
	return a
}

// body reads what begins with the name w: a value, a named token, or a group.
func (p *parser) body(w string) Argument {
	if p.accept("(") {
		return p.group(w)
	}
	a := versions(&w)
	if name, token, isToken := strings.Cut(w, "="); isToken {
		a.Type, a.Name, a.Display, a.Token, a.HasToken = "pure-token", name, name, token, true
		return a
	}
	w, display, _ := strings.Cut(strings.TrimSuffix(w, `"`), `"`)
	name, kind, _ := strings.Cut(w, ":")
	a.Name, a.Display = name, display
	if display == "" {
		a.Display = name
	}
	a.Type = types[strings.TrimRight(kind, "0123456789")]
	a.KeySpec = keySpec(kind)
	return a
}

// group reads the arguments of a group whose parenthesis is open.
func (p *parser) group(name string) Argument {
	args, alternatives := p.arguments()
	var suffix string
	if len(p.words) > 0 && strings.ContainsAny(p.words[0][:1], "@!") {
		suffix = p.next()
	}
	a := versions(&suffix)
	a.Name, a.Type, a.Arguments = name, "block", args
	if alternatives {
		a.Type = "oneof"
	}
	return a
}

// versions cuts the versions off a word, @6.2.0 and !6.2.0, and returns an argument with
// them.
func versions(w *string) Argument {
	rest, deprecated, _ := strings.Cut(*w, "!")
	rest, since, _ := strings.Cut(rest, "@")
	*w = rest
	return Argument{KeySpec: -1, Since: since, DeprecatedSince: deprecated}
}

// keySpec returns the number at the end of a type: that of a key is 0 if there is none.
func keySpec(kind string) int {
	if kind == "key" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimLeft(kind, "abcdefghijklmnopqrstuvwxyz"))
	if err != nil {
		return -1
	}
	return n
}
