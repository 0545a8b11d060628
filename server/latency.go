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

// graphHeight is the length of the longest bar of LATENCY GRAPH.
const graphHeight = 40

// runLatencyGraph draws the samples of an event, one bar a line, the oldest first.
func runLatencyGraph(s *Server, _ *client, call *command.Call) error {
	event := string(call.Args[2])
	e := s.latency[event]
	if e == nil {
		return resp.Errorf("ERR No samples available for event '%s'", event)
	}
	low, high := e.Bounds()
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n", event, high, low, e.Max)
	for _, x := range e.Samples {
		bar := strings.Repeat("#", int(max(x.MS*graphHeight/max(high, 1), 1)))
		fmt.Fprintf(&b, "%6ds ago %6d ms %s\n", s.clock.Unix()-x.Unix, x.MS, bar)
	}
	call.Out.Verbatim("txt", b.String())
	return nil
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
