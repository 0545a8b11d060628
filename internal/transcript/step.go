package transcript

import (
	"slices"
	"strings"
)

// Step is what [Script.Play] shows of a line that it has played.
type Step struct {
	Line int
	// Word is the word with which the line begins, or the sign behind the connection: one
	// of > + < ? ! open close wait pass reset info table, # for a paragraph of prose, or one of
	// the words given to Parse.
	Word string
	Conn string
	Text string // what stands behind Word; of > and +, with the values that were kept
	// Got is what arrived, for < and ?, and the value of the field, for info. For table it is what the play gave in place of
	// each column's cell. Each is written as in a transcript.
	Got    []string
	Table  *Table
	Server string // such as "Redis 8.0.2" and "tattle 0.1"
}

func (r *run) shown(l line) Step {
	s := Step{Line: l.number, Word: l.word, Conn: l.conn, Text: l.text, Table: l.table, Server: r.id.server()}
	if l.do == send {
		s.Text = r.sent(l.words)
	}
	for _, v := range r.got {
		s.Got = append(s.Got, describe(v))
	}
	return s
}

// sent returns the words of a command with the values that were kept. The ids of
// connections, which say nothing to a reader, stay as they are written.
func (r *run) sent(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.written
		if v, known := r.names[w.name]; known && r.conns[w.name] == nil {
			texts[i] = describe(v)
		}
	}
	return strings.Join(texts, " ")
}

// Texts returns the lines of text of a transcript, by their words. Those of prose begin
// with #.
func (s *Script) Texts() map[string][]string {
	texts := map[string][]string{}
	for _, l := range s.lines {
		if l.do == note {
			texts[l.word] = append(texts[l.word], l.text)
		}
	}
	return texts
}

// Conns returns the names of the connections of a transcript, in the order in which they
// stand there.
func (s *Script) Conns() (names []string) {
	for _, l := range s.lines {
		of := []string{l.conn}
		if l.do == open {
			of = strings.Fields(strings.TrimSuffix(strings.TrimSuffix(l.text, " resp2"), " resp3"))
		}
		for _, name := range of {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Tables returns the tables of a transcript.
func (s *Script) Tables() (list []*Table) {
	for _, l := range s.lines {
		if l.do == table {
			list = append(list, l.table)
		}
	}
	return list
}
