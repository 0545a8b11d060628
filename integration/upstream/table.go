package upstream

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Row is what the table says about a unit.
type Row struct {
	Unit   string
	Passed int    // on tattle
	Total  int    // on Redis itself, with the same tests left out
	Note   string // why the two differ
}

// Table is the rows of upstream.tsv by unit. It is the promise that continuous integration
// checks: no unit passes fewer tests than the table says.
type Table map[string]Row

const tableHead = "unit\tpassed\ttotal\tnote"

// ReadTable reads a table. A file that does not exist is an empty one.
func ReadTable(path string) (Table, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return Table{}, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := parseTable(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return t, nil
}

func parseTable(text string) (Table, error) {
	t := Table{}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i == 0 && line == tableHead {
			continue
		}
		words := strings.Split(line, "\t")
		if len(words) != 4 {
			return nil, fmt.Errorf("%d: a line is unit, passed, total, note, with tabs between them", i+1)
		}
		passed, err1 := strconv.Atoi(words[1])
		total, err2 := strconv.Atoi(words[2])
		if err1 != nil || err2 != nil || passed < 0 || total < 0 {
			return nil, fmt.Errorf("%d: passed and total are numbers", i+1)
		}
		t[words[0]] = Row{words[0], passed, total, words[3]}
	}
	return t, nil
}

// Units returns the units of the table, sorted.
func (t Table) Units() []string { return slices.Sorted(maps.Keys(t)) }

// Note records the result of a unit in the table.
func (t Table) Note(on Product, r Result) {
	row := t[r.Unit]
	row.Unit = r.Unit
	if on == Redis {
		row.Total = r.Passed
	} else {
		row.Passed = r.Passed
		row.Total = max(row.Total, r.Passed)
	}
	t[r.Unit] = row
}

// Write writes the table.
func (t Table) Write(path string) error {
	var text strings.Builder
	text.WriteString(tableHead + "\n")
	for _, unit := range t.Units() {
		r := t[unit]
		fmt.Fprintf(&text, "%s\t%d\t%d\t%s\n", r.Unit, r.Passed, r.Total, r.Note)
	}
	return os.WriteFile(path, []byte(text.String()), 0o666)
}
