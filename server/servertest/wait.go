package servertest

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// waitPatience is how long the Wait methods wait before the test fails. It only ends
// tests that would hang.
const waitPatience = 10 * time.Second

// wait waits until a condition is met. Only events of the given kind can change it.
func (s *Server) wait(t TB, what string, kind Kind, met func() bool) {
	t.Helper()
	w := s.engine().Watch(1, kind)
	defer w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), waitPatience)
	defer cancel()
	for !met() {
		if _, err := w.Next(ctx); err != nil {
			t.Fatalf("servertest: waited up to %v for %s: %v.\n%s", waitPatience, what, err, s.tail())
		}
	}
}

// WaitTracked waits until the tracking table has a client as a holder of a key.
func (s *Server) WaitTracked(t TB, key string, who Client) {
	t.Helper()
	holds := func() bool { return s.Lab().Holds(who.ID, key) }
	s.wait(t, fmt.Sprintf("%s to hold %q", who, key), Remembered, holds)
}

// WaitInvalidated waits until a client has been sent the invalidation of each of the keys,
// in any number of messages. A flush counts as all of them. Messages that an earlier call
// for this client has consumed do not count again.
func (s *Server) WaitInvalidated(t TB, who Client, keys ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, k := range keys {
		missing[k] = true
	}
	s.wait(t, fmt.Sprintf("%s to be told of %q", who, keys), Message, func() bool {
		for _, e := range s.unseen(who) {
			if len(missing) == 0 {
				break
			}
			s.see(e)
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

// unseen returns the invalidations that a client was sent and that no WaitInvalidated has
// consumed.
func (s *Server) unseen(who Client) (list []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.history.watcher.Since(s.seen[who.ID]) {
		if e.Kind == Message && e.Client == who.ID && e.Outcome == tracking.Sent {
			list = append(list, e)
		}
	}
	return list
}

// see marks an invalidation as consumed.
func (s *Server) see(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[e.Client] = e.Seq
}

// RequireNoInvalidation fails the test if the client was sent an invalidation that no
// WaitInvalidated has consumed. It calls Settle first.
func (s *Server) RequireNoInvalidation(t TB, who Client) {
	t.Helper()
	s.Settle(t)
	for _, e := range s.unseen(who) {
		t.Fatalf("servertest: %s should not have been told, but: %s", who, e)
	}
}

// RequireCaching fails the test unless the given clients track keys. If no client is
// given, it fails the test if any open connection has read keys with tracking off. Some
// clients silently do without a cache when CLIENT TRACKING is refused or was never sent;
// this makes it loud.
func (s *Server) RequireCaching(t TB, who ...Client) {
	t.Helper()
	if len(who) == 0 {
		s.requireAllCaching(t)
	}
	for _, w := range who {
		if now, ok := s.find(w.ID); !ok || !now.Tracking.On {
			t.Fatalf("servertest: %s does not track: it never sent CLIENT TRACKING ON, was refused, or is gone.\n%s", w, s.tail())
		}
	}
}

func (s *Server) requireAllCaching(t TB) {
	t.Helper()
	for _, e := range s.since(0) {
		if e.Kind != NotRemembered || e.Outcome != tracking.TrackingOff {
			continue
		}
		if c, open := s.find(e.Client); open {
			t.Fatalf("servertest: %s has read keys with tracking off: it never sent CLIENT TRACKING ON, or was refused.\n%s", c, s.diagram())
		}
	}
}

// Settle waits until every batch that has arrived has run and every byte has been
// written.
func (s *Server) Settle(t TB) {
	t.Helper()
	waiting := func() int { return s.Lab().PendingOutput() }
	s.poll(func() bool { return waiting() == 0 }, func() {
		t.Fatalf("servertest: %d bytes still wait to be written; does a client not read?\n%s", waiting(), s.tail())
	})
}

// WaitBlocked waits until n clients are blocked by commands such as BLPOP.
func (s *Server) WaitBlocked(t TB, n int) {
	t.Helper()
	blocked := func() int { return s.Lab().BlockedClients() }
	s.poll(func() bool { return blocked() == n }, func() {
		t.Fatalf("servertest: waiting for %d blocked clients, there are %d", n, blocked())
	})
}

// poll checks a condition again and again, for conditions that no event reports.
func (s *Server) poll(met func() bool, fail func()) {
	for deadline := time.Now().Add(waitPatience); !met(); runtime.Gosched() {
		if time.Now().After(deadline) {
			fail()
			return
		}
	}
}
