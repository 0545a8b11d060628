package tattle

import (
	"strings"
	"sync"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/journal/render"
)

// state is what lasts longer than a command. There is one for each server.
type state struct {
	mu        sync.Mutex
	recording *server.Watcher // nil for none
	on        bool            // it has not been stopped
	followers map[uint64]*follower
}

type stateKey struct{}

func (c *call) state() *state {
	return c.lab.Value(stateKey{}, func() any { return &state{followers: map[uint64]*follower{}} }).(*state)
}

// The errors of RECORD.
const (
	errRecording    = resp.Error("ERR a recording is on already. TATTLE RECORD STOP ends it.")
	errNotRecording = resp.Error("ERR there is no recording. TATTLE RECORD START begins one.")
)

func record(c *call) (any, error) {
	what, err := choice(c.args[0], "START", "STOP", "DUMP")
	if err != nil || what != "DUMP" && len(c.args) > 1 {
		return nil, resp.ErrSyntax
	}
	switch s := c.state(); what {
	case "START":
		return done(s.start(c.lab.Server()))
	case "STOP":
		return done(s.stop())
	default:
		return c.dump(s)
	}
}

func (s *state) start(srv *server.Server) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		return errRecording
	}
	s.recording, s.on = srv.Watch(), true
	return nil
}

func (s *state) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return errNotRecording
	}
	s.recording.Close()
	s.on = false
	return nil
}

// dump returns the recording as text.
func (c *call) dump(s *state) (any, error) {
	format := "jsonl"
	if err := options(c.args[1:], text("FORMAT", &format)); err != nil {
		return nil, err
	}
	if _, err := choice(format, render.Formats()...); err != nil {
		return nil, resp.Errorf("ERR there is no format '%s': it is one of %s", format, strings.Join(render.Formats(), ", "))
	}
	w := s.last()
	if w == nil {
		return nil, errNotRecording
	}
	var b strings.Builder
	if err := render.Write(&b, strings.ToLower(format), w.Since(0)); err != nil {
		return nil, inWords(err)
	}
	return resp.Verbatim{Format: "txt", Text: b.String()}, nil
}

// last returns the recording, which may have been stopped, or nil.
func (s *state) last() *server.Watcher {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recording
}

// forget ends the recording and drops it.
func (s *state) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.recording.Close()
	}
	s.recording, s.on = nil, false
}

// look tells whether a recording is on, and how many clients follow.
func (s *state) look() (recording bool, following int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on, len(s.followers)
}
