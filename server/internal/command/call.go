package command

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
)

// Call is one command being run.
type Call struct {
	Row *Row
	// Args are the words of the command, its name first. They are valid until the handler
	// returns; it must copy what it keeps.
	Args [][]byte
	Out  *resp.Writer
	DB   *keyspace.DB
	// Client is the caller.
	Client Client
}

// Client is the part of the caller that a data command may use. Package server implements
// it.
type Client interface {
	ID() uint64
	// InScript reports whether the call comes from a script.
	InScript() bool
	// MayReadAll reports whether the client's user may run a command that reads keys
	// which its words do not name (SORT's patterns).
	MayReadAll(*Row) bool
	// Block parks the call; see [Call.Block].
	Block(*Call, Block)
	// ClientMemory returns the bytes that all clients take.
	ClientMemory() int64
	// ScriptMemory returns the bytes that scripts, functions and the machines that run
	// them take.
	ScriptMemory() (scripts, functions, machines int64)
}

// Block says what a parked call waits for.
type Block struct {
	// Keys are the keys to wait for; the row's Wakes decides which of their changes
	// end the wait.
	Keys [][]byte
	// Timeout is in milliseconds; 0 means to wait for ever.
	Timeout int64
	// OnTimeout writes the reply when the time is up, or at once if blocking is not
	// allowed (in MULTI and in scripts).
	OnTimeout func(*resp.Writer)
	// OnRefused, if not nil, is called instead of OnTimeout if blocking is not allowed.
	OnRefused func(*resp.Writer)
}

// Block parks the call until one of its keys changes in a way that the row's Wakes
// accepts, until the time is up, or until CLIENT UNBLOCK. After such a change the
// handler runs again from the start, with the same arguments; it may block again
// without losing its place in the queue. The handler must return right after Block,
// having written nothing.
func (c *Call) Block(b Block) error {
	c.Client.Block(c, b)
	return nil
}

// BlockFor is Block for a command that replies with a null array when its time, in
// milliseconds, is up or blocking is not allowed.
func (c *Call) BlockFor(keys [][]byte, timeout int64) error {
	return c.Block(Block{Keys: keys, Timeout: timeout, OnTimeout: (*resp.Writer).NullArray})
}

// Keyspace returns all databases.
func (c *Call) Keyspace() *keyspace.Keyspace { return c.DB.Keyspace() }

// Now returns the time of the command as Unix time in milliseconds.
func (c *Call) Now() int64 { return c.DB.Keyspace().Now() }

// Modified reports that the command changed key: see [keyspace.DB.Modified].
func (c *Call) Modified(key []byte) { c.DB.Modified(key) }

// CountAs makes a change that Modified has counted count as n: one for each element.
func (c *Call) CountAs(n int) { c.Keyspace().CountChanges(n - 1) }

// Event reports a keyspace event in the call's database.
func (c *Call) Event(class keyspace.Class, event string, key []byte) { c.DB.Event(class, event, key) }
