package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file is LATENCY; latency.go keeps what it shows.

// names returns the events with samples, sorted.
func (l *latency) names() []string {
	names := make([]string, 0, len(l.events))
	for name := range l.events {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func runLatencyLatest(s *Server, _ *client, call *command.Call) error {
	names := s.latency.names()
	call.Out.Array(len(names))
	for _, name := range names {
		e := s.latency.events[name]
		last := e.samples[len(e.samples)-1]
		call.Out.Array(4)
		call.Out.BulkString(name)
		call.Out.Int(last.unix)
		call.Out.Int(last.ms)
		call.Out.Int(e.max)
	}
	return nil
}

func runLatencyHistory(s *Server, _ *client, call *command.Call) error {
	var samples []latencySample
	if e := s.latency.events[string(call.Args[2])]; e != nil {
		samples = e.samples
	}
	call.Out.Array(len(samples))
	for _, x := range samples {
		call.Out.Array(2)
		call.Out.Int(x.unix)
		call.Out.Int(x.ms)
	}
	return nil
}

func runLatencyReset(s *Server, _ *client, call *command.Call) error {
	names := s.latency.names()
	if len(call.Args) > 2 {
		names = nil
		for _, a := range call.Args[2:] {
			names = append(names, string(a))
		}
	}
	n := 0
	for _, name := range names {
		if s.latency.events[name] != nil {
			delete(s.latency.events, name)
			n++
		}
	}
	call.Out.Len(n)
	return nil
}

// graphHeight is the length of the longest bar of LATENCY GRAPH.
const graphHeight = 40

// runLatencyGraph draws the samples of an event, one bar a line, the oldest
// first.
func runLatencyGraph(s *Server, _ *client, call *command.Call) error {
	name := string(call.Args[2])
	e := s.latency.events[name]
	if e == nil {
		return resp.Errorf("ERR No samples available for event '%s'", name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n", name, worst(e.samples), best(e.samples), e.max)
	for _, x := range e.samples {
		bar := strings.Repeat("#", int(max(x.ms*graphHeight/max(worst(e.samples), 1), 1)))
		fmt.Fprintf(&b, "%6ds ago %6d ms %s\n", s.clock.Unix()-x.unix, x.ms, bar)
	}
	call.Out.Verbatim("txt", b.String())
	return nil
}

func best(samples []latencySample) int64 {
	least := samples[0].ms
	for _, x := range samples {
		least = min(least, x.ms)
	}
	return least
}

func worst(samples []latencySample) int64 {
	var most int64
	for _, x := range samples {
		most = max(most, x.ms)
	}
	return most
}

func runLatencyDoctor(s *Server, _ *client, call *command.Call) error {
	var b strings.Builder
	switch {
	case s.cfg.LatencyMonitorThreshold == 0:
		b.WriteString("Latency monitoring is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n")
	case len(s.latency.events) == 0:
		b.WriteString("Nothing took longer than latency-monitor-threshold so far.\n")
	default:
		for i, name := range s.latency.names() {
			e := s.latency.events[name]
			fmt.Fprintf(&b, "%d. %s: %d samples, worst %d ms, worst ever %d ms.\n", i+1, name, len(e.samples), worst(e.samples), e.max)
		}
	}
	call.Out.Verbatim("txt", b.String())
	return nil
}

// runLatencyHistogram shows the calls of commands by the time they took.
func runLatencyHistogram(s *Server, _ *client, call *command.Call) error {
	rows := s.table.All()
	if len(call.Args) > 2 {
		rows = nil
		for _, name := range call.Args[2:] {
			if r := s.table.Named(string(name)); r != nil {
				rows = append(rows, r)
				for i := range r.Sub {
					rows = append(rows, &r.Sub[i])
				}
			}
		}
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *command.Row) bool { return s.rows[r.ID()].calls == 0 })
	call.Out.Map(len(rows))
	for _, r := range rows {
		call.Out.BulkString(r.FullName())
		s.rows[r.ID()].write(call.Out)
	}
	return nil
}

// write writes the calls and the cumulative histogram: up to a bucket's
// microseconds, so many calls.
func (r *rowStats) write(out *resp.Writer) {
	out.Map(2)
	out.BulkString("calls")
	out.Int(r.calls)
	out.BulkString("histogram_usec")
	mark, n, sum := out.Later(), 0, int64(0)
	for i, count := range r.histogram {
		if count == 0 {
			continue
		}
		sum += int64(count)
		out.Int(int64(1) << i)
		out.Int(sum)
		n++
	}
	out.CloseMap(mark, n)
}

var latencyHelp = command.Help("LATENCY",
	"DOCTOR",
	"    Tell in words what was slow.",
	"GRAPH <event>",
	"    Draw the samples of an event.",
	"HISTORY <event>",
	"    Return the samples of an event: time, milliseconds.",
	"LATEST",
	"    Return the last sample of each event.",
	"RESET [<event> ...]",
	"    Forget the samples of events, or of all.",
	"HISTOGRAM [COMMAND ...]",
	"    Return how long the calls of commands took, cumulated.",
)
