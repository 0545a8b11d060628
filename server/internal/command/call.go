package command

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
)

// Call is one command being run.
type Call struct {
	Row *Row
	// Args are the words of the command, its name first. They are valid until the
	// handler returns: what it keeps, it copies.
	Args [][]byte
	Out  *resp.Writer
	DB   *keyspace.DB
	// Client is who calls.
	Client Client
}

// Client is what a data command may ask of its caller. Package server
// implements it.
type Client interface {
	ID() uint64
	// InScript reports whether a script calls.
	InScript() bool
	// Block parks the call; see [Call.Block].
	Block(*Call, Block)
}

// Block says what a parked call waits for.
type Block struct {
	// Keys are what it waits for: the row's Wakes decides which of their changes
	// end the wait.
	Keys [][]byte
	// Timeout in milliseconds; 0 waits for ever.
	Timeout int64
	// OnTimeout writes the reply when the time is up, and at once where blocking
	// is not allowed (in MULTI and in scripts).
	OnTimeout func(*resp.Writer)
	// OnRefused, if not nil, takes the place of OnTimeout where blocking is not
	// allowed.
	OnRefused func(*resp.Writer)
}

// Block parks the call until one of the keys changes so that the row's Wakes says
// yes, the time is up, or CLIENT UNBLOCK. The handler then runs again from the start, with the
// same arguments, and may block again, without losing its place in the queue. It
// must return right after, having written nothing.
func (c *Call) Block(b Block) error {
	c.Client.Block(c, b)
	return nil
}

// BlockFor parks the call until one of the keys wakes it. When the time is up, in
// milliseconds, and where blocking is not allowed it replies with a null array.
func (c *Call) BlockFor(keys [][]byte, timeout int64) error {
	return c.Block(Block{Keys: keys, Timeout: timeout, OnTimeout: (*resp.Writer).NullArray})
}

// Keyspace returns all databases.
func (c *Call) Keyspace() *keyspace.Keyspace { return c.DB.Keyspace() }

// Now returns the time of the command as Unix time in milliseconds.
func (c *Call) Now() int64 { return c.DB.Keyspace().Now() }

// Modified tells that the command changed key: see [keyspace.DB.Modified].
func (c *Call) Modified(key []byte) { c.DB.Modified(key) }

// Event tells of a keyspace event of the call's database.
func (c *Call) Event(class keyspace.Class, event string, key []byte) { c.DB.Event(class, event, key) }
