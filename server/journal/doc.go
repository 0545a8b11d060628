// Package journal keeps what happened in a server: its events, in order, up to a number of
// bytes. There is one record, and any number of readers, each at its own place in it.
//
//	cycle ──► Put ──► [ 17 18 19 20 21 22 23 24 ]
//	                          ▲           ▲
//	                       a page      a test
//
// When the record is full, the oldest events leave it. A reader that had not come to them
// yet has lost them, and counts them.
//
// The package knows no server. A server writes the record in its cycle, and only while
// somebody reads it.
package journal
