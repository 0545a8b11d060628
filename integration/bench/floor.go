//go:build linux

package bench

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bound is one line of the floor: a value below which a figure must not fall, or above
// which it must not rise.
type Bound struct {
	Case, Figure string // Figure with its X
	Op           string
	Value        float64
	Bytes        bool // Value is in bytes and not a ratio to Redis
}

func (b Bound) String() string {
	s := fmt.Sprintf("%s %s %s %s", b.Case, b.Figure, b.Op, number(b.Value))
	if b.Bytes {
		s += " B"
	}
	return s
}

// ReadFloor reads a floor: a bound a line,
//
//	case figure[@x] >=|<= ratio
//	case figure[@x] >=|<= bytes B
//
// with empty lines and comments after #.
func ReadFloor(from io.Reader) (list []Bound, err error) {
	lines := bufio.NewScanner(from)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		b, err := parseBound(words)
		if err != nil {
			return nil, fmt.Errorf("line %d of the floor: %w", n, err)
		}
		list = append(list, b)
	}
	return list, lines.Err()
}

func parseBound(words []string) (b Bound, err error) {
	if len(words) == 5 && words[4] == "B" {
		b.Bytes, words = true, words[:4]
	}
	if len(words) != 4 || words[2] != "<=" && words[2] != ">=" {
		return b, fmt.Errorf("want case, figure, >= or <=, and a number, got %q", strings.Join(words, " "))
	}
	b.Case, b.Figure, b.Op = words[0], words[1], words[2]
	b.Value, err = strconv.ParseFloat(words[3], 64)
	return b, err
}

// Check compares a report with the floor and returns a sentence for each bound
// that does not hold. Cases that were not run are left out, but a case that ran
// without reporting a bounded figure does not hold.
func (r *Report) Check(floor []Bound) (broken []string) {
	ran := map[string]bool{}
	results := map[[2]string]Result{}
	for _, res := range r.Results {
		ran[res.Case] = true
		results[[2]string{res.Case, res.Name()}] = res
	}
	for _, b := range floor {
		res, there := results[[2]string{b.Case, b.Figure}]
		got := res.Ratio
		if b.Bytes && there && res.Servers[Tattle] != nil {
			got = res.Servers[Tattle].Median
		}
		switch {
		case !ran[b.Case]:
		case !there || got == 0:
			broken = append(broken, fmt.Sprintf("%s: was not measured", b))
		case b.Bytes && res.Unit != bytesUnit:
			broken = append(broken, fmt.Sprintf("%s: the figure is in %q, which no floor may name: only ratios and bytes are judged", b, res.Unit))
		case !holds(got, b.Op, b.Value):
			broken = append(broken, fmt.Sprintf("%s: it is %s", b, number(got)))
		}
	}
	return broken
}
