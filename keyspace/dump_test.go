package keyspace

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// signed seals a body as DUMP does.
func signed(body string) []byte { return sealDump([]byte(body)) }

func TestDumpString(t *testing.T) {
	for _, c := range []struct{ value, payload string }{
		// As Redis 8.0.2 dumps them.
		{"5", "\x00\xc0\x05\x0c\x00\xa8Yk\xa6y\x05-\x18"},
		{"1", "\x00\xc0\x01\x0c\x00\xed\x0e\xd3v++\x8f\xb5"},
		{"12345678901", "\x00\x0b12345678901\x0c\x00\xfb8f\x17\xdd=\xfbY"},
		{"-129", "\x00\xc1\x7f\xff\x0c\x00\xdc\x16\xb6\xe8\xae\xaa\x1a\xc9"},
		{"70000", "\x00\xc2p\x11\x01\x00\x0c\x00\xca\xd2<>o\x1a\x0b\xec"},
	} {
		e := &Entry{str: []byte(c.value)}
		require.Equal(t, c.payload, string(e.Dump()), c.value)
		d, err := LoadDump([]byte(c.payload), &DefaultLimits)
		require.NoError(t, err)
		require.Equal(t, c.value, string(d.str))
	}
}

// words returns the elements of a value with their scores, values and deadlines, in
// order if there is one.
func words(v Value) []string {
	switch v := v.(type) {
	case *List:
		return elements(v)
	case *Set:
		return slices.Sorted(v.All())
	case *ZSet:
		var out []string
		for member, score := range v.Range(0, v.Len(), false) {
			out = append(out, member, strconv.FormatFloat(score, 'g', -1, 64))
		}
		return out
	case *Hash:
		var out []string
		all := maps.Collect(v.All(dumpAll))
		for _, field := range slices.Sorted(maps.Keys(all)) {
			_, at, _ := v.Get([]byte(field))
			out = append(out, field, all[field], strconv.FormatInt(at, 10))
		}
		return out
	}
	return nil
}

// Values that Redis 8.0.2 dumped in its compact forms.
func TestLoadCompactForms(t *testing.T) {
	for _, c := range []struct{ body, encoding, want string }{
		{"\x0b\x14\x04\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00p\x11\x01\x00", "intset", "1 2 70000"},
		{"\x14\r\r\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff", "listpack", "a b"},
		{"\x02\x02\xc3\t@A\x01aa\xe04\x00\x01aa\x01b", "hashtable", strings.Repeat("a", 65) + " b"},
		{"\x11\x1d\x1d\x00\x00\x00\x06\x00\x81c\x02\x84-inf\x05\x81a\x02\x01\x01\x81b\x02\x832.5\x04\xff", "listpack", "c -Inf a 1 b 2.5"},
		{
			"\x05\x02\x01b\x00\x00\x00\x00\x00\x00\xf0\x7f\xc3\t@A\x01aa\xe04\x00\x01aa\x00\x00\x00\x00\x00\x00\xf8?",
			"skiplist", strings.Repeat("a", 65) + " 1.5 b +Inf",
		},
		{"\x10\x0c\x0c\x00\x00\x00\x02\x00\x81a\x02\x01\x01\xff", "listpack", "a 1 0"},
		{
			"\x19\xfd\xad\x9d\xfc\xa1\x01\x00\x00$$\x00\x00\x00\t\x00\x81f\x02\x01\x01\xf4\xfd\xad\x9d\xfc\xa1\x01\x00\x00\t" +
				"\x81g\x02\x02\x01\x00\x01\x81h\x02\x03\x01\x00\x01\xff",
			"listpackex", "f 1 1795239554557 g 2 0 h 3 0",
		},
		{
			"\x180\xae\x9d\xfc\xa1\x01\x00\x00\x03\x00\x01h\xc0\x03\x01\x01f\xc3\t@d\x0111\xe0W\x00\x0111\x00\x01g\xc0\x02",
			"hashtable", "f " + strings.Repeat("1", 100) + " 1795239554608 g 2 0 h 3 0",
		},
		// Older forms.
		{"\x0a\x0f\x0f\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4"},
		{"\x0e\x01\x0f\x0f\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4"},
		{"\x0d\x0f\x0f\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4 0"},
		{"\x0c\x0f\x0f\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4"},
		{"\x03\x02\x01m\x031.5\x01n\xff", "listpack", "n -Inf m 1.5"},
		{"\x12\x02\x01\x05plain\x02\x0a\x0a\x00\x00\x00\x01\x00\x81x\x02\xff", "listpack", "plain x"},
	} {
		d, err := LoadDump(signed(c.body), &DefaultLimits)
		require.NoError(t, err, "%q", c.body)
		require.Equal(t, c.want, strings.Join(words(d.obj), " "))
		require.Equal(t, c.encoding, d.obj.Encoding(&DefaultLimits), "%q", c.body)
	}
}

func TestLoadDumpRefuses(t *testing.T) {
	good := signed("\x00\x01a")
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 1
		_, err := LoadDump(bad, &DefaultLimits)
		require.Equal(t, ErrDumpChecksum, err)
		_, err = LoadDump(good[:i], &DefaultLimits)
		require.Equal(t, ErrDumpChecksum, err)
	}
	for name, body := range map[string]string{
		"nothing":             "",
		"unknown type":        "\x1e\x01a",
		"stream":              "\x15\x01a",
		"no list":             "\x01\x00",
		"no set":              "\x02\x00",
		"no hash":             "\x04\x00",
		"no sorted set":       "\x05\x00",
		"member twice":        "\x02\x02\x01a\x01a",
		"field twice":         "\x04\x02\x01a\x01a\x01a\x01a",
		"score twice":         "\x03\x02\x01a\x011\x01a\x011",
		"not a number":        "\x03\x01\x01a\xfd",
		"half a pair":         "\x10\x09\x09\x00\x00\x00\x01\x00\x01\x01\xff",
		"wrong count":         "\x10\x0b\x0b\x00\x00\x00\x04\x00\x01\x01\x02\x01\xff",
		"wrong back length":   "\x10\x0b\x0b\x00\x00\x00\x02\x00\x01\x01\x02\x02\xff",
		"unsorted intset":     "\x0b\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x01\x00",
		"size of an intset":   "\x0b\x0c\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x02\x00",
		"long string":         "\x00\x81\xff\xff\xff\xff\xff\xff\xff\xffabc",
		"many elements":       "\x01\x81\x7f\xff\xff\xff\xff\xff\xff\xffabc",
		"unpacks to too much": "\x00\xc3\x03\x80\x7f\xff\xff\xff\x00a\x00",
		"refers before":       "\x00\xc3\x04\x05\x00a\x20\x05",
		"unknown length":      "\x00\x82abc",
		"unknown string":      "\x00\xc4abc",
		"late deadline":       "\x18\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x01\x01a\x01b",
	} {
		_, err := LoadDump(signed(body), &DefaultLimits)
		require.Equal(t, ErrDumpData, err, name)
	}
}

// randomValue makes a value of each type and size, with elements of every form
// that a listpack has.
func randomValue(r *rand.Rand, l *Limits) Value {
	word := func() string {
		switch r.IntN(4) {
		case 0:
			return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
		case 1:
			return strings.Repeat("x", []int{0, 63, 64, 4095, 4096}[r.IntN(5)])
		}
		return strconv.Itoa(r.IntN(1000)) + " words"
	}
	n := []int{1, 5, 130, 700}[r.IntN(4)]
	switch r.IntN(5) {
	case 0:
		v := &List{}
		for range n {
			v.PushBack(word())
		}
		return v
	case 1:
		v := NewSet(l, []byte(word()))
		for range n {
			v.Add(word(), l)
		}
		return v
	case 2:
		v := NewResult(l)
		for range n {
			v.Put([]byte(word()), []float64{0, 1, -2.5, 1e300, math.Inf(1), math.Inf(-1), 0.1}[r.IntN(7)])
		}
		v.Shrink()
		return v
	}
	v, dated := &Hash{}, r.IntN(2) == 0
	for range n {
		field := word()
		v.Set([]byte(field), word(), false)
		if dated && r.IntN(2) == 0 {
			v.SetExpire([]byte(field), 1+r.Int64N(1e12))
		}
	}
	return v
}

func TestDumpAndLoad(t *testing.T) {
	const seed = 31
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		v := randomValue(r, &DefaultLimits)
		encoding := v.Encoding(&DefaultLimits)
		d, err := LoadDump((&Entry{obj: v}).Dump(), &DefaultLimits)
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, v.Type(), d.obj.Type())
		require.Equal(t, words(v), words(d.obj), "seed %d", seed)
		if v.Type() != TypeList { // goes by the bytes of what was pushed at once
			require.Equal(t, encoding, d.obj.Encoding(&DefaultLimits), "seed %d", seed)
		}
	}
}

// Damaged payloads are refused or read as something else; nothing worse happens.
func TestLoadDamagedDumps(t *testing.T) {
	const seed = 32
	r := rand.New(rand.NewPCG(seed, 0))
	bodies := [][]byte{
		[]byte("\x0b\x14\x04\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00p\x11\x01\x00"),
		[]byte("\x11\x1d\x1d\x00\x00\x00\x06\x00\x81c\x02\x84-inf\x05\x81a\x02\x01\x01\x81b\x02\x832.5\x04\xff"),
		[]byte("\x02\x02\xc3\t@A\x01aa\xe04\x00\x01aa\x01b"),
		[]byte("\x0e\x01\x0f\x0f\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff"),
	}
	for range 40 {
		payload := (&Entry{obj: randomValue(r, &DefaultLimits)}).Dump()
		bodies = append(bodies, payload[:len(payload)-dumpFooter])
	}
	for range 4000 {
		body := slices.Clone(bodies[r.IntN(len(bodies))])
		for range 1 + r.IntN(3) {
			i := r.IntN(min(len(body), 64))
			body[i] = byte(r.IntN(256))
		}
		if r.IntN(3) == 0 {
			body = body[:r.IntN(len(body))]
		}
		d, err := LoadDump(sealDump(body), &DefaultLimits)
		if err == nil && d.obj != nil {
			require.False(t, d.obj.Empty(), "seed %d", seed)
		}
	}
}

func FuzzLoadDump(f *testing.F) {
	f.Add([]byte("\x14\r\r\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff"))
	f.Add([]byte("\x00\xc3\t@A\x01aa\xe04\x00\x01aa"))
	f.Add([]byte("\x18\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01a\x01b"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := LoadDump(sealDump(body), &DefaultLimits)
		if err != nil {
			require.Equal(t, ErrDumpData, err)
			return
		}
		again, err := LoadDump((&Entry{str: d.str, obj: d.obj}).Dump(), &DefaultLimits)
		require.NoError(t, err)
		require.Equal(t, words(d.obj), words(again.obj))
	})
}
