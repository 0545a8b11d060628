package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/tracking"
)

// Limits of a stream of events.
const (
	maxStreams = 16                    // at once
	batchEvery = 50 * time.Millisecond // at most
	batchScan  = 10_000                // events that are looked at for a batch
	pingEvery  = 15 * time.Second      // where nothing happens
	// patience is how long the page may take to read a batch. One that takes longer is cut off, so that the
	// server need not record for it; a browser comes back by itself.
	patience = 10 * time.Second
	ringSize = 1 << 14
)

// events streams the events of the server to the page, as server-sent events.
//
// A page gets a batch at most every 50 ms, and at most about 2,000 events a second. What is more is left
// out and counted; see [allowance.choose].
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	defer p.exit()
	watcher := p.srv.Watch(ringSize)
	defer watcher.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{w: w, rc: http.NewResponseController(w), watcher: watcher, since: since(r), reads: reads{lab: p.srv.Lab(), known: map[string]bool{}}}
	if s.hello(p) == nil {
		s.run(r.Context())
	}
}

// since returns the number of the last event that the page has: as it says, or as its browser does
// when it comes back.
func since(r *http.Request) uint64 {
	last, _ := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64)
	asked, _ := strconv.ParseUint(r.URL.Query().Get("since"), 10, 64)
	return max(last, asked)
}

func (p *Page) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.streams == maxStreams {
		return false
	}
	p.streams++
	return true
}

func (p *Page) exit() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams--
}

// stream is the events on their way to one page.
type stream struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	watcher *server.Watcher
	since   uint64
	reads   reads
	allow   allowance
	leftOut uint64 // all in all, as told
	batch   []tracking.Event
	text    []byte
}

// hello says what the page must know before the first event.
func (s *stream) hello(p *Page) error {
	s.text = fmt.Appendf(s.text[:0], "event: hello\ndata: {\"read_only\":%v,\"version\":%q,\"last\":%d}\n\n", p.options.ReadOnly, server.Version, s.since)
	return s.write()
}

// run sends batches until the page is gone or the server has ended.
func (s *stream) run(ctx context.Context) {
	tick := time.NewTicker(batchEvery)
	defer tick.Stop()
	for {
		err := s.collect(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			s.text = append(s.text[:0], ": nothing happened\n\n"...)
		} else if err != nil {
			s.text = append(s.text[:0], "event: end\ndata: {}\n\n"...)
			s.write()
			return
		} else {
			s.render(s.allow.choose(s.batch, &s.reads))
		}
		if s.write() != nil {
			return
		}
		<-tick.C
	}
}

// collect waits for an event and takes it, with those that are there already.
func (s *stream) collect(ctx context.Context) error {
	s.batch = s.batch[:0]
	first, cancel := context.WithTimeout(ctx, pingEvery)
	defer cancel()
	now, none := context.WithCancel(ctx)
	none()
	for wait := first; len(s.batch) < batchScan; wait = now {
		e, err := s.watcher.Next(wait)
		if err != nil && (len(s.batch) == 0 || errors.Is(err, io.EOF)) {
			return err
		}
		if err != nil {
			break
		}
		s.batch = append(s.batch, e)
	}
	return nil
}

// render makes the message of a batch.
func (s *stream) render(kept []tracking.Event, leftOut int) {
	s.leftOut += uint64(leftOut)
	s.text = append(s.text[:0], `data: {"events":[`...)
	for i, e := range kept {
		if i > 0 {
			s.text = append(s.text, ',')
		}
		s.text = appendEvent(s.text, e)
		s.since = e.Seq
	}
	s.text = fmt.Appendf(s.text, "],\"dropped\":%d,\"left_out\":%d}\nid: %d\n\n", s.watcher.Dropped(), s.leftOut, s.since)
}

// write sends the text.
func (s *stream) write() error {
	s.rc.SetWriteDeadline(time.Now().Add(patience))
	if _, err := s.w.Write(s.text); err != nil {
		return err
	}
	return s.rc.Flush()
}
