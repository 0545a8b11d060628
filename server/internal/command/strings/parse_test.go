package strings

import (
	"bytes"
	stdstrings "strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const now = 1_000_000

// words splits a command line at its spaces.
func words(line string) [][]byte { return bytes.Split([]byte(line), []byte(" ")) }

func TestParseSet(t *testing.T) {
	for line, want := range map[string]setArgs{
		"set k v":                       {},
		"set k v NX":                    {nx: true},
		"set k v xx get":                {xx: true, get: true},
		"set k v get nx nx":             {nx: true, get: true},
		"set k v keepttl KEEPTTL":       {keepTTL: true},
		"set k v EX 10":                 {expireAt: now + 10_000},
		"set k v px 10":                 {expireAt: now + 10},
		"set k v exat 10":               {expireAt: 10_000},
		"set k v pxat 10 get":           {expireAt: 10, get: true},
		"set k v ex 10 ex 20":           {expireAt: now + 20_000},
		"set k v exat 9223372036854775": {expireAt: 9223372036854775000},
	} {
		got, err := parseSet(words(line), now)
		require.NoError(t, err, line)
		want.key, want.value = []byte("k"), []byte("v")
		require.Equal(t, want, got, line)
	}
	invalid := resp.InvalidExpire("set")
	for line, want := range map[string]error{
		"set k v nx xx":                   resp.ErrSyntax,
		"set k v ex":                      resp.ErrSyntax,
		"set k v ex 0 px 10":              resp.ErrSyntax,
		"set k v keepttl px 10":           resp.ErrSyntax,
		"set k v persist":                 resp.ErrSyntax,
		"set k v ex abc foo":              resp.ErrSyntax,
		"set k v ex abc":                  resp.ErrNotInteger,
		"set k v ex 0":                    invalid,
		"set k v pxat -1":                 invalid,
		"set k v ex 9223372036854775":     invalid, // the sum overflows
		"set k v exat 9223372036854776":   invalid,
		"set k v px 9223372036854775807":  invalid,
		"set k v ex 99999999999999999999": resp.ErrNotInteger,
	} {
		_, err := parseSet(words(line), now)
		require.Equal(t, want, err, line)
	}
}

// FuzzParseSet parses options of SET, which stand one on a line.
func FuzzParseSet(f *testing.F) {
	for _, seed := range []string{"nx", "xx\nget", "ex\n10\nget", "PXAT\n9223372036854775807", "keepttl", "ex\n-1", "ex\n9223372036854775"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, options []byte) {
		a, err := parseSet(append(words("set k v"), bytes.Split(options, []byte("\n"))...), now)
		if err != nil {
			return
		}
		require.False(t, a.nx && a.xx)
		require.False(t, a.keepTTL && a.expireAt != 0)
		require.GreaterOrEqual(t, a.expireAt, int64(0))
	})
}

func TestParseGetEX(t *testing.T) {
	for line, want := range map[string]ttlOption{
		"getex k": {}, "getex k persist persist": {persist: true}, "getex k EXAT 1": {clock: command.EXAT},
	} {
		life, err := parseGetEX(words(line))
		require.NoError(t, err, line)
		require.Equal(t, want, life.ttlOption, line)
	}
	for _, line := range []string{"getex k keepttl", "getex k ex", "getex k ex 1 persist", "getex k nx"} {
		_, err := parseGetEX(words(line))
		require.Equal(t, resp.ErrSyntax, err, line)
	}
}

func TestParseLCS(t *testing.T) {
	got, err := parseLCS(words("lcs a b IDX MinMatchLen 4 withmatchlen"))
	require.NoError(t, err)
	require.Equal(t, lcsArgs{idx: true, minMatch: 4, withMatchLen: true}, got)
	for line, want := range map[string]error{
		"lcs a b minmatchlen":   resp.ErrSyntax,
		"lcs a b minmatchlen x": resp.ErrNotInteger,
		"lcs a b foo":           resp.ErrSyntax,
		"lcs a b len idx":       errLCSBoth,
		"lcs a b len idx foo":   resp.ErrSyntax,
	} {
		_, err := parseLCS(words(line))
		require.Equal(t, want, err, line)
	}
}

func TestParseBitRange(t *testing.T) {
	got, err := parseBitRange(words("1 -2 BIT"), true)
	require.NoError(t, err)
	require.Equal(t, bitRange{start: 1, end: -2, endGiven: true, inBits: true}, got)
	got, err = parseBitRange(words("5"), true)
	require.NoError(t, err)
	require.Equal(t, bitRange{start: 5, end: -1}, got)
	_, err = parseBitRange(words("0 x nibble"), true)
	require.Equal(t, resp.ErrSyntax, err)
	_, err = parseBitRange(words("0 x nibble"), false)
	require.Equal(t, resp.ErrNotInteger, err)
	_, err = parseBitRange(words("0 1 bit 2"), true)
	require.Equal(t, resp.ErrSyntax, err)
}

func TestParseBitField(t *testing.T) {
	got, err := parseBitField(words("bitfield k get u8 0 overflow SAT incrby i16 #3 -5"), 512<<20)
	require.NoError(t, err)
	require.Equal(t, fieldArgs{
		ops: []fieldOp{
			{field: intField{width: 8}},
			{kind: fieldIncrBy, field: intField{signed: true, width: 16, offset: 48}, overflow: overflowSat, operand: -5},
		},
		lastBit: 63,
		writes:  true,
	}, got)
	for line, want := range map[string]error{
		"get u64 0":      errBitType,
		"get i65 0":      errBitType,
		"get u0 0":       errBitType,
		"get U8 0":       errBitType,
		"get u 0":        errBitType,
		"get u8 -1":      errBitOffset,
		"get u8 #":       errBitOffset,
		"get u8":         resp.ErrSyntax,
		"set u8 0":       resp.ErrSyntax,
		"set u8 0 x":     resp.ErrNotInteger,
		"overflow":       resp.ErrSyntax,
		"overflow clip":  errBitOverflow,
		"foo":            resp.ErrSyntax,
		"get u8 0 get 1": resp.ErrSyntax,
	} {
		_, err := parseBitField(words("bitfield k "+line), 512<<20)
		require.Equal(t, want, err, line)
	}
}

func TestParseBitOp(t *testing.T) {
	op, err := parseBitOp(words("bitop XOR d a b"))
	require.NoError(t, err)
	require.Equal(t, "xor", op)
	_, err = parseBitOp(words("bitop diff d a b"))
	require.Equal(t, resp.ErrSyntax, err, "an operation of later versions")
	_, err = parseBitOp(words("bitop not d a b"))
	require.Equal(t, errBitNot, err)
}

func TestIntFieldSum(t *testing.T) {
	i8, u8 := intField{signed: true, width: 8}, intField{width: 8}
	i64, u63 := intField{signed: true, width: 64}, intField{width: 63}
	const lowest, highest = -1 << 63, 1<<63 - 1
	for _, c := range []struct {
		field      intField
		base, incr int64
		wrap, sat  int64
	}{
		{i8, 127, 1, -128, 127},
		{i8, -128, -1, 127, -128},
		{i8, -1, highest, -2, 127},
		{i8, -129, 0, 127, -128},
		{u8, 255, 1, 0, 255},
		{u8, 0, -1, 255, 0},
		{u8, -1, 0, 255, 255}, // SET of a negative number
		{i64, highest, 1, lowest, highest},
		{i64, lowest, -1, highest, lowest},
		{u63, highest, 1, 0, highest},
		{i8, lowest, 0, 0, 127}, // Redis's way
	} {
		got, ok := c.field.sum(c.base, c.incr, overflowWrap)
		require.True(t, ok)
		require.Equal(t, c.wrap, got, "%+v", c)
		got, ok = c.field.sum(c.base, c.incr, overflowSat)
		require.True(t, ok)
		require.Equal(t, c.sat, got, "%+v", c)
		_, ok = c.field.sum(c.base, c.incr, overflowFail)
		require.False(t, ok, "%+v", c)
	}
	got, ok := i8.sum(-100, 50, overflowFail)
	require.True(t, ok)
	require.EqualValues(t, -50, got)
}

func TestIntFieldReadsWhatItWrote(t *testing.T) {
	for width := 1; width <= maxSigned; width++ {
		f := intField{signed: true, width: width, offset: 5}
		lo, hi := f.limits()
		for _, v := range []int64{lo, hi, 0, -1} {
			bits := bytes.Repeat([]byte{0xa5}, 10)
			f.write(bits, v)
			require.Equal(t, v, f.read(bits))
			require.EqualValues(t, 0xa0, bits[0]&0xf8, "bits before the field stay")
			require.EqualValues(t, 0xa5, bits[9], "bits behind the field stay")
		}
	}
}

func TestLCSTable(t *testing.T) {
	table := newLCSTable([]byte("ohmytext"), []byte("mynewtext"))
	require.Equal(t, 6, table.length)
	require.Equal(t, "mytext", string(table.common()))
	var stretches [][3]int
	table.walk(func(i, j, size int) { stretches = append(stretches, [3]int{i, j, size}) })
	require.Equal(t, [][3]int{{4, 5, 4}, {2, 0, 2}}, stretches)
	require.Empty(t, newLCSTable(nil, []byte("x")).common())
}

func TestBits(t *testing.T) {
	value := []byte{0xff, 0x00, 0x0f}
	require.Equal(t, 12, countBits(value, 0, 24))
	require.Equal(t, 2, countBits(value, 6, 20))
	require.Equal(t, 3, countBits(value, 1, 4))
	require.EqualValues(t, 8, findBit(value, 0, 0, 24))
	require.EqualValues(t, 20, findBit(value, 1, 8, 24))
	require.EqualValues(t, -1, findBit(value, 1, 8, 20))
	long := []byte(stdstrings.Repeat("\x03", 100))
	require.Equal(t, 200, countBits(long, 0, 800))
}

// TestWordsOfBits: bytes are looked at eight at a time, with the same result as one by one.
func TestWordsOfBits(t *testing.T) {
	for size := range int64(20) {
		for at := range size * 8 {
			zeros, ones := make([]byte, size), bytes.Repeat([]byte{0xff}, int(size))
			zeros[at/8] |= 0x80 >> (at % 8)
			ones[at/8] &^= 0x80 >> (at % 8)
			for first := range size * 8 {
				want := at
				if at < first {
					want = -1
				}
				require.Equal(t, want, findBit(zeros, 1, first, size*8))
				require.Equal(t, want, findBit(ones, 0, first, size*8))
				require.EqualValues(t, -1, findBit(zeros, 1, min(first, at), at))
			}
		}
	}
}

func TestBitOpsOfAnyLength(t *testing.T) {
	long, short := []byte("\x00\xff\x0f0123456789abcdefghijkl"), []byte("\xff\x01\x3cABCDEFGHIJ")
	for n := range len(short) {
		a, b := long[:n+10], short[:n]
		for i := range a {
			other := byte(0)
			if i < n {
				other = b[i]
			}
			for op, want := range map[string]byte{"and": a[i] & other, "or": a[i] | other, "xor": a[i] ^ other} {
				require.Equal(t, want, combine(op, [][]byte{a, b}, len(a))[i], "%s of %q and %q at %d", op, a, b, i)
				require.Equal(t, want, combine(op, [][]byte{b, a}, len(a))[i], "%s of %q and %q at %d", op, b, a, i)
			}
			require.Equal(t, ^a[i], combine("not", [][]byte{a}, len(a))[i])
		}
	}
}

func TestResizedClearsWhatItUncovers(t *testing.T) {
	b := []byte("abcdef")[:2]
	require.Equal(t, "ab\x00\x00", string(resized(b, 4)))
	require.Equal(t, "ab", string(resized(b, 1)))
}
