package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of BITFIELD.
const (
	errBitType     = resp.Error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
	errBitOverflow = resp.Error("ERR Invalid OVERFLOW type specified")
	errBitReadOnly = resp.Error("ERR BITFIELD_RO only supports the GET subcommand")
)

// fieldOp is one step of BITFIELD.
type fieldOp struct {
	kind     fieldKind
	field    intField
	overflow overflow
	operand  int64 // of SET and INCRBY
}

type fieldKind uint8

const (
	fieldGet fieldKind = iota
	fieldSet
	fieldIncrBy
)

// fieldArgs is BITFIELD key [GET type offset] [OVERFLOW WRAP|SAT|FAIL]
// [SET type offset value] [INCRBY type offset increment] and so on.
type fieldArgs struct {
	ops     []fieldOp
	lastBit int64 // the last that may be written
	writes  bool
}

func parseBitField(args [][]byte, limit int64) (a fieldArgs, err error) {
	mode := overflowWrap
	for i := 2; i < len(args); {
		left := len(args) - i - 1
		op := fieldOp{}
		switch word := args[i]; {
		case command.Is(word, "get") && left >= 2:
			op.kind = fieldGet
		case command.Is(word, "set") && left >= 3:
			op.kind = fieldSet
		case command.Is(word, "incrby") && left >= 3:
			op.kind = fieldIncrBy
		case command.Is(word, "overflow") && left >= 1:
			if mode, err = parseOverflow(args[i+1]); err != nil {
				return a, err
			}
			i += 2
			continue
		default:
			return a, resp.ErrSyntax
		}
		op.overflow = mode
		if i, err = op.parse(args, i+1, limit); err != nil {
			return a, err
		}
		a.add(op)
	}
	return a, nil
}

// parse reads type, offset and operand from args[i] on and returns the index of
// the word after them.
func (op *fieldOp) parse(args [][]byte, i int, limit int64) (next int, err error) {
	if op.field, err = parseIntField(args[i], args[i+1], limit); err != nil {
		return 0, err
	}
	if op.kind == fieldGet {
		return i + 2, nil
	}
	op.operand, err = command.Int(args[i+2])
	return i + 3, err
}

func (a *fieldArgs) add(op fieldOp) {
	a.ops = append(a.ops, op)
	if op.kind == fieldGet {
		return
	}
	a.writes = true
	a.lastBit = max(a.lastBit, op.field.offset+int64(op.field.width)-1)
}

func parseOverflow(word []byte) (overflow, error) {
	switch {
	case command.Is(word, "wrap"):
		return overflowWrap, nil
	case command.Is(word, "sat"):
		return overflowSat, nil
	case command.Is(word, "fail"):
		return overflowFail, nil
	}
	return 0, errBitOverflow
}

func runBitField(c *command.Call) error {
	a, err := parseBitField(c.Args, stringMax(c))
	if err != nil {
		return err
	}
	return a.run(c)
}

func runBitFieldRO(c *command.Call) error {
	a, err := parseBitField(c.Args, stringMax(c))
	if err != nil {
		return err
	}
	if a.writes {
		return errBitReadOnly
	}
	return a.run(c)
}

func (a *fieldArgs) run(c *command.Call) (err error) {
	var bits []byte
	var grew bool
	if a.writes {
		bits, grew, err = bitsFor(c, c.Args[1], a.lastBit)
	} else {
		bits, err = keyspace.Str(c.DB.LookupRead(c.Args[1]))
	}
	if err != nil {
		return err
	}
	changes := 0
	c.Out.Array(len(a.ops))
	for i := range a.ops {
		if a.ops[i].run(c.Out, bits, grew) {
			changes++
		}
	}
	if changes > 0 {
		changed(c, c.Args[1], "setbit")
		c.CountAs(changes)
	}
	return nil
}

// run does one step, replies, and reports whether it changed something. If the string had
// to grow first, it always has.
func (op *fieldOp) run(out *resp.Writer, bits []byte, grew bool) bool {
	old := op.field.read(bits)
	if op.kind == fieldGet {
		out.Int(old)
		return false
	}
	base, incr := op.operand, int64(0)
	if op.kind == fieldIncrBy {
		base, incr = old, op.operand
	}
	value, ok := op.field.sum(base, incr, op.overflow)
	switch {
	case !ok:
		out.Null()
		return false
	case op.kind == fieldSet:
		out.Int(old)
	default:
		out.Int(value)
	}
	op.field.write(bits, value)
	return grew || value != old
}

// bitFieldKeyFlags corrects the flags of BITFIELD's key, which it only reads if all
// its steps are GET.
func bitFieldKeyFlags(args [][]byte, refs []command.KeyRef) {
	flags := command.RO | command.Access
	for i := 2; i < len(args); {
		left := len(args) - i - 1
		switch {
		case command.Is(args[i], "get") && left >= 2:
			i += 3
		case command.Is(args[i], "overflow") && left >= 1:
			i += 2
		default:
			flags, i = command.RW|command.Access|command.Update, len(args)
		}
	}
	refs[0].Flags = flags
}

var bitFieldRows = []command.Row{
	{Name: "bitfield", Arity: -2, Since: "3.2.0", Run: runBitField, Summary: "Reads and writes integers of any width inside a string",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Access | command.Update | command.VariableFlags), KeyFlags: bitFieldKeyFlags},
	{Name: "bitfield_ro", Arity: -2, Since: "6.0.0", Run: runBitFieldRO, Summary: "Reads integers of any width inside a string",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
}
