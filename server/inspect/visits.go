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
	// reloadTime is how long a page may take to be loaded again, and is not gone meanwhile.
	reloadTime = 2 * time.Second
)

// visits are the pages that read events. They are guarded by the mutex of the Page.
type visits struct {
	n     int
	kept  *server.Watcher // of the last page that is gone
	timer *time.Timer     // ends it

	lab      *server.Lab // of the pages, while there are any; what they stop runs again when they are gone
	endLease func()
	gone     *time.Timer // ends the lease
}

// enter returns a watcher of the events above a number for a page, or nil if there are too many pages.
func (p *Page) enter(since uint64) *server.Watcher {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visits.n == maxStreams {
		return nil
	}
	p.visits.n++
	if p.visits.lab == nil {
		p.visits.lab, p.visits.endLease = p.srv.Lab().Lease("the page")
	}
	w := p.srv.WatchFrom(since)
	p.stopKeeping()
	return w
}

// exit notes that a page is gone, or does not read.
func (p *Page) exit(w *server.Watcher, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits.n--
	if p.visits.n == 0 {
		p.leaveLater()
	}
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

// leaveLater ends the lease of the pages if none comes back.
func (p *Page) leaveLater() {
	if p.visits.gone != nil {
		p.visits.gone.Stop()
	}
	p.visits.gone = time.AfterFunc(reloadTime, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.visits.n == 0 && p.visits.lab != nil {
			p.visits.endLease()
			p.visits.lab = nil
		}
	})
}

// lab returns the lab of the pages, and what to call after its use. Who sends controls without reading
// events is gone after each.
func (p *Page) lab() (lab *server.Lab, done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visits.lab == nil {
		return p.srv.Lab().Lease("the page")
	}
	return p.visits.lab, func() {}
}

// stopKeeping ends what the last page that is gone has left.
func (p *Page) stopKeeping() {
	if p.visits.kept != nil {
		p.visits.timer.Stop()
		p.visits.kept.Close()
		p.visits.kept = nil
	}
}
