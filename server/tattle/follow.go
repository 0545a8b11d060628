package tattle

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/tracking"
)

// follower sends a client what happens. It reads the journal only as fast as the client reads: while the
// client's output is behind it waits, and what leaves the journal meanwhile is left out. So a slow
// client costs the server no more memory than followRoom and the journal.
type follower struct {
	lab    *server.Lab
	client uint64
	filter journal.Filter
	w      *server.Watcher
	told   uint64 // of the events that were lost
	ctx    context.Context
	cancel context.CancelFunc
}

const (
	followRoom  = 64 << 10              // bytes that may wait for the client before it counts as behind
	followBatch = 64                    // events of one frame
	followRetry = 20 * time.Millisecond // how often it looks whether the client has caught up
)

func follow(c *call) (any, error) {
	id := c.r.Client.ID
	if id == 0 {
		return nil, resp.Error("ERR FOLLOW needs a connection to send events to")
	}
	if len(c.args) == 1 && strings.EqualFold(c.args[0], "STOP") {
		c.state().unfollow(id, nil)
		return ok, nil
	}
	f := &follower{lab: c.lab, client: id}
	if err := selection(c.args, &f.filter); err != nil {
		return nil, err
	}
	f.w = c.lab.Server().Watch(append(f.filter.Wants(), tracking.Closed)...)
	f.ctx, f.cancel = context.WithCancel(context.Background())
	s := c.state()
	s.mu.Lock()
	old := s.followers[id]
	s.followers[id] = f
	s.mu.Unlock()
	if old != nil {
		old.cancel()
	}
	replied := c.r.Context().Done()
	go func() {
		defer s.unfollow(id, f)
		<-replied // the OK comes first
		f.run()
	}()
	return ok, nil
}

// unfollow ends the follower of a client: the given one, or whichever there is.
func (s *state) unfollow(client uint64, only *follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.followers[client]; f != nil && (only == nil || f == only) {
		f.cancel()
		delete(s.followers, client)
	}
}

func (f *follower) run() {
	defer f.w.Close()
	// The client may have gone before there was a watcher to see it go.
	for here := f.send(func(int) []byte { return nil }); here; {
		batch, lost, err := f.next()
		if err != nil {
			return
		}
		if len(batch) == 0 && lost == 0 {
			continue
		}
		if !f.send(func(proto int) []byte { return frame(proto, batch, lost) }) {
			return
		}
		f.told += lost
	}
}

// next waits for an event, and returns those that there are now and pass the filter, and
// how many were lost before them.
func (f *follower) next() (batch []tracking.Event, lost uint64, err error) {
	e, err := f.w.Next(f.ctx)
	lost = f.w.Dropped() - f.told
	over, cancel := context.WithCancel(context.Background())
	cancel() // from now on without waiting
	for seen := 0; err == nil; seen++ {
		if e.Kind == tracking.Closed && e.Client == f.client {
			return nil, 0, server.ErrNoClient
		}
		if f.filter.Match(e) {
			batch = append(batch, e)
		}
		if seen == followBatch {
			break
		}
		if e, err = f.w.Next(over); err != nil {
			return batch, lost, nil
		}
	}
	return batch, lost, err
}

// send waits until the client has room for a frame. It reports whether the client is
// there still, and follows.
func (f *follower) send(frame func(proto int) []byte) bool {
	for {
		taken, err := f.lab.Offer(f.client, followRoom, frame)
		if taken || err != nil {
			return err == nil
		}
		select {
		case <-f.ctx.Done():
			return false
		case <-time.After(followRetry):
		}
	}
}

// The messages of FOLLOW: kinds of pushes, and for RESP2 channels.
const (
	eventPush      = "tattle-event"
	leftOutPush    = "tattle-left-out"
	eventChannel   = "__tattle__:event"
	leftOutChannel = "__tattle__:left-out"
)

// frame writes events as the client reads them.
func frame(proto int, batch []tracking.Event, lost uint64) []byte {
	w := resp.Writer{Proto: proto}
	put := func(kind, channel string, v any, text func() string) {
		if w.V3() {
			w.Value(resp.Push{kind, v})
			return
		}
		w.Value([]any{"message", channel, text()})
	}
	if lost > 0 {
		put(leftOutPush, leftOutChannel, int64(lost), func() string { return strconv.FormatUint(lost, 10) })
	}
	for _, e := range batch {
		put(eventPush, eventChannel, event(e), func() string { return string(render.AppendJSON(nil, e)) })
	}
	return w.Buf
}
