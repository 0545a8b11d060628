package cachecheck

import (
	"fmt"

	"github.com/tattle-server/tattle/server"
)

// disturb does a step that disturbs the connections of a cache, or repairs them.
func (p *play) disturb(c *cache, s step) string {
	if c == nil {
		return "(it is not open)"
	}
	conns := p.connections(c)
	if s.kind == cutOne && len(conns) > 0 {
		at := s.choice % len(conns)
		conns = conns[at : at+1]
	}
	for _, conn := range conns {
		p.fault(s.kind, p.srv.Lab().Faults(conn.ID))
	}
	if s.kind == cutAll || s.kind == cutOne {
		c.tell(fmt.Sprintf("its connection was cut in step %d", s.number), p.all()...)
	}
	return ""
}

// fault changes what happens to a connection. The connection may be gone already.
func (p *play) fault(k kind, f server.Faults) {
	switch k {
	case hold:
		f.Hold()
	case release, reorder:
		f.Release(k == reorder)
	case delay:
		f.Delay(delayFor)
	case duplicate:
		f.Duplicate(true)
	case cutAll, cutOne:
		f.Kill()
	case cutAtPush:
		f.CutBeforePush()
	}
}

// stall stops writing on the connections on which a cache reads keys, or resumes it.
// Connections that only receive invalidations are not affected.
func (p *play) stall(c *cache, on bool) {
	for _, conn := range p.connections(c) {
		if conn.Tracking.On || !on {
			p.srv.Lab().Faults(conn.ID).StallWrites(on)
		}
	}
}

// calm ends all that disturbs a cache.
func (p *play) calm(c *cache) {
	for _, conn := range p.connections(c) {
		f := p.srv.Lab().Faults(conn.ID)
		f.Release(false)
		f.Delay(0)
		f.Duplicate(false)
	}
}

// all lists the keys.
func (p *play) all() []int {
	list := make([]int, len(p.keys))
	for k := range list {
		list[k] = k
	}
	return list
}
