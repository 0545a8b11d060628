package server

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/watch"
)

// noteLatency keeps that an event took a time, if that is over latency-monitor-threshold.
func (s *Server) noteLatency(event string, took time.Duration) {
	if t := s.cfg.LatencyMonitorThreshold; t != 0 && took.Milliseconds() >= t {
		s.latency.Add(event, s.clock, took.Milliseconds())
	}
}

func runLatencyLatest(s *Server, _ *client, call *command.Call) error {
	events := s.latency.Events()
	call.Out.Array(len(events))
	for _, event := range events {
		e := s.latency[event]
		call.Out.Array(4)
		call.Out.BulkString(event)
		call.Out.Int(e.Last().Unix)
		call.Out.Int(e.Last().MS)
		call.Out.Int(e.Max)
	}
	return nil
}

func runLatencyHistory(s *Server, _ *client, call *command.Call) error {
	var samples []watch.Spike
	if e := s.latency[string(call.Args[2])]; e != nil {
		samples = e.Samples
	}
	call.Out.Array(len(samples))
	for _, x := range samples {
		call.Out.Array(2)
		call.Out.Int(x.Unix)
		call.Out.Int(x.MS)
	}
	return nil
}

func runLatencyReset(s *Server, _ *client, call *command.Call) error {
	before := len(s.latency)
	if len(call.Args) == 2 {
		clear(s.latency)
	}
	for _, event := range call.Args[2:] {
		delete(s.latency, string(event))
	}
	call.Out.Len(before - len(s.latency))
	return nil
}

func runLatencyGraph(s *Server, _ *client, call *command.Call) error {
	event := string(call.Args[2])
	e := s.latency[event]
	if e == nil {
		return resp.Errorf("ERR No samples available for event '%s'", event)
	}
	low, high := e.Bounds()
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", event, high, low, e.Max, strings.Repeat("-", graphWidth))
	for i := 0; i < len(e.Samples); i += graphWidth {
		if i > 0 {
			b.WriteByte('\n')
		}
		drawLatency(&b, e.Samples[i:min(i+graphWidth, len(e.Samples))], low, high, s.clock.Unix())
	}
	call.Out.Verbatim("txt", b.String())
	return nil
}

// A graph has a column for each sample, and parts of graphWidth columns. Each of its graphHeight
// lines shows a third of its height by a mark of its own.
const (
	graphWidth, graphHeight = 80, 4
	graphMarks              = "_o#"
)

// drawLatency draws samples between low and high, and how long ago each was, from top to
// bottom.
func drawLatency(b *strings.Builder, samples []watch.Spike, low, high, now int64) {
	const steps = int64(graphHeight * len(graphMarks))
	ages := make([]string, len(samples))
	levels, longest := make([]int, len(samples)), 0
	for i, x := range samples {
		levels[i] = int(min((x.MS-low)*steps/max(high-low, 1), steps-1))
		ages[i] = age(now - x.Unix)
		longest = max(longest, len(ages[i]))
	}
	for line := graphHeight - 1; line >= -1-longest; line-- {
		for i, level := range levels {
			b.WriteByte(graphMark(level, line, ages[i]))
		}
		b.WriteByte('\n')
	}
}

// graphMark is what a column shows in a line. Line 0 is the lowest of the bar; below it are an
// empty one and the age.
func graphMark(level, line int, age string) byte {
	top := level / len(graphMarks)
	switch below := -2 - line; {
	case line >= 0 && line == top:
		return graphMarks[level%len(graphMarks)]
	case line >= 0 && line < top:
		return '|'
	case below >= 0 && below < len(age):
		return age[below]
	}
	return ' '
}

// age shows seconds in the largest unit that they fill: 59s, 1m, 23h, 400d.
func age(seconds int64) string {
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	switch {
	case seconds < minute:
		return fmt.Sprintf("%ds", seconds)
	case seconds < hour:
		return fmt.Sprintf("%dm", seconds/minute)
	case seconds < day:
		return fmt.Sprintf("%dh", seconds/hour)
	}
	return fmt.Sprintf("%dd", seconds/day)
}

func runLatencyDoctor(s *Server, _ *client, call *command.Call) error {
	var b strings.Builder
	switch {
	case s.cfg.LatencyMonitorThreshold == 0:
		b.WriteString("Latency monitoring is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n")
	case len(s.latency) == 0:
		b.WriteString("Nothing took longer than latency-monitor-threshold so far.\n")
	default:
		for i, event := range s.latency.Events() {
			e := s.latency[event]
			_, high := e.Bounds()
			fmt.Fprintf(&b, "%d. %s: %d samples, worst %d ms, worst ever %d ms.\n", i+1, event, len(e.Samples), high, e.Max)
		}
	}
	call.Out.Verbatim("txt", b.String())
	return nil
}

// runLatencyHistogram shows how long the calls of commands took.
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
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *command.Row) bool { return s.calls[r.ID()].Ran == 0 })
	call.Out.Map(len(rows))
	for _, r := range rows {
		call.Out.BulkString(r.FullName())
		writeCalls(call.Out, &s.calls[r.ID()])
	}
	return nil
}

// writeCalls writes the calls of a command and their cumulative histogram.
func writeCalls(out *resp.Writer, c *watch.Calls) {
	out.Map(2)
	out.BulkString("calls")
	out.Int(c.Ran)
	out.BulkString("histogram_usec")
	mark, n := out.Later(), 0
	for limit, calls := range c.Cumulated() {
		out.Int(limit.Microseconds())
		out.Int(calls)
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
