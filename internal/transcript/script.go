package transcript

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Script is a parsed transcript.
type Script struct {
	Name  string
	Named bool // connections tell the server their names, for those who watch
	lines []line
}

// line is one line that does something, or a paragraph of text.
type line struct {
	number  int // of a paragraph: that of its last line
	do      action
	word    string   // with which it begins, or the sign behind the connection
	text    string   // what stands behind it
	conn    string   // of send, expect and quiet
	words   []word   // of send; names of open and close; what wait waits for
	more    bool     // send: in one write with the line before
	want    any      // expect
	differs []differ // expect, where servers differ
	resp    int      // open
	ms      int      // pass
	table   *Table   // table
	on      []branch // the only and else around it
}

// differ is what some servers send instead.
type differ struct {
	where cond
	want  any
}

// branch is an only block around a line, or its else.
type branch struct {
	where  cond
	negate bool
}

// word is one word of a command. name is set if the word is a reference to a value.
type word struct{ text, name, written string }

type action int

const (
	send action = iota
	expect
	quiet
	gather
	open
	closing
	wait
	pass
	reset
	info
	table
	note
)

var (
	connLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*)([><!?+])(?: (.*))?$`)
	connName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
)

// Load reads a transcript from a file.
func Load(path string) (*Script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, string(text))
}

// Parse reads a transcript. Errors name the line: name:12: what is wrong there. Lines that
// begin with one of words are text, as prose is: [Script.Play] shows them.
func Parse(name, text string, words ...string) (*Script, error) {
	r := reader{Script: Script{Name: name}, words: words}
	for raw := range strings.Lines(text) {
		r.number++
		text := strings.TrimSpace(raw)
		if text == "" {
			continue
		}
		if err := r.line(text); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, r.number, err)
		}
	}
	if r.depth > 0 || len(r.on) > 0 {
		return nil, fmt.Errorf("%s:%d: end is missing", name, r.number)
	}
	return &r.Script, nil
}

// reader is the state of parsing a transcript.
type reader struct {
	Script
	number int      // of the current line
	on     []branch // the blocks around it
	each   []string // the lines of the last each
	depth  int      // of blocks, while an each is read
	table  *Table   // that the rows belong to, if it is not an each
	words  []string // that begin lines of text
}

// line reads a line of the text, on its own or as part of an each.
func (r *reader) line(text string) error {
	first, _, _ := strings.Cut(text, " ")
	switch {
	case r.depth > 0:
		r.collect(first, text)
		return nil
	case text == "each":
		r.each, r.depth, r.table = nil, 1, nil
		return nil
	case first == "|" && r.table != nil:
		return r.table.row(text[1:])
	case first == "|":
		return r.row(strings.Split(text[1:], "|"))
	}
	return r.parseLine(text)
}

// parseLine reads a line that is not part of an each.
func (r *reader) parseLine(text string) error {
	first, after, _ := strings.Cut(text, " ")
	switch first {
	case "only":
		where, err := parseCond(after)
		r.on = append(r.on, branch{where: where})
		return err
	case "else", "end":
		if len(r.on) == 0 || after != "" {
			return fmt.Errorf("%s stands alone, after only", first)
		}
		// Lines that were read before keep their own copy.
		inner := r.on[len(r.on)-1]
		r.on = slices.Clone(r.on[:len(r.on)-1])
		if first == "else" {
			r.on = append(r.on, branch{inner.where, true})
		}
		return nil
	case "differs":
		return r.parseDiffers(after)
	}
	l := line{number: r.number, on: slices.Clone(r.on), word: first, text: strings.TrimSpace(after)}
	var err error
	parts := connLine.FindStringSubmatch(text)
	switch {
	case text[0] == '#':
		r.prose(strings.TrimSpace(text[1:]))
		return nil
	case slices.Contains(r.words, first):
		l.do = note
	case parts != nil:
		l.word, l.text = parts[2], parts[3]
		err = l.parseConn(parts[1], parts[2], parts[3])
	case first == "table":
		l.do = table
		l.table, err = parseTable(after)
		r.table = l.table
	default:
		err = l.parseWord(first, strings.Fields(after))
	}
	r.lines = append(r.lines, l)
	return err
}

// prose adds a line of prose, to the paragraph to which the line above belongs.
func (r *reader) prose(text string) {
	if n := len(r.lines); n > 0 && text != "" {
		if last := &r.lines[n-1]; last.word == "#" && last.number == r.number-1 {
			last.number, last.text = r.number, last.text+" "+text
			return
		}
	}
	if text != "" {
		r.lines = append(r.lines, line{number: r.number, do: note, word: "#", text: text, on: slices.Clone(r.on)})
	}
}

func (l *line) parseConn(conn, sign, after string) (err error) {
	l.conn = conn
	switch sign {
	case ">", "+":
		l.do, l.more = send, sign == "+"
		if l.words, err = parseWords(after); err == nil && len(l.words) == 0 {
			err = fmt.Errorf("%s sends nothing", conn)
		}
	case "<":
		l.do = expect
		l.want, err = parseValue(after)
	case "?":
		l.do = gather
		if !connName.MatchString(after) {
			err = fmt.Errorf("%s? wants a name for what has arrived", conn)
		}
	case "!":
		l.do = quiet
		if after != "" {
			err = fmt.Errorf("nothing stands behind %s!", conn)
		}
	}
	return err
}

// parseWord reads the lines that begin with a word.
func (l *line) parseWord(first string, words []string) error {
	for _, w := range words {
		l.words = append(l.words, word{text: w})
	}
	switch first {
	case "open", "close":
		l.do, l.resp = open, 2
		if first == "close" {
			l.do = closing
		} else if n := len(words); n > 0 && (words[n-1] == "resp2" || words[n-1] == "resp3") {
			l.resp = int(words[n-1][4] - '0')
			words, l.words = words[:n-1], l.words[:n-1]
		}
		for _, w := range words {
			if !connName.MatchString(w) {
				return fmt.Errorf("%q is no name for a connection", w)
			}
		}
		if len(words) == 0 {
			return fmt.Errorf("%s what?", first)
		}
	case "wait":
		l.do = wait
		if len(words) != 2 {
			return fmt.Errorf("wait wants a field of INFO and its value")
		}
	case "info":
		l.do = info
		if len(words) != 2 || !connName.MatchString(words[0]) {
			return fmt.Errorf("info wants a name and a field of INFO")
		}
	case "pass":
		l.do = pass
		var err error
		if len(words) == 1 {
			l.ms, err = strconv.Atoi(words[0])
		}
		if err != nil || len(words) != 1 || l.ms <= 0 {
			return fmt.Errorf("pass wants a number of milliseconds")
		}
	case "reset":
		l.do = reset
		if len(words) > 0 {
			return fmt.Errorf("nothing stands behind reset")
		}
	default:
		return fmt.Errorf("what is %q? See the comment of package transcript", first)
	}
	return nil
}

func (r *reader) parseDiffers(text string) error {
	servers, value, ok := strings.Cut(text, ": ")
	if !ok || len(r.lines) == 0 || r.lines[len(r.lines)-1].do != expect {
		return fmt.Errorf("differs stands below an expectation, as differs valkey: value")
	}
	where, err := parseCond(servers)
	if err != nil {
		return err
	}
	want, err := parseValue(value)
	if err != nil {
		return err
	}
	last := &r.lines[len(r.lines)-1]
	last.differs = append(last.differs, differ{where, want})
	return nil
}

// parseWords splits a command.
func parseWords(s string) (words []word, err error) {
	p := &parser{s}
	for {
		p.skip()
		before := p.s
		switch {
		case p.s == "":
			return words, nil
		case p.s[0] == '"':
			text, err := p.quoted()
			if err != nil {
				return nil, err
			}
			words = append(words, word{text: text, written: strings.TrimSuffix(before, p.s)})
		default:
			end := strings.IndexAny(p.s, " \t")
			if end < 0 {
				end = len(p.s)
			}
			w := word{text: p.s[:end], written: p.s[:end]}
			if len(w.text) > 1 && w.text[0] == '$' {
				w.name = w.text[1:]
			}
			words = append(words, w)
			p.s = p.s[end:]
		}
	}
}
