// Package loop decides who runs.
//
// It makes many goroutines into Redis's one thread. It gives the turn to one goroutine at a
// time, to which all state of a server then belongs. It keeps one queue of what wants to be
// served, in the order of arrival. The [Engine] does the work of a turn, which is a cycle.
// The loop knows no bytes and no commands.
//
// Everything enters the one queue:
//
//	sockets ──── Poller.Look ──┐
//	memory, TLS ─ Loop.Ready ──┼──► queue ──► Engine.Serve ──► End
//	accept ────── Loop.Post ───┤
//	Do, timers ── Loop.Do ─────┘
//
// The one idea: a goroutine that queues something looks at the sockets first, so that what
// arrived earlier is queued earlier. Thus connections are served in the order in which their
// bytes arrived, whichever goroutine serves them, and in whatever order Go wakes goroutines.
//
// No goroutine owns the loop, and none runs while there is nothing to do:
//
//   - The goroutine of the [Poller] sleeps until sockets are ready, takes the turn if it
//     is free, and runs cycles until the queue is empty. A server without sockets has
//     no such goroutine.
//   - Connections that are handed in while the turn is free get a goroutine that ends
//     with the queue. They are never served by the goroutine that wrote to them, since a
//     command may take longer than that is willing to wait.
//   - The caller of [Loop.Do] runs its function itself. A panic reaches the caller, and
//     Goexit ends only the caller.
package loop
