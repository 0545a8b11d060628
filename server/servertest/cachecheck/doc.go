// Package cachecheck looks for mistakes in client-side caches.
//
//	func TestCache(t *testing.T) {
//		cachecheck.Run(t, func(srv *servertest.Server, name string) (cachecheck.Client, error) {
//			return newMyCache(srv.Addr(), name) // every connection carries the name: CLIENT SETNAME
//		})
//	}
//
// It lets several such caches read and write a few keys in random order. Meanwhile another
// client writes, deletes and flushes, keys expire or are dropped from the tracking table,
// replies and invalidations are slow, and connections are cut. Each step ends before the
// next one begins, so everything has one order. The steps follow from a seed. Every value
// is written only once, so each read shows which state of its key it has seen.
//
// # What is wrong
//
// Invalidations may be on their way while a cache answers, and there is no order between
// two connections. So an old value alone is not a mistake. These are mistakes:
//
//   - a read that shows an older state than an earlier read of the same client, which had
//     ended before the read began;
//   - a read that shows an old state when all is quiet: all withheld invalidations and
//     replies have been released, and the client has asked the server for unknown keys,
//     again and again, for as long as [WithPatience] says;
//   - a client that does not answer any more at that time, though the server does;
//   - a value that was never written to the key.
//
// A cache learns nothing from the end of its own client's write: the invalidation comes
// after the reply. Nothing that Redis would send is dropped. It is only withheld, delayed,
// or lost together with its connection, and the client notices that in time.
//
// # What is reported
//
// The wrong reads are reported, with the shortest list of steps that still shows a wrong
// read. To find that list, steps are left out and the rest is played again, as long as a
// wrong read remains. Every reported read was wrong with the full patience.
package cachecheck
