// Package servertest starts servers for Go tests. One line starts a server on a free
// port, and nothing of it is left when the test ends.
//
//	srv := servertest.Run(t)
//	client := redis.NewClient(&redis.Options{Addr: srv.Addr(), Protocol: 3})
//
// Time runs by itself, as in Redis: keys expire, and clients that track them are told.
// [WithManualClock] gives the test the clock.
//
// # What a test does with a server
//
// A client connects to [Server.Addr], or by [Server.Dial] without a socket, which works inside
// testing/synctest. [Server.Connect3] is a connection for tests that look at every reply and push.
//
// The test itself reads and writes data with methods such as [Server.Set], HGet and
// [Server.Call]. They are a client of their own: what they change is invalidated.
//
// [Server.WaitTracked], [Server.WaitInvalidated] and [Server.RequireNoInvalidation] are about what the
// server has done. What was sent the client may not have processed: [Server.Eventually] waits for what the
// client shows. [Server.RequireCaching] makes sure that it caches at all.
//
// A [Client] is a connection as the server sees it, a [Group] all connections of one name. Both
// can be made to fail: Kill, CutBeforePush, HoldPushes, DropPushes, StallReads and so on.
// [Server.SetError] makes commands fail, [Server.Before] lets a function of the test decide about each, and
// [Server.Handle] adds commands that functions of the test answer.
//
// [Server.Step] and [Server.EndCycle] run the server by hand, to play a race in both orders.
// [Server.Tracking] and [Server.Events] show what the server knows and why it told whom.
// When a test fails, its log shows the session as a diagram. [Server.Inspect] shows it in a browser.
//
// Tests share a server by [RunMain] and [Server.For].
//
// It is the only package outside of tests that knows of package testing, and it uses only
// the few methods in [TB]. A test binary that imports it has the flag -inspect.wait.
package servertest
