package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// Diagram draws a session: one column for each connection, and one for what no connection
// did, which says who uses direct access. Time runs down, by the server's clock. It returns
// the number of lines too; there are none if nobody ran a command.
func Diagram(events []tracking.Event, direct string) (drawn string, number int) {
	list := fold(lines(events))
	if len(list) == 0 {
		return "", 0
	}
	p := newPicture(list, events, direct)
	for i, l := range list {
		if i > 0 && list[i-1].at.After(l.at) {
			fmt.Fprintf(&p.b, "%*s the clock goes back by %v\n", timeWidth, "", list[i-1].at.Sub(l.at))
		}
		p.draw(l)
	}
	return p.b.String(), len(list)
}

// line is a line of the session: "> GET k", "< 1", or both if nothing happened between
// them.
type line struct {
	at      time.Time
	client  uint64 // 0 for none
	began   uint64 // the event of its command, 0 for none
	command string
	reply   string // or a push
	pushed  bool   // it is a push
	note    string // what else is to be said, in brackets
	unsent  bool   // the note is about a message that was not sent
	times   int    // how often it came once more
	until   time.Time
}

// heartbeat reports whether it is a command by which a client only shows that it is there.
func (l *line) heartbeat() bool { return strings.EqualFold(l.command, "> PING") && l.reply == "< PONG" }

// same reports whether both are the same command, with the same reply.
func (l *line) same(other *line) bool {
	return l.began != 0 && l.reply != "" && l.client == other.client &&
		l.command == other.command && l.reply == other.reply && l.note == other.note
}

// fold makes one line of a command that comes again and again. Others may come between
// heartbeats: what they do does not depend on them.
func fold(list []line) (folded []line) {
	last := map[uint64]int{} // by client
	for _, l := range list {
		i, known := last[l.client]
		if known && l.same(&folded[i]) && (i == len(folded)-1 || l.heartbeat()) {
			folded[i].times++
			folded[i].until = l.at
			continue
		}
		last[l.client] = len(folded)
		folded = append(folded, l)
	}
	return folded
}

// lines turns the events of a session into lines.
func lines(events []tracking.Event) (list []line) {
	seen := map[uint64]bool{}
	for _, e := range events {
		seen[e.Client] = seen[e.Client] || e.Kind == tracking.Began || e.Kind == tracking.Pushed
	}
	for _, e := range events {
		l := line{at: e.At, client: e.Client}
		var before *line
		if n := len(list); n > 0 {
			before = &list[n-1]
		}
		if !l.take(e, seen) || before != nil && before.join(e, l) {
			continue
		}
		list = append(list, l)
	}
	return list
}

// join adds the line of an event to the one before, if that is its command or says the same.
func (l *line) join(e tracking.Event, next line) bool {
	switch {
	case next.note != "" && next.note == l.note && next.client == l.client && (e.Kind == tracking.Forgotten || e.Kind == tracking.Gathered): // removed or gathered, too
	case l.began == 0 || l.began != e.CausedBy || l.reply != "":
		return false
	case e.Kind == tracking.Ended:
		l.reply = next.reply
		l.note += next.note
	case e.Kind == tracking.NotRemembered:
		l.note = next.note
	default:
		return false
	}
	return true
}

// take makes the line of an event, if the session shows it. seen are the clients that have a
// column; what is about another one is shown where its cause is.
func (l *line) take(e tracking.Event, seen map[uint64]bool) bool {
	switch e.Kind {
	case tracking.Began:
		l.began, l.command = e.Seq, "> "+plain(strings.Join(e.Words, " "))
	case tracking.Ended, tracking.Pushed:
		if l.reply = "< " + values(e.Bytes); e.Fault != 0 {
			l.note = "(SetError)"
		}
		l.pushed = e.Kind == tracking.Pushed
		return len(e.Bytes) > 0
	case tracking.Closed:
		l.note = "(closed: " + e.Text + ")"
		return seen[e.Client] || e.Text != hungUp
	case tracking.Faulted:
		l.note = "(" + e.Text + ")"
	case tracking.NotRemembered:
		l.note = "(" + e.Outcome.String() + ")"
		return e.Outcome != tracking.TrackingOff && e.Outcome != tracking.InBCast
	case tracking.Removed, tracking.Gathered, tracking.Forgotten:
		l.client, l.note = e.Writer, fmt.Sprintf("(%s: %s)", e.Cause, keyList(e.Keys))
		return e.Cause != tracking.Write && e.Cause != tracking.Flush
	case tracking.Message:
		return l.takeMessage(e, seen)
	default:
		return false
	}
	return true
}

// hungUp is why a connection is closed whose client has ended it.
const hungUp = "connection ended"

// takeMessage makes the line of a message that was not sent, or not in the usual way.
func (l *line) takeMessage(e tracking.Event, seen map[uint64]bool) bool {
	what := "invalidate " + keyList(e.Keys)
	if !seen[e.Client] {
		l.client = e.Writer
		what += fmt.Sprintf(" for client %d", e.Client)
	}
	if e.Receiver != e.Client && e.Outcome != tracking.BrokenRedirect {
		what += fmt.Sprintf(" to client %d", e.Receiver)
	}
	l.note, l.unsent = fmt.Sprintf("(%s %s)", what, e.Outcome), e.Outcome.Suppressed()
	return e.Outcome != tracking.Sent && e.Outcome != tracking.AfterReply
}

func keyList(keys []string) string {
	if keys == nil {
		return "everything"
	}
	return "[" + plain(strings.Join(keys, " ")) + "]"
}
