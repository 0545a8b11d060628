package servertest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// waitPatience is how long the waits wait before the test fails, if nothing else is said. It
// only ends tests that would hang.
const waitPatience = 10 * time.Second

// wait waits until a condition is met, which only events of a kind can change. The test fails
// at once if the client is gone that it is about.
func (s *Server) wait(t TB, who Who, what string, kind Kind, met func() bool) {
	t.Helper()
	w := s.engine().Watch(kind, Closed)
	defer w.Close()
	ctx, cancel := context.WithTimeout(s.ctx, s.patience)
	defer cancel()
	for !met() {
		if s.isGone(who) {
			t.Fatalf("servertest: waiting for %s %s, which is gone.\n%s", who, what, s.tail())
		}
		if _, err := w.Next(ctx); err != nil {
			t.Fatalf("servertest: waited for %s %s: %s.%s\n%s", who, what, s.why(err), s.standing(), s.tail())
		}
	}
}

// isGone reports whether a Client has closed, and so never does anything any more. The
// connections of a Group may come again.
func (s *Server) isGone(who Who) bool {
	s.t.Helper()
	w := who.whom()
	return w.id != 0 && len(w.now()) == 0
}

// why says why a wait ended without success.
func (s *Server) why(err error) string {
	switch {
	case s.ctx.Err() != nil:
		return s.ctx.Err().Error()
	case err == context.DeadlineExceeded:
		return fmt.Sprintf("%v have passed", s.patience)
	}
	return "the server has ended"
}

// standing says what to do if nothing happens because the loop stands still.
func (s *Server) standing() string {
	s.t.Helper()
	srv, err := s.running()
	if err != nil || !srv.Lab().Manual() {
		return ""
	}
	text := "\nThe loop stands still: Step runs what a client has sent, and EndCycle writes what that caused."
	if waiting, _ := srv.Lab().Waiting(); len(waiting) > 0 {
		text += fmt.Sprintf(" Commands wait of the clients %v.", waiting)
	}
	return text
}

// WaitTracked waits until the tracking table has a client as a holder of a key.
//
// The wait is over when the server has run the read. The client may not have its reply yet.
func (s *Server) WaitTracked(t TB, key string, who Who) {
	t.Helper()
	s.wait(t, who, fmt.Sprintf("to hold %q", key), Remembered, func() bool {
		return slices.ContainsFunc(who.whom().now(), func(c Client) bool { return s.Lab().Holds(c.ID, key) })
	})
}

// WaitInvalidated waits until a client has been sent the invalidation of each of the keys,
// in any number of messages. A flush counts as all of them. Messages that an earlier call
// of this test for this client has consumed do not count again, nor do those that a fault
// has dropped, keeps back, or sends twice. With a redirect, both clients count as told.
//
// Sent is not processed: the client may still answer from its cache for a moment. Wait for
// what the client shows with [Server.Eventually].
func (s *Server) WaitInvalidated(t TB, who Who, keys ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, k := range keys {
		missing[k] = true
	}
	s.wait(t, who, fmt.Sprintf("to be told of %q", keys), Message, func() bool {
		members := s.members(who)
		for _, e := range s.unseen(members) {
			if len(missing) == 0 {
				break
			}
			s.see(e, members)
			if e.Keys == nil {
				clear(missing)
			}
			for _, k := range e.Keys {
				delete(missing, k)
			}
		}
		return len(missing) == 0
	})
}

// seen is a client of one of the servers that Restart replaces.
type seen struct {
	run    int
	client uint64
}

// members returns the ids of the connections that are meant.
func (s *Server) members(who Who) (ids []uint64) {
	s.t.Helper()
	for _, c := range who.whom().now() {
		ids = append(ids, c.ID)
	}
	return ids
}

// unseen returns the invalidations that any of these clients was sent in this test, itself or
// by its redirect, and that no WaitInvalidated has consumed.
func (s *Server) unseen(clients []uint64) (list []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.began.at(s.history.run)
	for _, e := range s.history.watcher.Since(from, Message) {
		isNew := func(id uint64) bool {
			return (id == e.Client || id == e.Receiver) && e.Seq > s.seen[seen{s.history.run, id}]
		}
		if e.Outcome == tracking.Sent && slices.ContainsFunc(clients, isNew) {
			list = append(list, e)
		}
	}
	return list
}

// see marks an invalidation as consumed by those of the clients that it is about.
func (s *Server) see(e Event, clients []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range clients {
		if id == e.Client || id == e.Receiver {
			s.seen[seen{s.history.run, id}] = e.Seq
		}
	}
}

// RequireNoInvalidation fails the test if the client was sent an invalidation in this test
// that no WaitInvalidated has consumed. What counts as sent is said there. It calls Settle
// first.
func (s *Server) RequireNoInvalidation(t TB, who Who) {
	t.Helper()
	s.Settle(t)
	for _, e := range s.unseen(s.members(who)) {
		t.Fatalf("servertest: %s should not have been told, but: %s", who, e)
	}
}

// RequireCaching fails the test unless the given clients track keys. If no client is
// given, it fails the test if any open connection has read keys with tracking off. Some
// clients silently do without a cache when CLIENT TRACKING is refused or was never sent;
// this makes it loud.
func (s *Server) RequireCaching(t TB, who ...Who) {
	t.Helper()
	if len(who) == 0 {
		s.requireAllCaching(t)
	}
	for _, w := range who {
		list := w.whom().now()
		if len(list) == 0 {
			t.Fatalf("servertest: %s does not track: no such connection is open; there are: %v", w, s.Clients())
		}
		for _, c := range list {
			if !c.Tracking.On {
				t.Fatalf("servertest: %s does not track: %s.\n%s", c, s.refused(c), s.tail())
			}
		}
	}
}

func (s *Server) requireAllCaching(t TB) {
	t.Helper()
	for _, e := range s.Events() {
		if e.Kind != NotRemembered || e.Outcome != tracking.TrackingOff {
			continue
		}
		if c, open := s.find(e.Client); open {
			t.Fatalf("servertest: %s has read %q with tracking off: %s", c, e.Keys, s.refused(c))
		}
	}
}

// refused says what became of a client's CLIENT TRACKING.
func (s *Server) refused(c Client) string {
	s.mu.Lock()
	events := s.history.since(moment{run: s.history.run}, Began, Ended)
	s.mu.Unlock()
	said := "it never sent CLIENT TRACKING ON"
	asked := map[uint64]bool{}
	for _, e := range events {
		switch {
		case e.Client != c.ID:
		case e.Kind == Began && len(e.Words) > 2 && strings.EqualFold(e.Words[0]+" "+e.Words[1], "CLIENT TRACKING"):
			asked[e.Seq] = strings.EqualFold(e.Words[2], "ON")
			said = fmt.Sprintf("its last word was %q", strings.Join(e.Words, " "))
		case e.Kind == Ended && asked[e.CausedBy] && len(e.Bytes) > 0 && e.Bytes[0] == '-':
			said = fmt.Sprintf("CLIENT TRACKING ON was refused: %q", e.Bytes)
		}
	}
	return said
}

// Settle waits until every batch that has arrived has run and every byte has been
// written. What was written the client may not have processed yet; see [Server.Eventually].
func (s *Server) Settle(t TB) {
	t.Helper()
	waiting := func() int { return s.Lab().PendingOutput() }
	s.poll(func() bool { return waiting() == 0 }, func(why string) {
		t.Helper()
		t.Fatalf("servertest: %s, and %d bytes still wait to be written; does a client not read?%s\n%s", why, waiting(), s.standing(), s.tail())
	})
}

// WaitBlocked waits until n clients are blocked by commands such as BLPOP.
func (s *Server) WaitBlocked(t TB, n int) {
	t.Helper()
	blocked := func() int { return s.Lab().BlockedClients() }
	s.poll(func() bool { return blocked() == n }, func(why string) {
		t.Helper()
		t.Fatalf("servertest: waiting for %d blocked clients, there are %d: %s.%s", n, blocked(), why, s.standing())
	})
}

// poll checks a condition again and again, for conditions that no event reports.
func (s *Server) poll(met func() bool, fail func(why string)) {
	for deadline := time.Now().Add(s.patience); !met(); runtime.Gosched() {
		if s.ctx.Err() != nil || time.Now().After(deadline) {
			fail(s.why(context.DeadlineExceeded))
			return
		}
	}
}

// Eventually waits until a condition is met. It is for what a client shows, since the server
// does not know when a client has processed what it was sent:
//
//	srv.WaitInvalidated(t, app, "user:1")
//	srv.Eventually(t, "the new name", func() bool { return name(client) == "Grace" })
//
// what says what is waited for, if the test fails.
func (s *Server) Eventually(t TB, what string, met func() bool) {
	t.Helper()
	deadline := time.Now().Add(s.patience)
	for pause := 10 * time.Microsecond; !met(); pause = min(2*pause, 5*time.Millisecond) {
		if s.ctx.Err() != nil || time.Now().After(deadline) {
			t.Fatalf("servertest: waited for %s: %s.%s\n%s", what, s.why(context.DeadlineExceeded), s.standing(), s.tail())
		}
		time.Sleep(pause)
	}
}
