// Package servertest starts servers for Go tests. One line starts a server on a free
// port, and nothing of it is left when the test ends.
//
//	srv := servertest.Run(t)
//	client := redis.NewClient(&redis.Options{Addr: srv.Addr(), Protocol: 3})
//
// It is the only package outside of tests that knows of package testing, and it uses only
// the few methods in [TB].
package servertest
