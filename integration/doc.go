// Package integration runs real Redis client libraries against the server, as their users
// would: nothing in them is replaced or turned off, and their client-side caches are on.
//
// It contains only tests, in a module of its own, so that programs which import the server
// download none of these libraries; see README.md for what is here.
//
// Its one idea is to judge a cache from both ends. The client says that it answered from
// memory; the server's own count of the commands that it has run shows whether that is
// true.
package integration
