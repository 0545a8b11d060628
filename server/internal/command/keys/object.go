package keys

import (
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errNoLFU = resp.Error("ERR An LFU maxmemory policy is not selected, access frequency not tracked." + policyNote)
	errLFU   = resp.Error("ERR An LFU maxmemory policy is selected, idle time not tracked." + policyNote)

	policyNote = " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
)

// object makes a subcommand of OBJECT. reply writes the reply for a key that exists.
func object(reply func(*command.Call, *keyspace.Entry) error) func(*command.Call) error {
	return func(c *command.Call) error {
		e := c.DB.Peek(c.Args[2])
		count(c, e != nil)
		if e == nil {
			c.Out.Null()
			return nil
		}
		return reply(c, e)
	}
}

func replyEncoding(c *command.Call, e *keyspace.Entry) error {
	c.Out.BulkString(e.Encoding(&c.Keyspace().Limits))
	return nil
}

func replyFreq(c *command.Call, e *keyspace.Entry) error {
	ks := c.Keyspace()
	if !ks.Policy.IsLFU() {
		return errNoLFU
	}
	c.Out.Len(ks.Freq(e))
	return nil
}

func replyIdleTime(c *command.Call, e *keyspace.Entry) error {
	ks := c.Keyspace()
	if ks.Policy.IsLFU() {
		return errLFU
	}
	c.Out.Int(ks.Idle(e) / 1000)
	return nil
}

// sharedInts is the number of integers, from 0 up, that Redis stores only once for all keys.
// The reference count of a shared integer is shown as the greatest int.
const sharedInts = 10000

func replyRefCount(c *command.Call, e *keyspace.Entry) error {
	if !c.Keyspace().OwnInts && e.Type() == keyspace.TypeString && e.Encoding(&c.Keyspace().Limits) == "int" {
		if n, ok := command.ParseInt(e.Str()); ok && n >= 0 && n < sharedInts {
			c.Out.Int(math.MaxInt32)
			return nil
		}
	}
	c.Out.Int(1)
	return nil
}

var objectRows = []command.Row{
	command.Container("object", "2.2.3", "Holds the commands that show how a value is kept",
		objectRow("encoding", "2.2.3", replyEncoding, "Returns the internal form of a value"),
		objectRow("freq", "4.0.0", replyFreq, "Returns how often a key is used, on a logarithmic scale"),
		command.HelpRow("6.2.0", objectHelp),
		objectRow("idletime", "2.2.3", replyIdleTime, "Returns the seconds since a key was last used"),
		objectRow("refcount", "2.2.3", replyRefCount, "Returns how often a value is referred to"),
	),
}

func objectRow(name, since string, reply func(*command.Call, *keyspace.Entry) error, summary string) command.Row {
	return command.Row{Name: name, Arity: 3, Since: since, Run: object(reply), Summary: summary,
		Flags: command.ReadOnly, Keys: []command.KeySpec{command.At(2, command.RO)}, Tips: command.Nondeterministic}
}

var objectHelp = command.Help("object",
	"ENCODING <key>",
	"    Name the internal form that the value of <key> has.",
	"FREQ <key>",
	"    Show how often <key> was used lately, from 0 to 255 on a",
	"    logarithmic scale.",
	"IDLETIME <key>",
	"    Show the seconds since <key> was last used.",
	"REFCOUNT <key>",
	"    Show how many places refer to the value of <key>.",
)
