package server

import (
	"time"

	"github.com/tattle-server/tattle/server/internal/command"
)

// latency keeps, for each kind of event, when it took longer than
// latency-monitor-threshold.
type latency struct {
	events map[string]*latencyEvent
}

// latencySamples is how many samples of an event are kept.
const latencySamples = 160

type latencyEvent struct {
	samples []latencySample // the oldest first
	max     int64
}

type latencySample struct{ unix, ms int64 }

// note keeps the time that an event took if it is over the threshold.
func (l *latency) note(s *Server, event string, took time.Duration) {
	ms := took.Milliseconds()
	if t := s.cfg.LatencyMonitorThreshold; t == 0 || ms < t {
		return
	}
	if l.events == nil {
		l.events = map[string]*latencyEvent{}
	}
	e := l.events[event]
	if e == nil {
		e = &latencyEvent{}
		l.events[event] = e
	}
	e.max = max(e.max, ms)
	// Within a second only the worst is kept.
	if n := len(e.samples); n > 0 && e.samples[n-1].unix == s.clock.Unix() {
		e.samples[n-1].ms = max(e.samples[n-1].ms, ms)
		return
	}
	e.samples = append(e.samples, latencySample{s.clock.Unix(), ms})
	if len(e.samples) > latencySamples {
		e.samples = e.samples[1:]
	}
}

func (l *latency) noteCommand(s *Server, row *command.Row, took time.Duration) {
	if s.cfg.LatencyMonitorThreshold == 0 {
		return
	}
	event := "command"
	if row.Is(command.Fast) {
		event = "fast-command"
	}
	l.note(s, event, took)
}
