package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Find returns the lab with a number or a name, written as "1", "01", "default-mode" or
// "01-default-mode". The error names labs that are called alike.
func Find(labs []*Lab, word string) (*Lab, error) {
	for _, l := range labs {
		n, err := strconv.Atoi(word)
		if err == nil && n == l.Number || word == l.Name || word == l.file() {
			return l, nil
		}
	}
	if near := nearest(labs, strings.ToLower(word)); len(near) > 0 {
		return nil, fmt.Errorf("there is no lab %q; there is %s", word, strings.Join(near, ", "))
	}
	return nil, fmt.Errorf("there is no lab %q; tattle lab lists them", word)
}

func (l *Lab) file() string { return fmt.Sprintf("%02d-%s", l.Number, l.Name) }

// nearest returns up to three names that contain the word, or one that is spelled alike.
func nearest(labs []*Lab, word string) (names []string) {
	const most = 3
	for _, l := range labs {
		if word != "" && strings.Contains(l.Name, word) && len(names) < most {
			names = append(names, l.Name)
		}
	}
	if len(names) > 0 || len(labs) == 0 {
		return names
	}
	best := slices.MinFunc(labs, func(a, b *Lab) int { return distance(a.Name, word) - distance(b.Name, word) })
	if distance(best.Name, word) <= len(word)/2 {
		names = append(names, best.Name)
	}
	return names
}

// distance returns how many letters must be added, removed or replaced to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from a[:i] to each b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
