package keys

import (
	"bytes"
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runRename(c *command.Call) error {
	if _, err := rename(c, false); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

func runRenameNX(c *command.Call) error {
	done, err := rename(c, true)
	if err != nil {
		return err
	}
	c.Out.Flag(done)
	return nil
}

// rename renames a key and reports whether it did. It does not if the names are the same,
// nor, with nx, if the new name is taken.
func rename(c *command.Call, nx bool) (bool, error) {
	from, to := c.Args[1], c.Args[2]
	e := c.DB.LookupWrite(from)
	if e == nil {
		return false, resp.ErrNoSuchKey
	}
	if bytes.Equal(from, to) {
		return false, nil
	}
	if c.DB.LookupWrite(to) != nil {
		if nx {
			return false, nil
		}
		c.DB.Delete(to)
	}
	c.DB.MoveTo(e, c.DB, to)
	c.Modified(from)
	c.Modified(to)
	c.CountAs(0) // the two are one change
	c.Event(keyspace.ClassGeneric, "rename_from", from)
	c.Event(keyspace.ClassGeneric, "rename_to", to)
	return true, nil
}

// errNotInt32 is the reply to a database number that does not fit a C int.
const errNotInt32 = resp.Error("ERR value is out of range, value must between -2147483648 and 2147483647")

// database reads a word as the number of a database.
func database(c *command.Call, word []byte) (*keyspace.DB, error) {
	n, err := command.Int(word)
	if err != nil {
		return nil, err
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return nil, errNotInt32
	}
	db := c.Keyspace().DB(int(n))
	if db == nil {
		return nil, resp.ErrDBIndex
	}
	return db, nil
}

func runMove(c *command.Call) error {
	key := c.Args[1]
	to, err := database(c, c.Args[2])
	if err != nil {
		return err
	}
	if to == c.DB {
		return resp.ErrSameObject
	}
	e := c.DB.LookupWrite(key)
	if e == nil || to.LookupWrite(key) != nil {
		c.Out.Flag(false)
		return nil
	}
	c.DB.MoveTo(e, to, key)
	c.Modified(key)
	to.Modified(key)
	c.CountAs(0) // the two are one change
	c.Event(keyspace.ClassGeneric, "move_from", key)
	to.Event(keyspace.ClassGeneric, "move_to", key)
	c.Out.Flag(true)
	return nil
}

// copyArgs is COPY source destination [DB n] [REPLACE].
type copyArgs struct {
	from, to []byte
	db       *keyspace.DB
	replace  bool
}

func parseCopy(c *command.Call) (a copyArgs, err error) {
	args := c.Args
	a.from, a.to, a.db = args[1], args[2], c.DB
	for i := 3; i < len(args); i++ {
		switch {
		case command.Is(args[i], "replace"):
			a.replace = true
		case command.Is(args[i], "db") && i+1 < len(args):
			i++
			if a.db, err = database(c, args[i]); err != nil {
				return a, err
			}
		default:
			return a, resp.ErrSyntax
		}
	}
	if a.db == c.DB && bytes.Equal(a.from, a.to) {
		return a, resp.ErrSameObject
	}
	return a, nil
}

func runCopy(c *command.Call) error {
	a, err := parseCopy(c)
	if err != nil {
		return err
	}
	c.Out.Flag(a.run(c))
	return nil
}

func (a *copyArgs) run(c *command.Call) bool {
	e := c.DB.LookupRead(a.from)
	if e == nil {
		return false
	}
	if a.db.LookupWrite(a.to) != nil {
		if !a.replace {
			return false
		}
		a.db.Delete(a.to)
	}
	c.DB.CopyTo(e, a.db, a.to)
	a.db.Modified(a.to)
	a.db.Event(keyspace.ClassGeneric, "copy_to", a.to)
	return true
}

var renameRows = []command.Row{
	{Name: "rename", Arity: 3, Since: "1.0.0", Run: runRename, Summary: "Renames a key, replacing what has that name",
		Flags: command.Write, Keys: []command.KeySpec{command.At(1, command.RW|command.Access|command.Delete), command.At(2, command.OW|command.Update)}},
	{Name: "renamenx", Arity: 3, Since: "1.0.0", Run: runRenameNX, Summary: "Renames a key unless the name is taken",
		Flags: command.Write | command.Fast, Keys: []command.KeySpec{command.At(1, command.RW|command.Access|command.Delete), command.At(2, command.OW|command.Insert)}},
	{Name: "copy", Arity: -3, Since: "6.2.0", Run: runCopy, Summary: "Stores a copy of a value under another key",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.At(1, command.RO|command.Access), command.At(2, command.OW|command.Update)}},
	{Name: "move", Arity: 3, Since: "1.0.0", Run: runMove, Summary: "Moves a key to another database",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
}
