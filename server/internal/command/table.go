package command

import (
	"maps"
	"slices"
	"strings"
)

// Table is all commands that a server knows.
type Table struct {
	rows   []*Row // commands without their subcommands, in the order given
	all    []*Row // with their subcommands
	byName map[string]*Row
	ids    map[string]int // by full name, of commands that are gone too
	base   []Row          // as given to NewTable
}

// NewTable makes a table from copies of rows. It panics if two rows have the same name,
// which is a mistake in the program.
func NewTable(families ...[]Row) *Table {
	t := &Table{ids: map[string]int{}, base: slices.Concat(families...)}
	t.fill(slices.Clone(t.base))
	return t
}

// With returns a table of the same base with further rows, whose names are full ("my|sub"), in
// place of those that t had. A row takes the place of the one that has its name. In both
// tables a name has the same ID.
func (t *Table) With(further []Row) *Table {
	next := &Table{ids: maps.Clone(t.ids), base: t.base}
	rows := slices.Clone(t.base)
	for _, r := range further {
		name, sub, inside := strings.Cut(r.Name, "|")
		if !inside {
			rows = put(rows, r)
			continue
		}
		container := Container(name, r.Since, "A container of custom commands")
		if i := named(rows, name); i >= 0 {
			container = rows[i]
		}
		r.Name = sub
		container.Sub = put(slices.Clone(container.Sub), r)
		rows = put(rows, container)
	}
	next.fill(rows)
	return next
}

// put puts a row in place of the one with its name, or behind all.
func put(rows []Row, r Row) []Row {
	if i := named(rows, r.Name); i >= 0 {
		rows[i] = r
		return rows
	}
	return append(rows, r)
}

func named(rows []Row, name string) int {
	return slices.IndexFunc(rows, func(r Row) bool { return r.Name == name })
}

func (t *Table) fill(rows []Row) {
	t.byName = make(map[string]*Row, len(rows))
	for i := range rows {
		t.rows = append(t.rows, &rows[i])
		t.add(&rows[i], nil)
	}
}

func (t *Table) add(r, parent *Row) {
	r.parent = parent
	name := r.FullName()
	id, known := t.ids[name]
	if !known {
		id = len(t.ids)
		t.ids[name] = id
	}
	r.id, r.first = id, bounds(r.Keys)
	if r.GetKeys != nil || movable(r.Keys) {
		r.Flags |= MovableKeys
	}
	if t.byName[name] != nil {
		panic("command: " + name + " is in the table twice")
	}
	t.byName[name] = r
	t.all = append(t.all, r)
	r.Sub = slices.Clone(r.Sub)
	for i := range r.Sub {
		t.add(&r.Sub[i], r)
	}
}

// Rows returns the commands, without their subcommands.
func (t *Table) Rows() []*Row { return t.rows }

// All returns all commands and subcommands.
func (t *Table) All() []*Row { return t.all }

// IDs returns the number of IDs: each is less.
func (t *Table) IDs() int { return len(t.ids) }

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
