package upstream

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Result
		complete   bool
	}{
		{"nothing", "", Result{}, false},
		{"all pass", "[ready]: 7\n[ok]: A (1 ms)\n[ignore]: B: Tag: repl denied\n[skip]: C\n[ok]: D (0 ms)\n                   The End\n", Result{Passed: 2}, true},
		{"one fails", "[err]: A in tests/unit/x.tcl\nExpected '1' to be equal to '2'\n[ok]: B (0 ms)\n                   The End\n\n*** [err]: A in tests/unit/x.tcl\n[ok]: no more\n",
			Result{Passed: 1, Failures: []Failure{{"A in tests/unit/x.tcl", "Expected '1' to be equal to '2'\n"}}}, true},
		{"one throws", "[err]: A in tests/unit/x.tcl\nn command 'X'\nERR unknown command 'X'\n    while executing\n\"r X\"\n[ok]: B (0 ms)\n",
			Result{Passed: 1, Failures: []Failure{{"A in tests/unit/x.tcl", "ERR unknown command 'X'\n"}}}, false},
		{"the suite throws", "[ok]: B (0 ms)\n[exception]: Executing test client: it broke.\nit broke\n",
			Result{Passed: 1, Failures: []Failure{{"Executing test client: it broke.", "it broke\n"}}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, complete := read(strings.NewReader(tt.text))
			require.Equal(t, tt.want, r)
			require.Equal(t, tt.complete, complete)
		})
	}
}

func TestTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upstream.tsv")
	table, err := ReadTable(path)
	require.NoError(t, err)
	require.Empty(t, table)
	table.Note(Redis, Result{Unit: "unit/x", Passed: 5})
	table.Note(Tattle, Result{Unit: "unit/x", Passed: 3})
	table.Note(Tattle, Result{Unit: "unit/a", Passed: 1})
	require.NoError(t, table.Write(path))
	again, err := ReadTable(path)
	require.NoError(t, err)
	require.Equal(t, table, again)
	require.Equal(t, Row{Unit: "unit/x", Passed: 3, Total: 5}, again["unit/x"])
	require.Equal(t, []string{"unit/a", "unit/x"}, again.Units())
}

func TestTableRefuses(t *testing.T) {
	for _, text := range []string{"unit/x\t1\t2", "unit/x\tone\t2\t", "unit/x\t1\t-2\t", "x"} {
		_, err := parseTable(tableHead + "\n" + text + "\n")
		require.ErrorContains(t, err, "2: ", text)
	}
}

func TestSkips(t *testing.T) {
	list, err := parseSkips(skipText)
	require.NoError(t, err)
	require.NotEmpty(t, list)
	_, err = parseSkips("# a remark\n\nunit/x\ttest")
	require.ErrorContains(t, err, "upstream.skip:3")
	require.NotEmpty(t, WhyNot("unit/aofrw"))
	require.Empty(t, WhyNot("unit/tracking"))
	tree := Tree{skip: []Skip{{"unit/x", "a", "why"}, {"unit/y", "b", "why"}, {"unit/x", "/c", "why"}}}
	require.Equal(t, "a\n/c\n", tree.names("unit/x"))
}
