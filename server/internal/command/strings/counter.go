package strings

import (
	"math"
	"strconv"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// errDecrement refuses the one number whose negative does not fit 64 bits.
const errDecrement = resp.Error("ERR decrement would overflow")

func runIncr(c *command.Call) error { return add(c, 1) }
func runDecr(c *command.Call) error { return add(c, -1) }

func runIncrBy(c *command.Call) error {
	n, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	return add(c, n)
}

func runDecrBy(c *command.Call) error {
	n, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	if n == math.MinInt64 {
		return errDecrement
	}
	return add(c, -n)
}

// add adds n to the integer in a key; a missing key counts as 0.
func add(c *command.Call, n int64) error {
	key := c.Args[1]
	e, value, err := lookup(c, key)
	if err != nil {
		return err
	}
	var old int64
	if e != nil {
		if old, err = command.Int(value); err != nil {
			return err
		}
	}
	if n < 0 && old < math.MinInt64-n || n > 0 && old > math.MaxInt64-n {
		return resp.ErrOverflow
	}
	var digits [20]byte
	store(c, e, key, strconv.AppendInt(digits[:0], old+n, 10), true)
	changed(c, key, "incrby")
	c.Out.Int(old + n)
	return nil
}

func runIncrByFloat(c *command.Call) error {
	key := c.Args[1]
	e, value, err := lookup(c, key)
	if err != nil {
		return err
	}
	if e == nil {
		value = []byte("0")
	}
	sum, err := resp.AddLongDouble(value, c.Args[2])
	if err != nil {
		return err
	}
	c.Out.Bulk(sum)
	storeOwned(c, e, key, sum, false).KeepText()
	changed(c, key, "incrbyfloat")
	return nil
}

var counterRows = []command.Row{
	{Name: "incr", Arity: 2, Since: "1.0.0", Run: runIncr, Summary: "Adds one to the integer in a key",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "decr", Arity: 2, Since: "1.0.0", Run: runDecr, Summary: "Subtracts one from the integer in a key",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "incrby", Arity: 3, Since: "1.0.0", Run: runIncrBy, Summary: "Adds to the integer in a key",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "decrby", Arity: 3, Since: "1.0.0", Run: runDecrBy, Summary: "Subtracts from the integer in a key",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "incrbyfloat", Arity: 3, Since: "2.6.0", Run: runIncrByFloat, Summary: "Adds to the decimal number in a key",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
}
