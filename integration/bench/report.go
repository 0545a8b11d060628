//go:build linux

package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Report is the result of a run. It can be written as JSON and read back.
type Report struct {
	Machine  Machine  `json:"machine"`
	Rounds   int      `json:"rounds"`
	Window   float64  `json:"window"` // seconds
	Servers  []Server `json:"servers"`
	Results  []Result `json:"results"`
	Warnings []string `json:"warnings,omitempty"`
	Failures []string `json:"failures,omitempty"`
}

// Server names one that took part.
type Server struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Result is one figure of one case, at one X.
type Result struct {
	Case    string             `json:"case"`
	Figure  string             `json:"figure"`
	X       int                `json:"x,omitempty"`
	Unit    string             `json:"unit"`
	Goal    string             `json:"goal,omitempty"`
	Ratio   float64            `json:"ratio,omitempty"` // tattle's median over Redis's
	Servers map[string]*Values `json:"servers"`
}

// Values are those of one server over the rounds.
type Values struct {
	Median float64   `json:"median"`
	Spread float64   `json:"spread"` // from the least to the greatest, over the median
	Rounds []float64 `json:"rounds"`
}

func newValues(rounds []float64) *Values {
	sorted := slices.Sorted(slices.Values(rounds))
	n := len(sorted)
	v := &Values{Rounds: rounds, Median: (sorted[(n-1)/2] + sorted[n/2]) / 2}
	if v.Median != 0 {
		v.Spread = math.Abs((sorted[n-1] - sorted[0]) / v.Median)
	}
	return v
}

// Name is the figure with its X, as the table and the floor write it.
func (r Result) Name() string {
	if r.X == 0 {
		return r.Figure
	}
	return r.Figure + "@" + strconv.Itoa(r.X)
}

// add adds the results of a case, in the order of its figures.
func (r *Report) add(c Case, values map[point]map[string][]float64) {
	for _, f := range c.Figures {
		var at []point
		for p := range values {
			if p.name == f.Name {
				at = append(at, p)
			}
		}
		slices.SortFunc(at, func(a, b point) int { return cmp.Compare(a.x, b.x) })
		for _, p := range at {
			r.Results = append(r.Results, newResult(c, f, p.x, values[p]))
		}
	}
}

func newResult(c Case, f Figure, x int, values map[string][]float64) Result {
	res := Result{Case: c.Name, Figure: f.Name, X: x, Unit: f.Unit, Servers: map[string]*Values{}}
	for server, rounds := range values {
		res.Servers[server] = newValues(rounds)
	}
	res.Ratio = res.ratioOf(Tattle)
	if v, ok := f.Goal.At(x); ok {
		res.Goal = f.Goal.Op + " " + number(v)
		if f.Goal.Absolute {
			res.Goal += " " + f.Unit
		}
	}
	return res
}

// ratioOf returns the ratio of a server to Redis. It returns 0 if there is none, because
// one of them was not measured, or a difference came out negative.
func (r Result) ratioOf(server string) float64 {
	a, b := r.Servers[server], r.Servers[Redis]
	if a == nil || b == nil || b.Median <= 0 {
		return 0
	}
	return a.Median / b.Median
}

// Met reports whether the goal is met; known is false if that is unknown.
func (r Result) Met() (met, known bool) {
	op, rest, ok := strings.Cut(r.Goal, " ")
	if !ok || r.Servers[Tattle] == nil {
		return false, false
	}
	limit, unit, absolute := strings.Cut(rest, " ")
	v, err := strconv.ParseFloat(limit, 64)
	got := r.Ratio
	if absolute || unit != "" {
		got = r.Servers[Tattle].Median
	} else if r.Ratio == 0 {
		return false, false
	}
	return holds(got, op, v), err == nil
}

func holds(got float64, op string, limit float64) bool {
	if op == ">=" {
		return got >= limit
	}
	return got <= limit
}

// judgeNoise warns when the machine was too busy with other things, or the
// reference itself differs too much from round to round.
func (r *Report) judgeNoise() {
	m := r.Machine
	if m.Foreign > foreignMax {
		r.warn("other processes used %.0f %% of the processors meanwhile: the figures say nothing", m.Foreign*100)
	}
	if m.Jitter > jitterMax {
		r.warn("the same work takes up to %.0f %% longer from one time to the next: the figures say nothing", m.Jitter*100)
	}
	if r.Rounds < 3 {
		r.warn("%d rounds are too few for a median", r.Rounds)
	}
	for _, res := range r.Results {
		if v := res.Servers[Redis]; v != nil && v.Spread > spreadMax && res.Goal != "" {
			r.warn("%s %s: Redis itself differs by %.0f %% between rounds", res.Case, res.Name(), v.Spread*100)
		}
	}
}

func (r *Report) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// ReadReport reads a report that WriteJSON wrote.
func ReadReport(from io.Reader) (*Report, error) {
	r := &Report{}
	if err := json.NewDecoder(from).Decode(r); err != nil {
		return nil, fmt.Errorf("reading a report: %w", err)
	}
	return r, nil
}

// WriteTable writes the report for people: a table in Markdown, aligned, with
// medians, ratios to Redis and the greatest spread among tattle and Redis.
func (r *Report) WriteTable(w io.Writer) {
	fmt.Fprintf(w, "%s, %d CPUs, Linux %s; %d rounds, medians; ratios to Redis\n\n", r.Machine.Model, r.Machine.CPUs, r.Machine.Kernel, r.Rounds)
	head := []string{"case", "figure", "unit"}
	for _, s := range r.Servers {
		head = append(head, s.Title)
		if s.Name != Redis {
			head = append(head, "ratio")
		}
		if s.Name == Tattle {
			head = append(head, "goal", "met")
		}
	}
	rows := [][]string{append(head, "spread")}
	for _, res := range r.Results {
		rows = append(rows, r.row(res))
	}
	align(w, rows)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "\nWARNING: %s", text)
	}
	for _, text := range r.Failures {
		fmt.Fprintf(w, "\nFAILED: %s", text)
	}
	fmt.Fprintln(w)
}

func (r *Report) row(res Result) []string {
	row := []string{res.Case, res.Name(), res.Unit}
	spread := 0.0
	for _, s := range r.Servers {
		v := res.Servers[s.Name]
		text := ""
		if v != nil {
			text = number(v.Median)
			if s.Name == Tattle || s.Name == Redis {
				spread = max(spread, v.Spread)
			}
		}
		row = append(row, text)
		if s.Name != Redis {
			ratio := ""
			if x := res.ratioOf(s.Name); x != 0 {
				ratio = number(x)
			}
			row = append(row, ratio)
		}
		if s.Name == Tattle {
			row = append(row, res.Goal, verdict(res))
		}
	}
	return append(row, fmt.Sprintf("%.0f %%", spread*100))
}

func verdict(res Result) string {
	met, known := res.Met()
	switch {
	case !known:
		return ""
	case met:
		return "yes"
	}
	return "NO"
}

// number formats a number with three digits, or a large whole number with all of them.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// align writes rows as a table in Markdown, words to the left, numbers right.
func align(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	const words = 3 // case, figure and unit
	for n, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < words {
				cell += pad
			} else {
				cell = pad + cell
			}
			fmt.Fprintf(w, "| %s ", cell)
		}
		fmt.Fprintln(w, "|")
		if n > 0 {
			continue
		}
		for i, width := range widths {
			rule := strings.Repeat("-", width+1)
			if i < words {
				fmt.Fprintf(w, "|%s-", rule)
			} else {
				fmt.Fprintf(w, "|%s:", rule)
			}
		}
		fmt.Fprintln(w, "|")
	}
}
