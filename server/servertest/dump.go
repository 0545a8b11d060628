package servertest

import (
	"fmt"
	"slices"
	"strings"
)

// dumpWidth is the length from which Dump cuts a value.
const dumpWidth = 60

// Dump returns all keys of the database, sorted, with their values, for the log of a
// test:
//
//	t.Log(srv.Dump()) // such as:
//	- colours
//	   "green"
//	   "red"
//	- user:1
//	   name: "Ada"
//
// Sets and fields are sorted. A long value is cut, and its length is added. Changes that
// other clients make meanwhile may or may not be included.
func (d *database) Dump() string {
	d.home.t.Helper()
	var b strings.Builder
	for _, k := range d.Keys() {
		fmt.Fprintf(&b, "- %s\n", k)
		for _, line := range d.dumpKey(k) {
			fmt.Fprintf(&b, "   %s\n", line)
		}
	}
	return b.String()
}

// dumpKey returns the lines for the value of a key. A key that has gone meanwhile has none.
func (d *database) dumpKey(k string) (lines []string) {
	d.home.t.Helper()
	switch d.Type(k) {
	case "string":
		if v, err := d.Get(k); err == nil {
			lines = append(lines, dumped(v))
		}
	case "hash":
		fields, _ := d.HKeys(k)
		for _, f := range fields {
			lines = append(lines, f+": "+dumped(d.HGet(k, f)))
		}
	case "list":
		elements, _ := d.List(k)
		lines = dumpedAll(elements)
	case "set":
		members, _ := d.Members(k)
		lines = dumpedAll(members)
	case "zset":
		members, _ := d.scored(k)
		for _, m := range members {
			lines = append(lines, fmt.Sprintf("%f: %s", m.score, dumped(m.member)))
		}
	}
	return lines
}

func dumpedAll(list []string) []string {
	lines := slices.Clone(list)
	for i, s := range lines {
		lines[i] = dumped(s)
	}
	return lines
}

func dumped(s string) string {
	if len(s) <= dumpWidth {
		return fmt.Sprintf("%q", s)
	}
	length := fmt.Sprintf("...(%d)", len(s))
	return fmt.Sprintf("%q%s", s[:dumpWidth-len(length)], length)
}
