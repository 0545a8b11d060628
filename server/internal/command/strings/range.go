package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runStrLen(c *command.Call) error {
	value, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Len(len(value))
	return nil
}

func runAppend(c *command.Call) error {
	key, tail := c.Args[1], c.Args[2]
	e, value, err := lookup(c, key)
	if err != nil {
		return err
	}
	if e == nil {
		store(c, nil, key, tail, true)
	} else {
		if err := checkGrowth(c, int64(len(value)), tail); err != nil {
			return err
		}
		e.SetStr(append(value, tail...), true)
	}
	changed(c, key, "append")
	c.Out.Len(len(value) + len(tail))
	return nil
}

func runSetRange(c *command.Call) error {
	offset, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	if offset < 0 {
		return resp.ErrOffset
	}
	key, patch := c.Args[1], c.Args[3]
	e, value, err := lookup(c, key)
	if err != nil {
		return err
	}
	if len(patch) == 0 {
		c.Out.Len(len(value))
		return nil
	}
	if err := checkGrowth(c, offset, patch); err != nil {
		return err
	}
	value = resized(value, int(offset)+len(patch))
	copy(value[offset:], patch)
	storeOwned(c, e, key, value, true)
	changed(c, key, "setrange")
	c.Out.Len(len(value))
	return nil
}

// runGetRange is GETRANGE and its old name SUBSTR.
func runGetRange(c *command.Call) error {
	start, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	end, err := command.Int(c.Args[3])
	if err != nil {
		return err
	}
	value, err := keyspace.Str(c.DB.LookupRead(c.Args[1]))
	if err != nil {
		return err
	}
	if backwards(start, end) {
		c.Out.Bulk(nil)
		return nil
	}
	from, to := clip(start, end, int64(len(value)))
	c.Out.Bulk(value[from:to])
	return nil
}

// backwards reports whether a range counted from the end is empty. It must be called
// before clip, which moves ends that lie before the first byte to that byte.
func backwards(start, end int64) bool { return start < 0 && end < 0 && start > end }

// clip is command.Clip for strings, where an end before the first byte is the first
// byte.
func clip(start, end, n int64) (from, to int64) {
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	if start > end {
		return 0, 0
	}
	return start, end + 1
}

var rangeRows = []command.Row{
	{Name: "strlen", Arity: 2, Since: "2.2.0", Run: runStrLen, Summary: "Returns the length of a string in bytes",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "append", Arity: 3, Since: "2.0.0", Run: runAppend, Summary: "Adds bytes to the end of a string",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "getrange", Arity: 4, Since: "2.4.0", Run: runGetRange, Summary: "Returns the part of a string between two offsets",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "substr", Arity: 4, Since: "1.0.0", Run: runGetRange, Summary: "Old name of GETRANGE",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "setrange", Arity: 4, Since: "2.2.0", Run: runSetRange, Summary: "Writes over a string from an offset on",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Update)},
}
