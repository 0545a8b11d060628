package command

import (
	"slices"
	"strings"
)

// Table is all commands that a server knows.
type Table struct {
	rows   []*Row // commands without their subcommands, in the order given
	all    []*Row // by ID
	byName map[string]*Row
}

// NewTable makes a table from copies of rows. It panics if two rows have the same name,
// which is a mistake in the program.
func NewTable(families ...[]Row) *Table {
	t := &Table{byName: map[string]*Row{}}
	rows := slices.Concat(families...)
	for i := range rows {
		t.rows = append(t.rows, &rows[i])
		t.add(&rows[i], nil)
	}
	return t
}

func (t *Table) add(r, parent *Row) {
	r.parent, r.id = parent, len(t.all)
	r.first = bounds(r.Keys)
	if r.GetKeys != nil || movable(r.Keys) {
		r.Flags |= MovableKeys
	}
	if t.byName[r.FullName()] != nil {
		panic("command: " + r.FullName() + " is in the table twice")
	}
	t.byName[r.FullName()] = r
	t.all = append(t.all, r)
	r.Sub = slices.Clone(r.Sub)
	for i := range r.Sub {
		t.add(&r.Sub[i], r)
	}
}

// Rows returns the commands, without their subcommands.
func (t *Table) Rows() []*Row { return t.rows }

// All returns all commands and subcommands by ID.
func (t *Table) All() []*Row { return t.all }

// Named finds a command by its full name in any case: "get", "client|list".
func (t *Table) Named(name string) *Row { return t.byName[strings.ToLower(name)] }

// longestName limits the length of names that are looked up; every real name is shorter.
const longestName = 64

// Lookup finds the row for a command line: that of the subcommand if the second word
// names one. It returns nil, false for an unknown command, and the container, false for an
// unknown subcommand.
func (t *Table) Lookup(args [][]byte) (row *Row, found bool) {
	var buf [longestName]byte
	name, ok := lower(buf[:0], args[0])
	if !ok {
		return nil, false
	}
	row = t.byName[string(name)]
	if row == nil || row.parent != nil {
		return nil, false
	}
	if len(row.Sub) == 0 || len(args) < 2 {
		return row, true
	}
	sub, ok := lower(append(name, '|'), args[1])
	if !ok {
		return row, false
	}
	if r := t.byName[string(sub)]; r != nil {
		return r, true
	}
	return row, false
}

func lower(dst, b []byte) ([]byte, bool) {
	if len(dst)+len(b) > longestName {
		return nil, false
	}
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst, true
}
