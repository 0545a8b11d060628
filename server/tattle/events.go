package tattle

import (
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/tracking"
)

// errNotRecorded says how there come to be events.
const errNotRecorded = resp.Error("ERR nothing is recorded. TATTLE RECORD START begins, as does CONFIG SET journal yes.")

// How many events EVENTS returns, and may return.
const (
	eventsCount = 100
	eventsMax   = 100_000
)

func events(c *call) (any, error) {
	var f journal.Filter
	var since, n int64 = -1, eventsCount
	err := selection(c.args, &f, option{"SINCE", func(v string) (err error) {
		since, err = number(v, 0, 1<<62)
		return err
	}}, option{"COUNT", func(v string) (err error) {
		n, err = number(v, 1, eventsMax)
		return err
	}})
	if err != nil {
		return nil, err
	}
	all, st, recorded := c.recorded(uint64(max(since, 0)), f.Wants()...)
	if !recorded {
		return nil, errNotRecorded
	}
	var found []tracking.Event
	for _, e := range all {
		if f.Match(e) {
			found = append(found, e)
		}
	}
	last, dropped := st.Last, int64(0)
	switch more := len(found) > int(n); {
	case since < 0:
		found = found[max(len(found)-int(n), 0):]
	case more:
		found = found[:n]
		last = found[n-1].Seq
	}
	if since >= 0 && st.Dropped > 0 {
		dropped = max(int64(st.First)-since-1, 0)
	}
	return pairs("events", list(found, event), "last", int64(max(last, uint64(max(since, 0)))), "dropped", dropped), nil
}

// recorded returns the events of some kinds after one, from the journal or, if that is off, from the recording
// that was stopped.
func (c *call) recorded(since uint64, kinds ...tracking.Kind) ([]tracking.Event, journal.State, bool) {
	if j := c.lab.Server().Journal(); j != nil {
		return j.Since(since, kinds...), j.State(), true
	}
	if w := c.state().last(); w != nil {
		return w.Since(since, kinds...), journal.State{Last: w.Last()}, true
	}
	return nil, journal.State{}, false
}

// selection reads the options that select events: a filter and some others.
func selection(args []string, f *journal.Filter, others ...option) error {
	for len(args) > 0 {
		name, rest := strings.ToUpper(args[0]), args[1:]
		switch {
		case name == "NOT-SENT":
			f.NotSent = true
			args = rest
			continue
		case len(rest) == 0:
			return resp.ErrSyntax
		case name == "KEY", name == "CLIENT", name == "KIND":
			if err := f.Add(name, rest[0]); err != nil {
				return inWords(err)
			}
		default:
			if err := options(args[:2], others...); err != nil {
				return err
			}
		}
		for args = rest[1:]; name == "KIND" && len(args) > 0 && f.Add(name, args[0]) == nil; args = args[1:] {
		}
	}
	if f.Kinds == 0 && !f.NotSent {
		f.Kinds = tracking.KindsOf() &^ tracking.KindsOf(tracking.CycleEnded)
	}
	return nil
}

// event makes a map of an event, with the fields that it has as JSON.
func event(e tracking.Event) any {
	var m fields
	render.Describe(e, &m)
	return resp.Map(m)
}

// fields are a map that takes the fields of an event.
type fields resp.Map

func (m *fields) add(name string, v any) { *m = append(*m, resp.Pair{Key: name, Value: v}) }

func (m *fields) Number(name string, n uint64)     { m.add(name, int64(n)) }
func (m *fields) Text(name, text string)           { m.add(name, text) }
func (m *fields) Texts(name string, list []string) { m.add(name, strs(list)) }
func (m *fields) True(name string)                 { m.add(name, true) }

func why(c *call) (any, error) {
	id, err := clientID(c.args[0])
	if err != nil {
		return nil, err
	}
	key := c.args[1]
	all, _, recorded := c.recorded(0)
	var now []tracking.Verdict
	for _, v := range c.lab.Explain(key, 0) {
		if v.Client == id {
			now = append(now, v)
		}
	}
	story := journal.Why(all, id, key, now)
	return pairs("client", int64(id), "key", key, "recorded", recorded, "events", list(story.Moments, func(m journal.Moment) any {
		return pairs("id", int64(m.Event.Seq), "what", string(m.What), "line", m.Event.String())
	}), "verdict", story.Verdict), nil
}
