package sessions

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Names are the connections of a session.
const Names = "abcde"

// Reconnect is the first word of a step that closes a connection and opens it again.
const Reconnect = "!reconnect"

// Step is one command on one connection. $x in a word stands for the client id of
// connection x, $x' for the one that it had before.
type Step struct {
	Conn  byte
	Words []string
}

// Session is a conversation. It is played in the mode that its first step names, or
// step by step.
type Session []Step

// A Mode says what is sent without waiting for replies.
type Mode string

// The modes.
const (
	InStep   Mode = ""          // nothing: each command waits until the last is done
	Pipeline Mode = "!pipeline" // commands that follow each other on one connection
	Async    Mode = "!async"    // these, and those of other connections, until one has its turn again
)

// everybody stands for all connections, in the step that names the mode.
const everybody = '*'

// mode returns the mode, and the steps without the one that names it.
func (s Session) mode() (Mode, Session) {
	if len(s) > 0 && s[0].Conn == everybody {
		return Mode(s[0].Words[0]), s[1:]
	}
	return InStep, s
}

// in returns the session with its mode.
func (s Session) in(m Mode) Session {
	if m == InStep {
		return s
	}
	return append(Session{{everybody, []string{string(m)}}}, s...)
}

// String returns the step as a line of a kept session.
func (s Step) String() string {
	var b strings.Builder
	b.WriteByte(s.Conn)
	for _, w := range s.Words {
		b.WriteByte(' ')
		if w == "" || w != strings.Trim(strconv.Quote(w), `"`) || strings.ContainsAny(w, " #") {
			w = strconv.Quote(w)
		}
		b.WriteString(w)
	}
	return b.String()
}

// String returns the session in the form that Parse reads.
func (s Session) String() string {
	var b strings.Builder
	for _, step := range s {
		b.WriteString(step.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Parse reads a kept session. It ignores empty lines and lines that begin with #.
func Parse(r io.Reader) (Session, error) {
	var session Session
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		words, err := split(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		mode := words[0] == string(everybody) && len(words) == 2 && len(session) == 0 && slices.Contains([]Mode{Pipeline, Async}, Mode(words[1]))
		if !mode && (len(words) < 2 || len(words[0]) != 1 || !strings.Contains(Names, words[0])) {
			return nil, fmt.Errorf("line %d: %q is not a connection (%s) and a command", n, line, Names)
		}
		session = append(session, Step{words[0][0], words[1:]})
	}
	return session, lines.Err()
}

// split cuts a line at its spaces; words in double quotes are read as Go strings.
func split(line string) (words []string, err error) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			words, line = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, fmt.Errorf("unfinished quotes: %s", line)
		}
		word, _ := strconv.Unquote(quoted)
		words, line = append(words, word), line[len(quoted):]
	}
	return words, nil
}
