package inspect

import (
	"errors"
	"os"
	"time"

	"github.com/tattle-server/tattle/server"
)

const (
	maxStreams = 16 // pages at once
	// keepFor is how long the server goes on recording after the last page is gone, for one that is loaded
	// again.
	keepFor = time.Minute
)

// visits are the pages that read events. They are guarded by the mutex of the Page.
type visits struct {
	n     int
	kept  *server.Watcher // of the last page that is gone
	timer *time.Timer     // ends it
}

// enter returns a watcher of the events above a number for a page, or nil if there are too many pages.
func (p *Page) enter(since uint64) *server.Watcher {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visits.n == maxStreams {
		return nil
	}
	p.visits.n++
	w := p.srv.WatchFrom(since)
	p.stopKeeping()
	return w
}

// exit notes that a page is gone, or does not read.
func (p *Page) exit(w *server.Watcher, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits.n--
	if p.visits.n > 0 || p.closed || errors.Is(err, os.ErrDeadlineExceeded) {
		w.Close()
		return
	}
	p.stopKeeping()
	p.visits.kept = w
	p.visits.timer = time.AfterFunc(keepFor, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopKeeping()
	})
}

// stopKeeping ends what the last page that is gone has left.
func (p *Page) stopKeeping() {
	if p.visits.kept != nil {
		p.visits.timer.Stop()
		p.visits.kept.Close()
		p.visits.kept = nil
	}
}
