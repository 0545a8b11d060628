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
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/tracking"
)

// Limits of a stream of events.
const (
	batchEvery = 50 * time.Millisecond // at most
	batchScan  = 10_000                // events that are looked at for a batch
	pingEvery  = 15 * time.Second      // where nothing happens
	// patience is how long a page may take to read a batch. One that takes longer is cut off, so that the
	// server need not record for it. A browser that wakes up comes back by itself.
	patience = 10 * time.Second
)

// events streams the events of the server to a page, as server-sent events: those in the journal whose number
// is above since, and what happens from then on.
//
// A page gets a message at most every 50 ms, and at most about 2,000 events a second, after up to 20,000 of what was before it. What is more is left
// out and counted; see [allowance.choose]. The server never waits for a page: what leaves the
// journal before the page takes it is counted as dropped. Both counts are those of this stream.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	defer p.exit()
	watcher := p.srv.WatchFrom(since(r))
	defer watcher.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{page: p, w: w, rc: http.NewResponseController(w), watcher: watcher, reads: newReads(p.srv.Lab()), allow: allowance{left: atFirst}}
	s.text = fmt.Appendf(nil, "event: hello\ndata: {\"read_only\":%v,\"version\":%q,\"run\":%q,\"last\":%d}\n\n",
		p.options.ReadOnly, server.Version, p.run, max(watcher.Last(), since(r)))
	s.tellWaiting()
	if s.write() == nil {
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

// stream is the events on their way to one page.
type stream struct {
	page    *Page
	w       http.ResponseWriter
	rc      *http.ResponseController
	watcher *server.Watcher
	reads   *reads
	allow   allowance
	leftOut int
	batch   []tracking.Event
	text    []byte          // the message
	changed context.Context // ends when somebody begins or ends to wait
}

// run sends messages until the page is gone or does not read, or the server has ended.
func (s *stream) run(ctx context.Context) {
	tick := time.NewTicker(batchEvery)
	defer tick.Stop()
	for {
		switch err := s.collect(ctx); {
		case err == nil:
			s.render(s.allow.choose(time.Now(), s.batch, s.reads))
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			s.text = append(s.text[:0], "event: end\ndata: {}\n\n"...)
			s.write()
			return
		default:
			s.text = append(s.text[:0], ": nothing happened\n\n"...)
		}
		if s.changed.Err() != nil {
			s.tellWaiting()
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
	wait, cancel := context.WithTimeout(ctx, pingEvery)
	defer cancel()
	defer context.AfterFunc(s.changed, cancel)()
	e, err := s.watcher.Next(wait)
	if err == nil {
		s.batch = s.watcher.Take(append(s.batch, e), batchScan)
	}
	return err
}

// render makes the message of a batch: the events that were kept.
func (s *stream) render(kept []tracking.Event, leftOut int) {
	s.leftOut += leftOut
	s.text = append(s.text[:0], `data: {"events":[`...)
	for i, e := range kept {
		if i > 0 {
			s.text = append(s.text, ',')
		}
		s.text = render.AppendJSON(s.text, e)
	}
	s.text = fmt.Appendf(s.text, "],\"dropped\":%d,\"left_out\":%d}\nid: %d\n\n", s.watcher.Dropped(), s.leftOut, s.batch[len(s.batch)-1].Seq)
}

// write sends the message.
func (s *stream) write() error {
	s.rc.SetWriteDeadline(time.Now().Add(patience))
	if _, err := s.w.Write(s.text); err != nil {
		return err
	}
	return s.rc.Flush()
}
