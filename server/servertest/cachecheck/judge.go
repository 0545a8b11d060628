package cachecheck

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// blame records a mistake.
func (p *play) blame(format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

// judge waits for the end of a read and returns what was read. It blames the cache if the
// key never had that state, or if an earlier read has shown a newer one.
func (p *play) judge(c *cache, f *flight) string {
	a := f.land()
	p.weigh(c, f, a)
	return a.String()
}

func (p *play) weigh(c *cache, f *flight, a answer) {
	if a.err == errHangs {
		p.blame("%s reads %s: %v", c.name, keyName(f.key), a.err)
	}
	if a.err != nil {
		return // it says nothing about the key
	}
	p.observe()
	line := p.keys[f.key]
	switch place, known := line.place(a.state); {
	case !known && p.unsure[a.value]:
	case !known:
		p.blame("%s read %s of %s, which was never written there", c.name, a, keyName(f.key))
	case place < f.since:
		p.blame("%s read %s of %s, though it had read %s before, which is newer", c.name, a, keyName(f.key), line.states[f.since])
	default:
		c.seen[f.key] = max(c.seen[f.key], place)
	}
}

// patience is how long a cache may go on reading an old value when all is quiet. It is a
// time and also a number of rounds, so that no cache is blamed for a slow machine.
type patience struct {
	atLeast time.Duration
	rounds  int
}

// quietRounds is how often a cache is asked for something else before it is blamed.
const quietRounds = 50

// over reports whether patience has run out. If not, it waits for a while, which is short
// at first.
func (w patience) over(began time.Time, round int) bool {
	passed := time.Since(began)
	if round >= w.rounds && passed >= w.atLeast || passed > w.atLeast+answerPatience {
		return true
	}
	most := w.atLeast / time.Duration(max(w.rounds, 1))
	<-time.After(min(most, 50*time.Microsecond<<min(round, 20)))
	return false
}

// view is a cache's view of a key.
type view struct {
	c    *cache
	key  int
	last answer
}

// compare releases everything that was withheld, and blames the caches that still differ
// from the server. It compares only the keys that a cache has read.
func (p *play) compare() {
	var views []*view
	for _, c := range p.caches {
		if c == nil {
			continue
		}
		p.calm(c)
		for k := range p.keys {
			if c.asked[k] {
				views = append(views, &view{c: c, key: k})
			}
		}
	}
	for began, round := time.Now(), 0; ; round++ {
		views = slices.DeleteFunc(views, p.agrees)
		if len(views) == 0 || len(p.wrong) > 0 {
			return
		}
		if p.patience.over(began, round) {
			break
		}
		p.askForOthers()
	}
	for _, v := range views {
		p.blameView(v)
	}
}

// agrees reads a key and reports whether the server has the same value.
func (p *play) agrees(v *view) bool {
	f := v.c.beginRead(v.key)
	v.last = f.land()
	p.weigh(v.c, f, v.last)
	return v.last.err == nil && v.last.state == p.keys[v.key].now()
}

// askForOthers makes every cache read a key that it cannot have. So it must read what has
// arrived on its connections, or notice that they are gone.
func (p *play) askForOthers() {
	p.barrier++
	for _, c := range p.caches {
		if c != nil {
			c.ask(fmt.Sprint("other-", p.barrier))
		}
	}
}

func (p *play) blameView(v *view) {
	key, now := keyName(v.key), p.keys[v.key].now()
	if v.last.err != nil {
		p.blame("%s cannot read %s any more: %v", v.c.name, key, v.last.err)
		return
	}
	told := "it was told nothing"
	if how := v.c.told[v.key]; how != "" {
		told = "last " + how
	}
	p.blame("%s goes on reading %s of %s, where the server has %s; %s", v.c.name, v.last, key, now, told)
	p.log = append(p.log, fmt.Sprintf("     %s reads %s, again and again: %s", v.c.name, key, v.last))
}

// hear logs the messages that the caches were sent, or were not sent, since the last call.
func (p *play) hear(s step) {
	for _, c := range p.caches {
		if c != nil {
			p.connections(c)
		}
	}
	for _, e := range p.srv.Events() {
		i := slices.IndexFunc(p.caches, func(c *cache) bool { return c != nil && c.conns[e.Client] })
		if e.Seq > p.heard && e.Kind == servertest.Message && e.Outcome != tracking.AfterReply && i >= 0 {
			p.hearOf(p.caches[i], e, s)
		}
		p.heard = max(p.heard, e.Seq)
	}
}

func (p *play) hearOf(c *cache, m servertest.Event, s step) {
	what := strings.Join(m.Keys, " ")
	if m.Keys == nil {
		what = "everything"
	}
	outcome, told, keys := m.Outcome.String(), fmt.Sprintf("it was told in step %d to forget %s", s.number, what), p.all()
	switch {
	case m.Outcome == tracking.Cut:
		outcome, told = "cut", fmt.Sprintf("its connection was cut in step %d", s.number)
	case m.Keys != nil:
		keys = slices.DeleteFunc(keys, func(k int) bool { return !slices.Contains(m.Keys, keyName(k)) })
	}
	p.log = append(p.log, fmt.Sprintf("       invalidate %s for %s, connection %d: %s", what, c.name, m.Receiver, outcome))
	if m.Outcome == tracking.Sent || m.Outcome == tracking.Cut {
		c.tell(told, keys...)
	}
}
