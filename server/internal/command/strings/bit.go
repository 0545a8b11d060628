package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of single bits.
const (
	errBitOffset = resp.Error("ERR bit offset is not an integer or out of range")
	errBitValue  = resp.Error("ERR bit is not an integer or out of range")
)

// parseBitOffset reads the number of a bit; bits count from the highest of the
// first byte. It lies within limit bytes.
func parseBitOffset(word []byte, limit int64) (int64, error) {
	n, ok := command.ParseInt(word)
	if !ok || n < 0 || n>>3 >= limit {
		return 0, errBitOffset
	}
	return n, nil
}

// bitsFor looks up a string to write bits to and makes room up to the bit
// number last. It reports whether that created the key or made it longer.
func bitsFor(c *command.Call, key []byte, last int64) (bits []byte, grew bool, err error) {
	e, bits, err := lookup(c, key)
	if err != nil {
		return nil, false, err
	}
	size := int(last>>3) + 1
	grew = e == nil || len(bits) < size
	bits = resized(bits, size)
	storeOwned(c, e, key, bits, true)
	return bits, grew, nil
}

func runSetBit(c *command.Call) error {
	offset, err := parseBitOffset(c.Args[2], stringMax(c))
	if err != nil {
		return err
	}
	on, ok := command.ParseInt(c.Args[3])
	if !ok || on&^1 != 0 {
		return errBitValue
	}
	bits, grew, err := bitsFor(c, c.Args[1], offset)
	if err != nil {
		return err
	}
	old := bitAt(bits, offset)
	if grew || old != byte(on) {
		mask := byte(0x80) >> (offset & 7)
		bits[offset>>3] &^= mask
		bits[offset>>3] |= mask * byte(on)
		changed(c, c.Args[1], "setbit")
	}
	c.Out.Int(int64(old))
	return nil
}

func runGetBit(c *command.Call) error {
	offset, err := parseBitOffset(c.Args[2], stringMax(c))
	if err != nil {
		return err
	}
	bits, err := keyspace.Str(c.DB.LookupRead(c.Args[1]))
	if err != nil {
		return err
	}
	c.Out.Int(int64(bitAt(bits, offset)))
	return nil
}

// bitAt returns a bit; bits beyond the end are 0.
func bitAt(bits []byte, i int64) byte {
	if i>>3 >= int64(len(bits)) {
		return 0
	}
	return bits[i>>3] >> (7 - i&7) & 1
}

var bitRows = []command.Row{
	{Name: "setbit", Arity: 4, Since: "2.2.0", Run: runSetBit, Summary: "Sets or clears one bit of a string",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "getbit", Arity: 3, Since: "2.2.0", Run: runGetBit, Summary: "Returns one bit of a string",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
}
