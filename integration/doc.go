// Package integration runs real Redis client libraries against the server, as
// their users would: nothing in them is replaced or configured away, and their
// client-side caches are on.
//
// It holds tests alone, in a module apart, so that who imports the server downloads
// none of these libraries; see README.md for what is here.
//
// Its one idea is that a cache is judged from both ends. The client says that it
// answered from memory; the server's own count of the commands that it has run
// says whether that is true.
package integration
