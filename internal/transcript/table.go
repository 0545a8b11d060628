package transcript

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// Table says which servers give which of the values that a transcript has kept.
type Table struct {
	Columns []Column
	Rows    []Row
}

// Column is a column of a [Table].
type Column struct {
	Head string
	name string // of the value
}

// Row is a row of a [Table].
type Row struct {
	Servers []string // "Redis 8.0.2"
	Cells   []string // as written
	values  []several
}

// several are values that arrived one after the other.
type several []any

func (list several) String() string {
	if len(list) == 0 {
		return "nothing"
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = describe(v)
	}
	return strings.Join(texts, " then ")
}

var (
	columnHead = regexp.MustCompile(`^(.+?)\s+@([A-Za-z][A-Za-z0-9]*)$`)
	serverName = regexp.MustCompile(`^(Redis [0-9.]+|Valkey [0-9.]+|tattle)$`)
)

// parseTable reads the heads of the columns: "| text @name | text @name".
func parseTable(text string) (*Table, error) {
	t := &Table{}
	for head := range strings.SplitSeq(strings.Trim(text, "| "), "|") {
		parts := columnHead.FindStringSubmatch(strings.TrimSpace(head))
		if parts == nil {
			return nil, fmt.Errorf("a column is headed by a text and the name of a value, as in table | what a hears @heard")
		}
		t.Columns = append(t.Columns, Column{parts[1], parts[2]})
	}
	return t, nil
}

// row reads "Redis 8.0.2, tattle | value | value".
func (t *Table) row(text string) error {
	cells := strings.Split(strings.TrimRight(text, "| "), "|")
	if len(cells) != 1+len(t.Columns) {
		return fmt.Errorf("the row has %d values, the table %d columns", len(cells)-1, len(t.Columns))
	}
	row := Row{Servers: strings.Split(strings.TrimSpace(cells[0]), ", ")}
	for _, s := range row.Servers {
		if !serverName.MatchString(s) {
			return fmt.Errorf("%q names no server; Redis 8.0.2 would", s)
		}
	}
	for _, cell := range cells[1:] {
		values, err := parseSeveral(strings.TrimSpace(cell))
		if err != nil {
			return err
		}
		row.Cells, row.values = append(row.Cells, strings.TrimSpace(cell)), append(row.values, values)
	}
	t.Rows = append(t.Rows, row)
	return nil
}

// parseSeveral reads "value then value", or "nothing".
func parseSeveral(text string) (list several, err error) {
	if text == "nothing" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, " then ") {
		v, err := parseValue(part)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Of returns the row of a server, by the name that [Step.Server] has, or nil.
func (t *Table) Of(server string) *Row {
	for i, row := range t.Rows {
		for _, s := range row.Servers {
			if s == server || strings.HasPrefix(server, s+" ") {
				return &t.Rows[i]
			}
		}
	}
	return nil
}

// judge compares the server's row with the values that were kept. A server without a row has
// not been measured.
func (r *run) judge(t *Table) error {
	for _, c := range t.Columns {
		v, known := r.names[c.name]
		if !known {
			return fmt.Errorf("there is no $%s", c.name)
		}
		r.got = append(r.got, asSeveral(v))
	}
	row := t.Of(r.id.server())
	if row == nil {
		return nil
	}
	for i, c := range t.Columns {
		got := r.got[i].(several)
		if !maps.Clone(r.names).matchList(row.values[i], got) {
			return fmt.Errorf("%s: the table says %s, it is %s", c.Head, row.Cells[i], got)
		}
	}
	return nil
}

func asSeveral(v any) several {
	if list, ok := v.(several); ok {
		return list
	}
	return several{v}
}
