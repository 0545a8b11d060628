//go:build linux

package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteCommands writes the results of the commands cases as a page in Markdown, a row for each
// command with its cost at all sizes on Redis and tattle, and those of the drop case. It
// reports whether there were any.
func (r *Report) WriteCommands(w io.Writer) bool {
	if !slices.ContainsFunc(r.Results, func(res Result) bool { return strings.HasPrefix(res.Case, commandPrefix) }) {
		return false
	}
	fmt.Fprintf(w, pageHead, r.Rounds, r.Machine.CPUs)
	for _, f := range commandFamilies {
		fmt.Fprintf(w, "\n## %s\n\n| command | documented | Redis: 10 | 1,000 | 100,000 | tattle: 10 | 1,000 | 100,000 | ratio | growth |\n"+
			"| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n", f.title)
		for _, row := range f.rows {
			fmt.Fprintf(w, "| %s | %s | %s |\n", row.name, row.cost, strings.Join(r.pageRow(commandPrefix+f.name, row.name), " | "))
		}
	}
	fmt.Fprint(w, pageDrops)
	for _, value := range dropValues {
		cells := []string{value}
		for _, server := range []string{Redis, Tattle} {
			for _, verb := range dropVerbs {
				cells = append(cells, r.cell(dropCase, verb+" "+value, 0, server))
			}
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprint(w, pageTail)
	return true
}

const pageHead = `# What commands cost, by the size of the value

The server's processor time for one command, in µs, on values of 10, 1,000 and 100,000 elements (or bytes, or keys), beside Redis 8.0.2.
Commands are sent by the thousand, so the network counts little; the time is that of all threads of the process, so the garbage collector's is in
it. *Ratio* is tattle's time to Redis's at 100,000. *Growth* is that ratio over the one at 10: a command with a growth of 1 grows as it does in Redis.
Where a row has several commands, the time is their mean. "Documented" is what Redis documents, in our words.

    go run ./integration/cmd/bench --case commands,drop --servers redis,tattle --rounds 3 --plot docs/speed

wrote this page: medians of %d rounds, on %d processors. Below 1 µs, differences of a half say nothing.
`

const pageDrops = `
## To drop a million elements

How long the command itself takes, in µs of the clock, by INFO commandstats. In Redis DEL frees the value before it replies, and UNLINK leaves that to
another thread. In tattle both let go of it, and the garbage collector frees it; so do SET and RENAME over it, its end by EXPIRE, eviction and FLUSHALL.

| value | Redis: DEL | UNLINK | tattle: DEL | UNLINK |
| --- | ---: | ---: | ---: | ---: |
`

const pageTail = `
## Where tattle grows faster, or takes more than four times as long

- BITOP of 100,000 bytes takes nine times as long. Each result is a new string: it is cleared, filled and left to the collector.
- BITCOUNT, BITPOS, PFMERGE and PFCOUNT of several keys look at eight bytes at a time. For HyperLogLogs Redis has code for AVX2.
- Ranges of large sorted sets take two to three times as long, probably since members lie scattered in memory, and each step waits for it.
- SMEMBERS of an intset sorts it: O(N log N) where Redis has O(N), two to three times its time at 100,000. By the default of
  set-max-intset-entries, sets have left that encoding at 513.

The other rows grow as documented. Growth above 1 there is that of constant times on a noisy machine with caches and a collector.
`

// pageRow returns the cells of a command: Redis's times, tattle's, their ratio, and the growth of that.
func (r *Report) pageRow(of, name string) (cells []string) {
	for _, server := range []string{Redis, Tattle} {
		for _, n := range commandSizes {
			cells = append(cells, r.cell(of, name, n, server))
		}
	}
	small, large := r.find(of, name, commandSizes[0]).Ratio, r.find(of, name, commandSizes[len(commandSizes)-1]).Ratio
	if small == 0 {
		return append(cells, "", "")
	}
	return append(cells, number(large), number(large/small))
}

// cell returns the median of one figure on one server, or nothing if there is none.
func (r *Report) cell(of, figure string, x int, server string) string {
	if v := r.find(of, figure, x).Servers[server]; v != nil {
		return number(v.Median)
	}
	return ""
}

func (r *Report) find(of, figure string, x int) Result {
	i := slices.IndexFunc(r.Results, func(res Result) bool { return res.Case == of && res.Figure == figure && res.X == x })
	if i < 0 {
		return Result{}
	}
	return r.Results[i]
}
