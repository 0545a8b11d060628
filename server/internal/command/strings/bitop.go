package strings

import (
	"crypto/subtle"
	"encoding/binary"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// errBitNot refuses BITOP NOT of several keys.
const errBitNot = resp.Error("ERR BITOP NOT must be called with a single source key.")

// bitOps combine the bytes of src into dst, which is at least as long, eight at a time. A
// shorter src is continued by zeros.
var bitOps = map[string]func(dst, src []byte){
	"and": func(dst, src []byte) {
		for ; len(src) >= 8; dst, src = dst[8:], src[8:] {
			word.PutUint64(dst, word.Uint64(dst)&word.Uint64(src))
		}
		for i, b := range src {
			dst[i] &= b
		}
		clear(dst[len(src):])
	},
	"or": func(dst, src []byte) {
		for ; len(src) >= 8; dst, src = dst[8:], src[8:] {
			word.PutUint64(dst, word.Uint64(dst)|word.Uint64(src))
		}
		for i, b := range src {
			dst[i] |= b
		}
	},
	"xor": func(dst, src []byte) { subtle.XORBytes(dst, dst, src) },
	"not": nil,
}

var word = binary.NativeEndian

func invert(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		word.PutUint64(b, ^word.Uint64(b))
	}
	for i := range b {
		b[i] = ^b[i]
	}
}

// parseBitOp reads BITOP operation destination key [key ...].
func parseBitOp(args [][]byte) (op string, err error) {
	for name := range bitOps {
		if command.Is(args[1], name) {
			op = name
		}
	}
	switch {
	case op == "":
		return "", resp.ErrSyntax
	case op == "not" && len(args) != 4:
		return "", errBitNot
	}
	return op, nil
}

func runBitOp(c *command.Call) error {
	op, err := parseBitOp(c.Args)
	if err != nil {
		return err
	}
	sources, longest := make([][]byte, len(c.Args)-3), 0
	for i, key := range c.Args[3:] {
		if sources[i], err = read(c, key); err != nil {
			return err
		}
		longest = max(longest, len(sources[i]))
	}
	key := c.Args[2]
	if longest == 0 {
		drop(c, key)
	} else {
		// The destination may also be a source, so the result is built separately.
		e := c.DB.LookupWrite(key)
		e = storeOwned(c, e, key, combine(op, sources, longest), true)
		c.DB.Persist(e)
		changed(c, key, "set")
	}
	c.Out.Len(longest)
	return nil
}

func combine(op string, sources [][]byte, size int) []byte {
	out := make([]byte, size)
	copy(out, sources[0])
	if op == "not" {
		invert(out)
	}
	for _, src := range sources[1:] {
		bitOps[op](out, src)
	}
	return out
}

var bitOpRows = []command.Row{
	{Name: "bitop", Arity: -4, Since: "2.6.0", Run: runBitOp, Summary: "Stores the AND, OR, XOR or NOT of strings",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.At(2, command.OW|command.Update), command.Range(3, -1, 1, command.RO|command.Access)}},
}
