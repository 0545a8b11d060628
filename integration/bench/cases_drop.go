//go:build linux

package bench

import (
	"fmt"
	"strconv"
	"strings"
)

// dropCase is the name of the case that drops values of dropSize elements.
const (
	dropCase = "drop"
	dropSize = 1_000_000
)

// dropValues are the values to be dropped, names in fills.
var dropValues = []string{"string", "list", "set", "hash", "hash+ttl", "zset", "stream", "group"}

var dropVerbs = []string{"del", "unlink"}

func dropCases() []Case {
	c := Case{Name: dropCase, Long: true, About: "how long DEL and UNLINK take to drop a value of a million elements", run: drop}
	for _, value := range dropValues {
		for _, verb := range dropVerbs {
			c.Figures = append(c.Figures, Figure{Name: verb + " " + value, Unit: micros})
		}
	}
	return []Case{c}
}

func drop(e *Env) {
	c := e.dial()
	defer c.Close()
	for _, value := range dropValues {
		e.refill(c, fills[value], dropSize)
		for _, verb := range dropVerbs {
			must(c.Do("COPY", "k", "dropped"))
			must(c.Do("CONFIG", "RESETSTAT"))
			must(c.Do(verb, "dropped"))
			e.report(verb+" "+value, 0, e.spentIn(verb))
		}
	}
}

// spentIn returns how long the server says that it ran a command, in microseconds of the clock.
func (e *Env) spentIn(command string) float64 {
	text := fmt.Sprintf("%s", e.do("INFO", "commandstats"))
	_, after, _ := strings.Cut(text, "cmdstat_"+command+":")
	_, after, _ = strings.Cut(after, "usec=")
	usec, _, _ := strings.Cut(after, ",")
	return must(strconv.ParseFloat(usec, 64))
}
