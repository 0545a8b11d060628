// Package lists runs the commands on lists, including those that wait for an element.
//
// A command that waits first does what its plain counterpart does. If there is nothing to
// take, it parks the call (see [command.Call.Block]) and starts again when one of its keys
// has a list.
package lists

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "list", Categories: command.CatList, Wakes: command.WakesOn(keyspace.TypeList)}, slices.Concat(
		pushRows, readRows, updateRows, popRows, moveRows))
}

// read returns the list of a key for a command that reads, or nil if there is none.
func read(c *command.Call, key []byte) (*keyspace.List, error) {
	return keyspace.As[*keyspace.List](c.DB.LookupRead(key))
}

// write returns the list of a key for a command that writes, or nil if there is none.
func write(c *command.Call, key []byte) (*keyspace.List, error) {
	return keyspace.As[*keyspace.List](c.DB.LookupWrite(key))
}

// create is write for a command that makes the list if there is none.
func create(c *command.Call, key []byte) (*keyspace.List, error) {
	l, err := write(c, key)
	if l == nil && err == nil {
		l = &keyspace.List{}
		c.DB.Put(key, l, false)
	}
	return l, err
}

// end is one of the two ends of a list.
type end bool

const (
	head end = false
	tail end = true
)

// ends are the words for the ends, head first.
var ends = [2]string{"left", "right"}

// parseEnd reads LEFT or RIGHT.
func parseEnd(word []byte) (e end, ok bool) {
	e = end(command.Is(word, ends[1]))
	return e, e == tail || command.Is(word, ends[0])
}

func (e end) push(l *keyspace.List, b []byte) {
	if e == tail {
		l.PushBack(b)
		return
	}
	l.PushFront(b)
}

func (e end) pop(l *keyspace.List) []byte {
	if e == tail {
		return l.PopBack()
	}
	return l.PopFront()
}

// pushed and popped are the events of a push and a pop.
func (e end) pushed() string { return map[end]string{head: "lpush", tail: "rpush"}[e] }
func (e end) popped() string { return map[end]string{head: "lpop", tail: "rpop"}[e] }
