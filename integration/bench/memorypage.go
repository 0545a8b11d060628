//go:build linux

package bench

import (
	"fmt"
	"io"
	"strings"
)

// WriteMemory writes the results of the memory cases as a page in Markdown. It reports
// whether there were any.
func (r *Report) WriteMemory(w io.Writer) bool {
	rows := [][]string{}
	for _, c := range memoryCases() {
		if row := r.memoryRow(c); row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return false
	}
	fmt.Fprintf(w, memoryIntro, r.Machine.Model, r.Machine.CPUs, r.Rounds)
	figures := []string{memoryFull, memoryHalf, memoryFew, memoryEstimate}
	titles := []string{"full", "half", "ten left", "estimate"}
	fmt.Fprint(w, "| a million elements |")
	for i := range figures {
		fmt.Fprintf(w, " %s: Redis | tattle | ratio |", titles[i])
	}
	fmt.Fprintf(w, "\n| --- |%s\n", strings.Repeat(" ---: |", 3*len(figures)))
	for _, row := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
	return true
}

const memoryIntro = `# Memory

What a million elements take, in MB of resident memory that came since the server was started, next to Redis 8.0.2: when they are all there,
after half of them were removed, picked at random, and with ten left. A list or a stream is trimmed. "estimate" is what the server says itself: MEMORY USAGE of a
value, used_memory for keys. Before each look the server is asked for MEMORY PURGE, so free memory does not count. %s, %d processors;
rounds: %d, of which these are medians. To measure again and write this page:

    go run ./integration/cmd/bench --case memory --servers redis,tattle --rounds 3 --plot docs/speed

Without MEMORY PURGE the program holds up to twice as much while data changes, since Go's collector looks when the heap has doubled. What is free
goes back within two seconds after the last change. Embedded in another program, that is left to Go.

A value of a million elements is to take at most twice what it takes in Redis. Small values are the weak side: Redis packs each into one
piece of memory, and here it is a struct with slots and strings.

`

// memoryRow returns the row of a case, or nil if there are no results.
func (r *Report) memoryRow(c Case) (row []string) {
	for _, figure := range []string{memoryFull, memoryHalf, memoryFew, memoryEstimate} {
		for _, res := range r.Results {
			if res.Case != c.Name || res.Figure != figure || res.Ratio == 0 {
				continue
			}
			if row == nil {
				row = []string{strings.TrimPrefix(c.About, memoryAbout)}
			}
			row = append(row, number(res.Servers[Redis].Median), number(res.Servers[Tattle].Median), number(res.Ratio))
		}
	}
	return row
}
