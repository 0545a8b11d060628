package strings

import (
	"encoding/binary"
	"math/bits"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// errBitArgument refuses a BITPOS that looks for neither bit.
const errBitArgument = resp.Error("ERR The bit argument must be 1 or 0.")

// bitRange is [start [end [BYTE|BIT]]], at the end of BITCOUNT and BITPOS.
type bitRange struct {
	start, end int64
	endGiven   bool
	inBits     bool
}

// parseBitRange reads the range. With unitFirst it checks BYTE|BIT before the end, as
// BITPOS does; BITCOUNT reports a bad end first.
func parseBitRange(words [][]byte, unitFirst bool) (r bitRange, err error) {
	if len(words) > 3 {
		return r, resp.ErrSyntax
	}
	if len(words) > 0 {
		if r.start, err = command.Int(words[0]); err != nil {
			return r, err
		}
	}
	unitErr := r.parseUnit(words)
	if unitFirst && unitErr != nil {
		return r, unitErr
	}
	r.end, r.endGiven = -1, len(words) > 1
	if r.endGiven {
		if r.end, err = command.Int(words[1]); err != nil {
			return r, err
		}
	}
	return r, unitErr
}

func (r *bitRange) parseUnit(words [][]byte) error {
	switch {
	case len(words) < 3 || command.Is(words[2], "byte"):
	case command.Is(words[2], "bit"):
		r.inBits = true
	default:
		return resp.ErrSyntax
	}
	return nil
}

// of applies the range to a string: the bits from first up to, not including,
// last.
func (r bitRange) of(value []byte) (first, last int64) {
	n, unit := int64(len(value)), int64(8)
	if r.inBits {
		n, unit = n*8, 1
	}
	from, to := clip(r.start, r.end, n)
	return from * unit, to * unit
}

func runBitCount(c *command.Call) error {
	if len(c.Args) == 3 {
		return resp.ErrSyntax
	}
	r, err := parseBitRange(c.Args[2:], false)
	if err != nil {
		return err
	}
	value, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if backwards(r.start, r.end) {
		c.Out.Len(0)
		return nil
	}
	first, last := r.of(value)
	c.Out.Len(countBits(value, first, last))
	return nil
}

// countBits counts the ones among the bits from first up to last.
func countBits(value []byte, first, last int64) int {
	n := 0
	for ; first < last && first&7 != 0; first++ {
		n += int(bitAt(value, first))
	}
	for ; first < last && last&7 != 0; last-- {
		n += int(bitAt(value, last-1))
	}
	rest := value[first>>3 : last>>3]
	for ; len(rest) >= 8; rest = rest[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(rest))
	}
	for _, b := range rest {
		n += bits.OnesCount8(b)
	}
	return n
}

func runBitPos(c *command.Call) error {
	bit, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	if bit&^1 != 0 {
		return errBitArgument
	}
	r, err := parseBitRange(c.Args[3:], true)
	if err != nil {
		return err
	}
	e := c.DB.LookupRead(c.Args[1])
	value, err := keyspace.Str(e)
	if err != nil {
		return err
	}
	if e == nil {
		c.Out.Int(-bit)
		return nil
	}
	first, last := r.of(value)
	c.Out.Int(r.position(value, byte(bit), first, last))
	return nil
}

// position finds the first bit, -1 for none. If no end was given, zeros without end
// follow the string.
func (r bitRange) position(value []byte, bit byte, first, last int64) int64 {
	if first == last {
		return -1
	}
	if at := findBit(value, bit, first, last); at >= 0 {
		return at
	}
	if bit == 0 && !r.endGiven {
		return last
	}
	return -1
}

// findBit returns the index of the first bit that equals bit, from first up to last, or
// -1.
func findBit(value []byte, bit byte, first, last int64) int64 {
	skip := 0xff * (1 - bit) // a byte without such a bit
	eight := uint64(skip) * 0x0101010101010101
	for first < last {
		for first&7 == 0 && first+64 <= last && binary.LittleEndian.Uint64(value[first>>3:]) == eight {
			first += 64
		}
		if first == last {
			break
		}
		if first&7 == 0 && value[first>>3] == skip {
			first += 8
			continue
		}
		if bitAt(value, first) == bit {
			return first
		}
		first++
	}
	return -1
}

var bitCountRows = []command.Row{
	{Name: "bitcount", Arity: -2, Since: "2.6.0", Run: runBitCount, Summary: "Counts the bits of a string that are set",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "bitpos", Arity: -3, Since: "2.8.7", Run: runBitPos, Summary: "Finds the first bit of a string that is set or clear",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
}
