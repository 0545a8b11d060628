package lists

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// moveArgs is source destination LEFT|RIGHT LEFT|RIGHT [timeout].
type moveArgs struct {
	source, destination []byte
	from, to            end
	waits               bool
	timeout             int64
}

func parseMove(args [][]byte) (a moveArgs, err error) {
	a.source, a.destination = args[1], args[2]
	var ok [2]bool
	a.from, ok[0] = parseEnd(args[3])
	a.to, ok[1] = parseEnd(args[4])
	if !ok[0] || !ok[1] {
		return a, resp.ErrSyntax
	}
	return a, a.parseTimeout(args[5:])
}

// parsePopPush reads source destination [timeout]: the ends are given.
func parsePopPush(args [][]byte) (moveArgs, error) {
	a := moveArgs{source: args[1], destination: args[2], from: tail, to: head}
	return a, a.parseTimeout(args[3:])
}

func (a *moveArgs) parseTimeout(rest [][]byte) (err error) {
	if len(rest) > 0 {
		a.waits = true
		a.timeout, err = command.Timeout(rest[0])
	}
	return err
}

// move returns the command whose arguments parse reads.
func move(parse func(args [][]byte) (moveArgs, error)) func(*command.Call) error {
	return func(c *command.Call) error {
		a, err := parse(c.Args)
		if err != nil {
			return err
		}
		return a.run(c)
	}
}

func (a *moveArgs) run(c *command.Call) error {
	source, err := write(c, a.source)
	switch {
	case err != nil:
		return err
	case source == nil && a.waits:
		return a.wait(c)
	case source == nil:
		c.Out.Null()
		return nil
	}
	destination, err := create(c, a.destination)
	if err != nil {
		return err
	}
	// Pop first, so that moving a list to itself rotates it.
	element := a.from.pop(source)
	destination.Expect(&c.Keyspace().Limits, 1, len(element))
	a.to.push(destination, element)
	c.Modified(a.destination)
	c.Event(keyspace.ClassList, a.to.pushed(), a.destination)
	c.Out.Bulk(element)
	removed(c, a.source, source, 0, a.from.popped()) // it is one change
	return nil
}

// wait parks the call until the source has a list. When the time is up, the reply is a null
// array, as for all commands that wait for a list. If waiting is not allowed, it is a null,
// as for the plain command.
func (a *moveArgs) wait(c *command.Call) error {
	return c.Block(command.Block{
		Keys: [][]byte{a.source}, Timeout: a.timeout,
		OnTimeout: (*resp.Writer).NullArray,
		OnRefused: (*resp.Writer).Null,
	})
}

var moveKeys = []command.KeySpec{command.At(1, command.RW|command.Access|command.Delete), command.At(2, command.RW|command.Insert)}

var moveRows = []command.Row{
	{Name: "blmove", Arity: 6, Since: "6.2.0", Run: move(parseMove), Summary: "Moves an element from an end of one list to an end of another, waiting for it",
		Flags: command.Write | command.DenyOOM | command.Blocking, Keys: moveKeys},
	{Name: "brpoplpush", Arity: 4, Since: "2.2.0", Run: move(parsePopPush), Summary: "Moves the last element of a list to the front of another, waiting for it",
		Flags: command.Write | command.DenyOOM | command.Blocking, Keys: moveKeys},
	{Name: "lmove", Arity: 5, Since: "6.2.0", Run: move(parseMove), Summary: "Moves an element from an end of one list to an end of another",
		Flags: command.Write | command.DenyOOM, Keys: moveKeys},
	{Name: "rpoplpush", Arity: 3, Since: "1.2.0", Run: move(parsePopPush), Summary: "Moves the last element of a list to the front of another",
		Flags: command.Write | command.DenyOOM, Keys: moveKeys},
}
