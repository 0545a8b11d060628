package order

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Suite is what to measure, on each server in turn.
type Suite struct {
	Cases []Case
	Kinds []string
	Loads []bool
	Gaps  []time.Duration
	N     int       // tries for each number in the table
	Log   io.Writer // progress
}

// Row is a line of the table.
type Row struct {
	Case, Server, Kind string
	Loaded             bool
	Counts             []Count // by gap
}

// Run measures one server.
func (s Suite) Run(srv *Server) (rows []Row, err error) {
	for _, kind := range s.Kinds {
		if !slices.Contains(srv.Kinds, kind) {
			continue
		}
		for _, loaded := range s.Loads {
			more, err := s.rows(srv, kind, loaded)
			rows = append(rows, more...)
			if err != nil {
				return rows, err
			}
		}
	}
	return rows, nil
}

func (s Suite) rows(srv *Server, kind string, loaded bool) (rows []Row, err error) {
	if loaded {
		stop, err := Load(srv, kind)
		if err != nil {
			return nil, err
		}
		defer func() { err = firstOf(err, stop()) }()
	}
	for _, cs := range s.Cases {
		row := Row{Case: cs.Name, Server: srv.Name, Kind: kind, Loaded: loaded}
		for _, gap := range s.Gaps {
			count, err := Measure(srv, kind, cs, gap, s.N)
			if err != nil {
				return rows, err
			}
			row.Counts = append(row.Counts, count)
		}
		fmt.Fprintln(s.Log, row)
		rows = append(rows, row)
	}
	return rows, nil
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Title returns the server, the kind and the load, without the case.
func (r Row) Title() string {
	if r.Loaded {
		return r.Server + " " + r.Kind + ", under load"
	}
	return r.Server + " " + r.Kind
}

// String returns the row as a line of the log.
func (r Row) String() string {
	example := ""
	text := fmt.Sprintf("%s, %s:", r.Case, r.Title())
	for _, n := range r.Counts {
		text += fmt.Sprintf(" %d/%d", n.Inversions, n.Tries)
		if n.Example != "" {
			example = ", such as " + n.Example
		}
	}
	return text + example
}

// WriteTable writes the inversions per thousand tries, a table for each case.
func (s Suite) WriteTable(w io.Writer, rows []Row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, cs := range s.Cases {
		fmt.Fprintf(t, "%s: %s\n", cs.Name, cs.About)
		for _, gap := range s.Gaps {
			fmt.Fprintf(t, "%v\t", gap)
		}
		fmt.Fprintln(t)
		for _, r := range rows {
			if r.Case == cs.Name {
				r.write(t)
			}
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

func (r Row) write(w io.Writer) {
	for _, n := range r.Counts {
		fmt.Fprintf(w, "%.4g\t", n.PerThousand())
	}
	fmt.Fprintf(w, "  %s\n", r.Title())
}

// Worse returns the rows that show more inversions than the row of the server named
// reference for the same case, kind and load. Connections in memory are compared with
// its TCP.
func Worse(rows []Row, reference string) (worse []Row) {
	type key struct {
		cs, kind string
		loaded   bool
	}
	reached := map[key][]Count{}
	for _, r := range rows {
		if r.Server == reference {
			reached[key{r.Case, r.Kind, r.Loaded}] = r.Counts
		}
	}
	for _, r := range rows {
		kind := r.Kind
		if kind == Memory {
			kind = TCP
		}
		best := reached[key{r.Case, kind, r.Loaded}]
		for i, n := range r.Counts {
			if i >= len(best) || n.Inversions > best[i].Inversions {
				worse = append(worse, r)
				break
			}
		}
	}
	return worse
}
