// Package loop decides who runs.
//
// It makes many goroutines into Redis's one thread. All state of a server belongs to
// whoever has the turn; the loop gives the turn to one goroutine at a time, and keeps
// one queue of what wants to be served, in the order in which it came. What is done
// with the turn, a cycle, is the business of the [Engine]. The loop knows no bytes and
// no commands.
//
// Everything enters the one queue:
//
//	sockets ──── Poller.Look ──┐
//	memory, TLS ─ Loop.Ready ──┼──► queue ──► Engine.Serve ──► End
//	accept ────── Loop.Post ───┤
//	Do, timers ── Loop.Do ─────┘
//
// The one idea: whoever is about to enter looks at the sockets first, so that what
// arrived before it stands before it. Two connections are thus served in the order in
// which their bytes arrived, whichever goroutine serves them and whatever order Go
// wakes goroutines in.
//
// There is no goroutine that owns the loop, and nothing of it runs while nothing is to
// be done:
//
//   - The goroutine of the [Poller] sleeps until sockets are ready, takes the turn if it
//     is free, and runs cycles until the queue is empty. A server without sockets has
//     no such goroutine.
//   - Connections that are handed in while the turn is free get a goroutine that ends
//     with the queue. It is never their writer's: a command may take longer than the
//     writer is willing to wait.
//   - The caller of [Loop.Do] runs its function itself. A panic reaches the caller, and
//     Goexit ends the caller and nobody else.
package loop
