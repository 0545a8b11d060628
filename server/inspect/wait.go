package inspect

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// waiting is somebody who waits for Continue in the page. It is guarded by the mutex of the Page.
type waiting struct {
	turn    sync.Mutex // held by who waits
	who     string     // "" for nobody
	release context.CancelFunc
	// changed ends when that changes.
	changed context.Context
	tell    context.CancelFunc
}

// Wait shows in the page that somebody waits, such as a test by its name, and returns when Continue is pressed there, when ctx
// is done, or when the server has ended.
func (p *Page) Wait(ctx context.Context, who string) {
	ctx, release := context.WithCancel(ctx)
	defer release()
	p.waiting.turn.Lock()
	defer p.waiting.turn.Unlock()
	p.setWaiting(who, release)
	defer p.setWaiting("", nil)
	select {
	case <-ctx.Done():
	case <-p.srv.Done():
	}
}

func (p *Page) setWaiting(who string, release context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting.who, p.waiting.release = who, release
	p.waiting.tell()
	p.waiting.changed, p.waiting.tell = context.WithCancel(context.Background())
}

// wait returns who waits, and what ends when that changes.
func (p *Page) wait() (who string, changed context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting.who, p.waiting.changed
}

// goOn is Continue. A page that changes nothing may do that too.
func (p *Page) goOn(context.Context, request) (any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting.release == nil {
		return nil, errors.New("ERR nobody waits")
	}
	p.waiting.release()
	return "OK", nil
}

// tellWaiting adds a message that says who waits: {"who":"TestCart"}, or "" for nobody.
func (s *stream) tellWaiting() {
	who, changed := s.page.wait()
	s.changed = changed
	s.text = fmt.Appendf(s.text, "event: waits\ndata: {\"who\":%s}\n\n", appendText(nil, who))
}
