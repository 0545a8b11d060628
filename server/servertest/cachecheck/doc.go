// Package cachecheck looks for mistakes in client-side caches.
//
//	func TestCache(t *testing.T) {
//		cachecheck.Run(t, func(srv *servertest.Server, name string) (cachecheck.Client, error) {
//			return newMyCache(srv.Addr(), name) // every connection carries the name: CLIENT SETNAME
//		})
//	}
//
// It lets several such caches read and write a few keys, in random order, while
// somebody else writes, deletes and flushes, keys expire or are dropped from the
// tracking table, replies and invalidations are slow, and connections are cut.
// One step is over before the next begins, so that what happened has one order. A
// seed makes the steps, and every value is written once, so that each read says
// which state of its key it shows.
//
// # What is wrong
//
// Invalidations are under way while a cache answers, and two connections have no
// order between them. An old value as such is therefore no mistake. These are:
//
//   - a read that shows an older state than a read of the same client that was over
//     before it began;
//   - a read that shows an old state when all is quiet: all invalidations that were
//     held back are let go, replies too, and the client has asked the server for
//     keys that nobody knew, again and again, for as long as [WithPatience] says;
//   - a client that does not answer any more at that time, though the server does;
//   - a value that was never written to the key.
//
// That a client's own write is done says nothing to its cache: the invalidation
// comes after the reply. Nothing is dropped that Redis would send, only held,
// delayed, or lost with its connection, of which a client learns in time.
//
// # What is reported
//
// The wrong reads, with the shortest list of steps that still shows a wrong read:
// steps are left out, and the rest is played again, as long as one is found. What
// is reported has been waited for with the full patience.
package cachecheck
