package inspect

import (
	"time"

	"github.com/tattle-server/tattle/server"
)

const (
	maxStreams = 16 // pages at once
	// reloadTime is how long a page may take to be loaded again, and is not gone meanwhile.
	reloadTime = 2 * time.Second
)

// visits are the pages that read events. They are guarded by the mutex of the Page.
type visits struct {
	n        int
	lab      *server.Lab // of the pages, while there are any; what they stop runs again when they are gone
	endLease func()
	gone     *time.Timer // ends the lease
}

// enter counts a page, and reports whether there are not too many.
func (p *Page) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visits.n == maxStreams {
		return false
	}
	p.visits.n++
	if p.visits.lab == nil {
		p.visits.lab, p.visits.endLease = p.srv.Lab().Lease("the page")
	}
	return true
}

// exit notes that a page is gone. What it has stopped runs again if none comes back.
func (p *Page) exit() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visits.n--; p.visits.n == 0 {
		p.leaveLater()
	}
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
