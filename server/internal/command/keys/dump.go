package keys

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errBusyKey    = resp.Error("BUSYKEY Target key name already exists.")
	errBadTTL     = resp.Error("ERR Invalid TTL value, must be >= 0")
	errBadIdle    = resp.Error("ERR Invalid IDLETIME value, must be >= 0")
	errBadFreq    = resp.Error("ERR Invalid FREQ value, must be >= 0 and <= 255")
	errBadPayload = resp.Error("ERR DUMP payload version or checksum are wrong")
	errBadData    = resp.Error("ERR Bad data format")
)

func runDump(c *command.Call) error {
	e := c.DB.LookupRead(c.Args[1])
	if e == nil {
		c.Out.Null()
		return nil
	}
	c.Out.Bulk(c.Keyspace().Dump(e))
	return nil
}

// restoreArgs is RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds]
// [FREQ frequency].
type restoreArgs struct {
	key, ttl, payload []byte
	replace, absolute bool
	idle, freq        int64 // 1000s, and 0 to 255; -1: not given
}

func parseRestore(args [][]byte) (a restoreArgs, err error) {
	a = restoreArgs{key: args[1], ttl: args[2], payload: args[3], idle: -1, freq: -1}
	for i := 4; i < len(args); i++ {
		more := i+1 < len(args)
		switch {
		case command.Is(args[i], "replace"):
			a.replace = true
		case command.Is(args[i], "absttl"):
			a.absolute = true
		case command.Is(args[i], "idletime") && more && a.freq < 0:
			i++
			if a.idle, err = command.Int(args[i]); err != nil {
				return a, err
			}
			if a.idle < 0 {
				return a, errBadIdle
			}
		case command.Is(args[i], "freq") && more && a.idle < 0:
			i++
			if a.freq, err = command.Int(args[i]); err != nil {
				return a, err
			}
			if a.freq < 0 || a.freq > 255 {
				return a, errBadFreq
			}
		default:
			return a, resp.ErrSyntax
		}
	}
	return a, nil
}

// deadline reads the time to live as Unix time in milliseconds, 0 for none.
func (a *restoreArgs) deadline(now int64) (int64, error) {
	at, err := command.Int(a.ttl)
	switch {
	case err != nil:
		return 0, err
	case at < 0:
		return 0, errBadTTL
	case at == 0 || a.absolute:
		return at, nil
	}
	return at + now, nil
}

func runRestore(c *command.Call) error {
	a, err := parseRestore(c.Args)
	if err != nil {
		return err
	}
	// Redis looks at the key before it looks at the time to live and the payload.
	if !a.replace && c.DB.LookupWrite(a.key) != nil {
		return errBusyKey
	}
	at, err := a.deadline(c.Now())
	if err != nil {
		return err
	}
	value, err := c.Keyspace().LoadDump(a.payload)
	switch err {
	case nil:
	case keyspace.ErrDumpChecksum:
		return errBadPayload
	default:
		return errBadData
	}
	a.run(c, value, at)
	c.Out.OK()
	return nil
}

// run stores the value. If the value has already expired, it only removes the old one.
func (a *restoreArgs) run(c *command.Call, value keyspace.Dumped, at int64) {
	if at != 0 && at <= c.Now() {
		if a.replace {
			remove(c, a.key, c.Keyspace().LazyFree.ServerDel)
		}
		return
	}
	c.DB.Delete(a.key)
	e := value.Put(c.DB, a.key)
	if at != 0 {
		c.DB.SetExpire(e, at)
	}
	a.setAccess(c.Keyspace(), e)
	c.Modified(a.key)
	c.Event(keyspace.ClassGeneric, "restore", a.key)
}

// setAccess sets what the payload says about the use of the key, as far as the policy of
// eviction uses it.
func (a *restoreArgs) setAccess(ks *keyspace.Keyspace, e *keyspace.Entry) {
	if ks.Policy.IsLFU() {
		ks.SetAccess(e, -1, int(a.freq))
		return
	}
	const longest = 1 << 40 // some decades; keeps the product in range
	if a.idle >= 0 {
		ks.SetAccess(e, min(a.idle, longest)*1000, -1)
	}
}

var dumpRows = []command.Row{
	{Name: "dump", Arity: 2, Since: "2.6.0", Run: runDump, Summary: "Returns a value as bytes for RESTORE",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
	{Name: "restore", Arity: -4, Since: "2.6.0", Run: runRestore, Summary: "Creates a key from the bytes that DUMP returned",
		Flags: command.Write | command.DenyOOM, Categories: command.CatDangerous, Keys: command.Key(command.OW | command.Update)},
	{Name: "restore-asking", Arity: -4, Group: "server", Since: "3.0.0", Run: runRestore, Summary: "Is RESTORE between the nodes of a cluster",
		Flags: command.Write | command.DenyOOM | command.Asking, Categories: command.CatDangerous, Keys: command.Key(command.OW | command.Update)},
}
