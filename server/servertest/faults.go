package servertest

import (
	"errors"
	"fmt"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

// Kill closes the connection, as CLIENT KILL does.
func (w target) Kill() {
	w.server().t.Helper()
	w.each(server.Faults.Kill)
}

// CutBeforePush closes the connection instead of sending the next invalidation. Replies
// that come before it still arrive.
func (w target) CutBeforePush() {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.CutBeforePush() })
}

// StallWrites stops all writing to the client; with false, writing resumes.
func (w target) StallWrites(on bool) {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.StallWrites(on) })
}

// StallReads keeps the server from running anything that the client sends; with false, it
// runs that and goes on.
func (w target) StallReads(on bool) {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.StallReads(on) })
}

// Delay delays everything that the client sends by d before it is run, by the real clock; 0
// ends that.
func (w target) Delay(d time.Duration) {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.DelayCommands(d) })
}

// HoldPushes withholds the client's invalidations until ReleasePushes.
func (w target) HoldPushes() {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.Hold() })
}

// ReleasePushes sends the invalidations that HoldPushes has withheld, in order. The test
// fails if HoldPushes was not called.
func (w target) ReleasePushes() {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.Release(false) })
}

// ReleaseReordered is ReleasePushes in reverse order.
func (w target) ReleaseReordered() {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.Release(true) })
}

// DropPushes drops the client's next n invalidations: all from now on if n is -1, no
// more if it is 0.
func (w target) DropPushes(n int) {
	w.server().t.Helper()
	if n < -1 {
		w.s.t.Fatalf("servertest: DropPushes(%d): the number is -1 for all, 0 for no more, or how many", n)
	}
	w.each(func(f server.Faults) error { return f.Drop(n) })
}

// DelayPushes delays each of the client's invalidations by d, by the real clock; 0 ends that.
func (w target) DelayPushes(d time.Duration) {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.Delay(d) })
}

// DuplicatePushes sends each of the client's invalidations twice; with false, it stops
// doing so.
func (w target) DuplicatePushes(on bool) {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.Duplicate(on) })
}

// BreakRedirect makes the server believe that this client's redirect target is gone. The
// test fails if the client does not redirect.
func (w target) BreakRedirect() {
	w.server().t.Helper()
	w.each(func(f server.Faults) error { return f.BreakRedirect() })
}

// Push sends the client a push that the server does not send of itself: a value such as resp.Push{"MOVING", 30}, or
// bytes in a string, which may be half a push. [server.BeforeReply] and [server.InsideReply] have it wait for the
// client's next reply.
func (w target) Push(frame any, where ...server.Place) {
	s := w.server()
	s.t.Helper()
	text, raw := frame.(string)
	if !raw {
		out := resp.Writer{Proto: 3}
		if err := out.Value(frame); err != nil {
			s.t.Fatalf("servertest: Push: %v", err)
		}
		text = string(out.Buf)
	}
	place := append(where, server.Now)[0]
	w.each(func(f server.Faults) error { return f.Push([]byte(text), place) })
}

// As runs a command as the client, and returns the reply in the types of [Conn.Do]. The client does not see the
// reply, and whatever else the command does is as if it had sent it: see [server.Lab.As]. The test fails if the client
// is gone.
func (c Client) As(args ...any) any {
	s := c.server()
	s.t.Helper()
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = fmt.Sprint(arg)
	}
	reply, err := s.Lab().As(c.ID, words...)
	var failed resp.Error
	switch {
	case errors.As(err, &failed):
		return failed
	case err != nil:
		s.t.Fatalf("servertest: %s cannot run %q: %v", c, words, err)
	}
	return reply
}

// each does something to every connection. The test fails if it can be done to none.
func (w target) each(do func(server.Faults) error) {
	s := w.server()
	s.t.Helper()
	why, list := server.ErrNoClient, w.now()
	for _, c := range list {
		if err := do(s.Lab().Faults(c.ID)); why != nil {
			why = err
		}
	}
	switch {
	case why == nil:
	case why != server.ErrNoClient:
		s.t.Fatalf("servertest: %v: %s", list, faultAdvice[why])
	case w.id != 0:
		s.t.Fatalf("servertest: client %d is gone; ask for it again after a reconnect", w.id)
	default:
		s.t.Fatalf("servertest: no client is named %q; there are: %v", w.name, s.Clients())
	}
}

// faultAdvice says what to do about a fault that cannot be.
var faultAdvice = map[error]string{
	server.ErrNotHeld:    "no pushes are held; HoldPushes comes first",
	server.ErrNoRedirect: "there is no redirect to break; CLIENT TRACKING ON REDIRECT comes first",
}
