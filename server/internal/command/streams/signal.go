package streams

import "github.com/tattle-server/tattle/server/internal/command"

// change is what a command did to a stream.
type change uint8

const (
	entries   change = iota // made the stream, or added or removed entries: XADD, XDEL, XTRIM, XGROUP CREATE MKSTREAM
	lastID                  // set the last id: XSETID
	groups                  // made, set back or destroyed a group: XGROUP CREATE, SETID, DESTROY
	consumers               // made or deleted a consumer: XGROUP CREATECONSUMER, DELCONSUMER, and whoever names a new one
	delivered               // handed out new entries: XREADGROUP
	claimed                 // changed what is pending: XCLAIM, XAUTOCLAIM
	acked                   // acknowledged entries: XACK
)

// announced says which changes make transactions that WATCH the key fail and are told to
// clients that track it. In Redis, and in Valkey before 9.0.7, only those of the entries are.
var announced = [...]bool{entries: true, lastID: false, groups: false, consumers: false, delivered: false, claimed: false, acked: false}

// changed reports n changes of a key.
func changed(c *command.Call, key []byte, what change, n int) {
	if n == 0 {
		return
	}
	if announced[what] {
		c.Modified(key)
		n--
	}
	c.DB.Changed(key, n)
}
