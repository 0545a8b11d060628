package journal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/tracking"
)

// Story is what happened between one client and one key.
type Story struct {
	Moments []Moment // in order
	Verdict string   // how the two stand now, and why, in one sentence
}

// Moment is one event of a story.
type Moment struct {
	Event tracking.Event
	What  What
}

// What says what an event means to a client and a key.
type What string

// The meanings.
const (
	CameOrWent    What = "connection"     // the client connected or disconnected
	Mode          What = "mode"           // it turned tracking on or off, or changed its options
	Disturbed     What = "fault"          // a test disturbed the client
	Registered    What = "registered"     // it read the key, and became its holder
	NotRegistered What = "not registered" // it read the key, and did not
	Ended         What = "removed"        // the key expired or was evicted
	Forgot        What = "forgotten"      // the key, or all, left the tracking table
	Waiting       What = "waiting"        // a message waits for a reply, or is kept back
	Told          What = "told"           // a message is queued for the receiver
	Overtaken     What = "overtaken"      // that, before the reply to the client's read could reach it
	NotTold       What = "not told"       // a message is not sent
)

// Why tells the story of a client and a key from the events of a journal. now are the verdicts of
// [tracking.Tracker.Explain] on that client, none if it is unknown.
func Why(events []tracking.Event, client uint64, key string, now []tracking.Verdict) Story {
	p := pair{client: client, key: key, replied: map[uint64]uint64{}}
	for _, e := range events {
		if e.Kind == tracking.Ended && e.Client == client {
			p.replied[e.CausedBy] = e.Seq
		}
	}
	for _, e := range events {
		p.take(e)
	}
	return Story{p.moments, p.verdict(now)}
}

// pair collects the moments of a client and a key.
type pair struct {
	client  uint64
	key     string
	replied map[uint64]uint64 // the Ended of each of the client's commands
	moments []Moment

	holds     bool            // as far as the events tell
	read      tracking.Event  // the read by which it holds the key
	forgotten *tracking.Event // the key's last way out of the table, which is not a moment yet
	stalled   bool            // nothing is written to the client
}

func (p *pair) take(e tracking.Event) {
	what := p.meaning(e)
	if what == "" {
		return
	}
	if p.forgotten != nil && e.Kind == tracking.Message && e.Route != tracking.Broadcast {
		p.moments = append(p.moments, Moment{*p.forgotten, Forgot})
		p.forgotten = nil
	}
	p.moments = append(p.moments, Moment{e, what})
}

// meaning returns what an event means to the pair, "" for nothing.
func (p *pair) meaning(e tracking.Event) What {
	about := e.Keys == nil || slices.Contains(e.Keys, p.key)
	mine := e.Client == p.client
	switch {
	case e.Kind == tracking.Removed && about:
		return Ended
	case (e.Kind == tracking.Forgotten || e.Kind == tracking.Flushed) && about:
		return p.forget(e)
	case !mine:
		return ""
	}
	switch e.Kind {
	case tracking.Connected, tracking.Closed:
		return CameOrWent
	case tracking.Enabled, tracking.Disabled:
		return Mode
	case tracking.Faulted:
		p.stalled = p.stalled && e.Text != "writes go on" || e.Text == "writes stall"
		return Disturbed
	}
	switch {
	case !about:
	case e.Kind == tracking.Remembered:
		p.holds, p.read, p.forgotten = true, e, nil
		return Registered
	case e.Kind == tracking.NotRemembered:
		return NotRegistered
	case e.Kind == tracking.Message:
		return p.message(e)
	}
	return ""
}

// forget notes that the key left the table. That is a moment of the pair if the client held the key:
// by an earlier event, or by the message that follows.
func (p *pair) forget(e tracking.Event) What {
	if p.holds {
		p.holds = false
		return Forgot
	}
	p.forgotten = &e
	return ""
}

func (p *pair) message(e tracking.Event) What {
	switch o := e.Outcome; {
	case o.Suppressed():
		return NotTold
	case o != tracking.Sent && o != tracking.Duplicated:
		return Waiting
	case p.overtakes(e):
		return Overtaken
	}
	return Told
}

// overtakes reports whether a message is on its way before the reply to the client's read: the
// command has not replied yet, or the reply is kept back while the message takes another
// connection.
func (p *pair) overtakes(e tracking.Event) bool {
	reply := p.replied[p.read.CausedBy]
	return p.read.CausedBy != 0 && (reply > e.Seq || p.stalled && e.Receiver != p.client)
}

// last returns the last moment with one of some meanings.
func (p *pair) last(of ...What) (Moment, bool) {
	for _, m := range slices.Backward(p.moments) {
		if slices.Contains(of, m.What) {
			return m, true
		}
	}
	return Moment{}, false
}

// verdict says how client and key stand now.
func (p *pair) verdict(now []tracking.Verdict) string {
	who, key := fmt.Sprintf("Client %d", p.client), strconv.Quote(p.key)
	if len(now) == 0 {
		return who + " is not connected, and does not stand in the tracking table for " + key + "." + p.past(key)
	}
	var ways []string
	for _, v := range now {
		ways = append(ways, foretold(v))
	}
	switch v := now[0]; {
	case v.Outcome == tracking.HolderGone:
		return fmt.Sprintf("%s is gone; its id stands in the tracking table for %s until that changes (rule %d).", who, key, v.Outcome.Rule())
	case v.Outcome == tracking.TrackingOff:
		return fmt.Sprintf("%s does not track, so it is not told of %s.%s", who, key, p.past(key))
	case v.Outcome == tracking.NotHeld:
		return fmt.Sprintf("%s does not hold %s, so it would not be told if that changed now (rule %d).%s", who, key, v.Outcome.Rule(), p.past(key))
	case v.Outcome == tracking.NoPrefix:
		return fmt.Sprintf("%s broadcasts, and none of its prefixes covers %s (rule %d).", who, key, v.Outcome.Rule())
	case v.Route == tracking.Broadcast:
		return fmt.Sprintf("%s subscribes to a prefix of %s: if that changed now, %s.", who, key, strings.Join(ways, ", and "))
	}
	return fmt.Sprintf("%s holds %s%s: if that changed now, %s.", who, key, p.since(), strings.Join(ways, ", and "))
}

// foretold says what a verdict on a message foretells.
func foretold(v tracking.Verdict) string {
	if v.Outcome == tracking.Sent {
		return "it would be told by " + v.Way()
	}
	text := "the message by " + v.Way() + " would be " + v.Outcome.String()
	text = strings.Replace(text, "be not sent", "not be sent", 1)
	if rule := v.Outcome.Rule(); rule != 0 {
		text += fmt.Sprintf(" (rule %d)", rule)
	}
	return text
}

// since names the read by which the client holds the key, if it is known.
func (p *pair) since() string {
	if !p.holds {
		return ""
	}
	return fmt.Sprintf(" since event %d", p.read.Seq)
}

// past says why the client does not hold the key any more, or never did, as a sentence of
// its own.
func (p *pair) past(key string) string {
	m, found := p.last(Registered, NotRegistered, Forgot, Told, Overtaken, NotTold, Waiting)
	if !found {
		return " Nothing that is recorded shows that it has read " + key + "."
	}
	e := m.Event
	switch m.What {
	case NotRegistered:
		return fmt.Sprintf(" Its last read was %s (event %d, rule %d).", e.Outcome, e.Seq, e.Outcome.Rule())
	case Told:
		return fmt.Sprintf(" It was told by event %d, and no read since then is recorded.", e.Seq)
	case Overtaken:
		return fmt.Sprintf(" It was told by event %d, before the reply to its read (event %d): a cache that stores that reply keeps an old value.", e.Seq, p.read.Seq)
	case NotTold:
		return fmt.Sprintf(" It was not told by event %d: %s.", e.Seq, strings.TrimPrefix(e.Outcome.String(), "not sent: "))
	case Waiting:
		return fmt.Sprintf(" Its message, event %d: %s.", e.Seq, e.Outcome)
	case Forgot:
		return fmt.Sprintf(" The table forgot it by event %d (%s).", e.Seq, e.Cause)
	}
	return fmt.Sprintf(" It read it by event %d.", e.Seq)
}
