// Package reference runs real servers beside the one under test, so that what
// tattle does can be compared with what they do: Redis 8.0.2, which is the
// reference for everything, Redis 7.0.15 and Valkey 8.1.1, which show what differs
// between versions.
//
//	ref := reference.Start(t, reference.Redis8)
//	conn := servertest.Dial(t, ref.Addr)
//
// Nothing gets installed. The servers come from Debian's packages, by apt's own tools, from
// the mirror that this machine's apt uses already; only the name of the suite differs. They
// are unpacked into a folder of the user's cache and run with the loader and the libraries
// of their own release. So the machine may have any release, and need not even run Debian
// as long as its apt knows a Debian mirror. Debian's redis-tools has no redis-server, but
// redis-check-rdb is the same program: it acts according to the name by which it is called.
//
// The first use takes some seconds and needs the network, later uses do not. If a server is
// not available, Start skips the test and says why; with TATTLE_REQUIRE_REFERENCES=1, which
// CI sets, it fails the test instead.
//
// The package knows nothing about tattle.
package reference
