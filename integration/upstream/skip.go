package upstream

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// denied are the suite's tags for features that tattle does not aim at.
var denied = []string{
	"needs:repl", "repl", // replication
	"aofrw", // the append-only file
	"cluster", "modules", "defrag",
}

// AllTests as the Test of a Skip stands for a whole unit.
const AllTests = "*"

// Skip is a test that is left out.
type Skip struct {
	Unit string
	Test string // its name, or a regular expression after a slash
	Why  string
}

//go:embed upstream.skip
var skipText string

// skipped returns the tests that are left out by name.
func skipped() []Skip {
	list, err := parseSkips(skipText)
	if err != nil {
		panic(err) // it is compiled in, and a test reads it
	}
	return list
}

// parseSkips reads lines of unit, test and reason, with tabs between them.
// Lines that begin with # are remarks.
func parseSkips(text string) ([]Skip, error) {
	var list []Skip
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Split(line, "\t")
		if len(words) != 3 || slices.Contains(words, "") {
			return nil, fmt.Errorf("upstream.skip:%d: a line is unit, test, reason, with tabs between them", i+1)
		}
		list = append(list, Skip{words[0], words[1], words[2]})
	}
	return list, nil
}

// names returns the contents of the suite's --skipfile for a unit.
func (t *Tree) names(unit string) string {
	var text strings.Builder
	for _, s := range t.skip {
		if s.Unit == unit && s.Test != AllTests {
			text.WriteString(s.Test + "\n")
		}
	}
	return text.String()
}

// WhyNot returns the reason why a whole unit is left out, or "" if it is not.
func WhyNot(unit string) string {
	for _, s := range skipped() {
		if s.Unit == unit && s.Test == AllTests {
			return s.Why
		}
	}
	return ""
}
