package streams

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// runDel is XDEL key id [id ...].
func runDel(c *command.Call) error {
	key := c.Args[1]
	s, err := write(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		c.Out.Int(0)
		return nil
	}
	ids, err := exactIDs(c.Args[2:])
	if err != nil {
		return err
	}
	n := 0
	for _, id := range ids {
		if s.Delete(id) {
			n++
		}
	}
	if n > 0 {
		changed(c, key, entries, n)
		c.Event(keyspace.ClassStream, "xdel", key)
	}
	c.Out.Len(n)
	return nil
}

// parseTrim reads XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT n].
func parseTrim(args [][]byte, l *keyspace.Limits) (t trimArgs, err error) {
	rest, err := t.options(args[2:], func([]byte) bool { return false })
	if err == nil && len(rest) > 0 {
		err = resp.ErrSyntax
	}
	if err != nil {
		return t, err
	}
	if !t.given && t.trim.Limit == 0 {
		return t, errNoTrim
	}
	return t, t.settle(l)
}

func runTrim(c *command.Call) error {
	key := c.Args[1]
	t, err := parseTrim(c.Args, &c.Keyspace().Limits)
	if err != nil {
		return err
	}
	s, err := write(c, key)
	if err != nil {
		return err
	}
	n := int64(0)
	if s != nil {
		n = s.Trim(t.trim)
	}
	if n > 0 {
		c.Event(keyspace.ClassStream, "xtrim", key)
		changed(c, key, entries, int(n))
	}
	c.Out.Int(n)
	return nil
}

var removeRows = []command.Row{
	{Name: "xdel", Arity: -3, Since: "5.0.0", Run: runDel, Summary: "Removes entries by their ids",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Delete)},
	{Name: "xtrim", Arity: -4, Since: "5.0.0", Run: runTrim, Summary: "Removes entries from the front of a stream",
		Flags: command.Write, Keys: command.Key(command.RW | command.Delete), Tips: command.Nondeterministic},
}
