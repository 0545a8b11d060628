package hyperloglog

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/hll"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errNoKey     = resp.Error("ERR The specified key does not exist")
	errNotSparse = resp.Error("ERR HLL encoding is not sparse")
	errOnOff     = resp.Error("ERR Argument must be ON or OFF")
)

// runPfdebug is PFDEBUG subcommand key, or PFDEBUG SIMD ON|OFF.
func runPfdebug(c *command.Call) error {
	if command.Is(c.Args[1], "simd") {
		return switchSIMD(c)
	}
	e := c.DB.LookupWrite(c.Args[2])
	if e == nil {
		return errNoKey
	}
	s, err := open(e)
	if err != nil {
		return err
	}
	e.SetStr(s, true)
	switch name := c.Args[1]; {
	case command.Is(name, "getreg"):
		return replyRegisters(c, e, s)
	case command.Is(name, "decode"):
		if s.Dense() {
			return errNotSparse
		}
		c.Out.Bulk(s.AppendRuns(nil))
		return nil
	case command.Is(name, "encoding"):
		c.Out.Simple(encoding(s))
		return nil
	case command.Is(name, "todense"):
		was := s.Dense()
		err := toDense(c, e, &s)
		if err == nil {
			c.Out.Flag(!was)
		}
		return err
	}
	return resp.Errorf("ERR Unknown PFDEBUG subcommand '%s'", c.Args[1])
}

// switchSIMD turns nothing on or off: there is one way to merge registers here.
func switchSIMD(c *command.Call) error {
	switch {
	case command.Is(c.Args[2], "on"):
		c.Out.Simple("enabled")
	case command.Is(c.Args[2], "off"):
		c.Out.Simple("disabled")
	default:
		return errOnOff
	}
	return nil
}

func encoding(s hll.Sketch) string {
	if s.Dense() {
		return "dense"
	}
	return "sparse"
}

// toDense gives the sketch of an entry the dense encoding. Redis does not count that as a
// change of the key, nor does it tell anybody.
func toDense(c *command.Call, e *keyspace.Entry, s *hll.Sketch) error {
	err := s.ToDense()
	e.SetStr(*s, true)
	c.DB.Resized(e)
	return err
}

// replyRegisters replies all registers. As in Redis the sketch is dense afterwards.
func replyRegisters(c *command.Call, e *keyspace.Entry, s hll.Sketch) error {
	if err := toDense(c, e, &s); err != nil {
		return err
	}
	r, err := s.Registers()
	if err != nil {
		return err
	}
	c.Out.Array(len(r))
	for _, rank := range r {
		c.Out.Len(int(rank))
	}
	return nil
}

func runPfselftest(c *command.Call) error {
	if err := hll.SelfTest(c.Keyspace().Rand, limit(c)); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

var debugRows = []command.Row{
	{Name: "pfdebug", Arity: 3, Since: "2.8.9", Run: runPfdebug, Summary: "Shows and changes how a count is encoded",
		Flags: command.Write | command.DenyOOM | command.Admin, Keys: []command.KeySpec{command.At(2, command.RW|command.Access)}},
	{Name: "pfselftest", Arity: 1, Since: "2.8.9", Run: runPfselftest, Summary: "Checks that counts are right",
		Flags: command.Admin},
}
