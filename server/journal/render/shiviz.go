package render

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/tattle-server/tattle/tracking"
)

// shiVizHead is what a file for ShiViz begins with: the regular expression that parses a line,
// and an empty line, since there is one execution only.
const shiVizHead = `(?<host>\S+) (?<clock>\{[^}]*\}) (?<at>\S+) (?<event>.*)` + "\n\n"

// writeShiViz writes a log for ShiViz, which draws what happened before what by the vector
// clocks of the events. A connection is a host, and the server is one. A command reaches the
// server; what the server did refers to what caused it; a reply and a push leave the server.
//
// Source: https://github.com/DistributedClocks/shiviz/wiki.
func writeShiViz(w io.Writer, events []tracking.Event) error {
	l := shiVizLog{session: newSession(events), hosts: map[string]vector{}, events: map[uint64]vector{}}
	l.b.WriteString(shiVizHead)
	for _, e := range events {
		l.take(e)
	}
	_, err := io.WriteString(w, l.b.String())
	return err
}

// mostShiViz bounds a text, in characters.
const mostShiViz = 200

// vector is a vector clock: how much of each host is known.
type vector map[string]int

func (v vector) learn(from vector) {
	for host, n := range from {
		v[host] = max(v[host], n)
	}
}

type shiVizLog struct {
	*session
	b      strings.Builder
	hosts  map[string]vector
	events map[uint64]vector // where the server was when they happened
}

// take writes an event, on the side where it happened. A command happens on both.
func (l *shiVizLog) take(e tracking.Event) {
	const server = "server"
	cause := l.events[e.CausedBy]
	switch e.Kind {
	case tracking.CycleEnded:
	case tracking.Began:
		sent := l.write(l.host(e.Client), e, plain(strings.Join(e.Words, " ")), cause)
		l.events[e.Seq] = l.write(server, e, plain(e.String()), sent)
	case tracking.Ended, tracking.Pushed:
		l.events[e.Seq] = l.write(l.host(e.Client), e, values(e.Bytes), cause)
	case tracking.Connected, tracking.Closed:
		l.events[e.Seq] = l.write(l.host(e.Client), e, e.Kind.String()+": "+plain(e.Text), cause)
	default:
		l.events[e.Seq] = l.write(server, e, plain(e.String()), cause)
	}
}

// host names the host of a client.
func (l *shiVizLog) host(client uint64) string {
	if c := l.byID[client]; c != nil {
		return c.name
	}
	return fmt.Sprintf("client%d", client)
}

// write writes a line, and returns the host's clock then.
func (l *shiVizLog) write(host string, e tracking.Event, text string, cause vector) vector {
	v := l.hosts[host]
	if v == nil {
		v = vector{}
		l.hosts[host] = v
	}
	v[host]++
	v.learn(cause)
	clock, _ := json.Marshal(v) // in the order of the hosts
	fmt.Fprintf(&l.b, "%s %s %.3fms %s\n", host, clock, float64(e.At.Sub(l.began).Microseconds())/1000, cut(text, mostShiViz))
	return maps.Clone(v)
}
