package transcript

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// cellPlace is a place for a cell in a line of an each.
var cellPlace = regexp.MustCompile(`\{([0-9]+)(\.\.\.| sorted|)\}`)

// collect stores the lines of an each, up to its end.
func (r *reader) collect(first, text string) {
	switch first {
	case "only":
		r.depth++
	case "end":
		r.depth--
	}
	if r.depth > 0 {
		r.each = append(r.each, text)
	}
}

// row parses the lines of the each, filled with the cells of a row.
func (r *reader) row(cells []string) error {
	if len(r.each) == 0 {
		return fmt.Errorf("a row stands behind the end of an each")
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	for _, text := range r.each {
		lines, err := fill(text, cells)
		if err != nil {
			return err
		}
		for _, text := range lines {
			if err := r.parseLine(text); err != nil {
				return fmt.Errorf("in %q: %w", text, err)
			}
		}
	}
	return nil
}

// fill puts cells into a line. Usually the result is one line.
func fill(text string, cells []string) (lines []string, err error) {
	place := cellPlace.FindStringSubmatchIndex(text)
	if place == nil {
		return []string{text}, nil
	}
	pieces, err := parts(cells, text[place[2]:place[3]], text[place[4]:place[5]])
	if err != nil {
		return nil, err
	}
	after, err := fill(text[place[1]:], cells)
	for _, piece := range pieces {
		for _, rest := range after {
			lines = append(lines, text[:place[0]]+piece+rest)
		}
	}
	return lines, err
}

// parts returns what replaces {number form}. For an empty cell that is nothing, which
// leaves the line out.
func parts(cells []string, number, form string) ([]string, error) {
	n, _ := strconv.Atoi(number)
	if n < 1 || n > len(cells) {
		return nil, fmt.Errorf("the row has no cell %s", number)
	}
	words := strings.Fields(cells[n-1])
	switch {
	case form == "..." || len(words) == 0:
		return words, nil
	case form == "":
		return []string{cells[n-1]}, nil
	}
	slices.Sort(words)
	return []string{strings.Join(words, " ")}, nil
}
