// Package servertest is the server for Go tests: one line starts it, on a free
// port, and when the test ends nothing of it is left.
//
//	srv := servertest.Run(t)
//	client := redis.NewClient(&redis.Options{Addr: srv.Addr(), Protocol: 3})
//
// It is the only package outside of tests that knows of testing, and then only
// of the few methods in [TB].
package servertest
