package servertest

import (
	"time"

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
	w.each(func(f server.Faults) bool { return f.CutBeforePush() })
}

// StallWrites stops all writing to the client; with false, writing resumes.
func (w target) StallWrites(on bool) {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.StallWrites(on) })
}

// StallReads keeps the server from running anything that the client sends; with false, it
// runs that and goes on.
func (w target) StallReads(on bool) {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.StallReads(on) })
}

// Delay delays everything that the client sends by d before it is run.
func (w target) Delay(d time.Duration) {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.DelayCommands(d) })
}

// HoldPushes withholds the client's invalidations until ReleasePushes.
func (w target) HoldPushes() {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.Hold() })
}

// ReleasePushes sends the invalidations that HoldPushes has withheld, in order.
func (w target) ReleasePushes() {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.Release(false) })
}

// ReleaseReordered sends the invalidations that HoldPushes has withheld, in reverse
// order.
func (w target) ReleaseReordered() {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.Release(true) })
}

// DropPushes drops the client's next n invalidations: all from now on if n is -1, no
// more if it is 0.
func (w target) DropPushes(n int) {
	w.server().t.Helper()
	if n < -1 {
		w.s.t.Fatalf("servertest: DropPushes(%d): the number is -1 for all, 0 for no more, or how many", n)
	}
	w.each(func(f server.Faults) bool { return f.Drop(n) })
}

// DelayPushes delays each of the client's invalidations by d; 0 ends that.
func (w target) DelayPushes(d time.Duration) {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.Delay(d) })
}

// DuplicatePushes sends each of the client's invalidations twice; with false, it stops
// doing so.
func (w target) DuplicatePushes(on bool) {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.Duplicate(on) })
}

// BreakRedirect makes the server believe that this client's redirect target is gone.
func (w target) BreakRedirect() {
	w.server().t.Helper()
	w.each(func(f server.Faults) bool { return f.BreakRedirect() })
}

// each does something to every connection. The test fails if there is none.
func (w target) each(do func(server.Faults) bool) {
	s := w.server()
	s.t.Helper()
	done := 0
	for _, c := range w.now() {
		if do(s.Lab().Faults(c.ID)) {
			done++
		}
	}
	switch {
	case done > 0:
	case w.id != 0:
		s.t.Fatalf("servertest: client %d is gone; ask for it again after a reconnect", w.id)
	default:
		s.t.Fatalf("servertest: no client is named %q; there are: %v", w.name, s.Clients())
	}
}
