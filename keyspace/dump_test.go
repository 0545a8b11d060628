package keyspace

import (
	"fmt"
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

func loadDump(payload []byte) (Dumped, error) { return New(1, deaf{}, nil).LoadDump(payload) }

func dumpOf(e *Entry) []byte { return New(1, deaf{}, nil).Dump(e) }

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
		require.Equal(t, c.payload, string(dumpOf(e)), c.value)
		d, err := loadDump([]byte(c.payload))
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
	case *Stream:
		return streamWords(v)
	}
	return nil
}

// streamWords is all that a stream knows, as text.
func streamWords(s *Stream) (out []string) {
	note := func(v ...any) { out = append(out, strings.TrimSpace(fmt.Sprintln(v...))) }
	note(s.First, s.Last, s.MaxDeleted, s.Added, s.Len(), s.Nodes())
	for _, e := range entriesOf(s.Range(StreamID{}, LastStreamID)) {
		note(e.id, e.words)
	}
	for _, g := range s.Groups() {
		note(g.Name, g.LastID, g.Read, g.PendingLen())
		for _, c := range g.Consumers() {
			note(c.Name, c.Seen, c.Active, c.PendingLen())
			g.EachPending(c, StreamID{}, func(p *Pending) bool {
				note(p.ID, p.Delivered, p.Count)
				return true
			})
		}
	}
	return out
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
		{"\x0a\x0f\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4"},
		{"\x0e\x01\x0f\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4"},
		{"\x0d\x0f\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4 0"},
		{"\x0c\x0f\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff", "listpack", "0 4"},
		{"\x09\x14\x02\x01f\x01\x02v__\x01g\xfe\x03\x00\x00\x00\x00yes\xff", "listpack", "f v 0 g yes 0"},
		{"\x03\x02\x01m\x031.5\x01n\xff", "listpack", "n -Inf m 1.5"},
		{"\x09\x0e\x02\x01a\x01\x001\x01b\x02\x0122-\xff", "listpack", "a 1 0 b 22 0"},
		{"\x12\x02\x01\x05plain\x02\x0a\x0a\x00\x00\x00\x01\x00\x81x\x02\xff", "quicklist", "plain x"},
		{"\x12\x01\x02\x0a\x0a\x00\x00\x00\x01\x00\x81x\x02\xff", "listpack", "x"},
	} {
		d, err := loadDump(signed(c.body))
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
		_, err := loadDump(bad)
		require.Equal(t, ErrDumpChecksum, err)
		_, err = loadDump(good[:i])
		require.Equal(t, ErrDumpChecksum, err)
	}
	ks := New(1, deaf{}, nil)
	ks.SkipChecksums = true
	good[len(good)-1] ^= 1
	_, err := ks.LoadDump(good)
	require.NoError(t, err)
	good[len(good)-dumpFooter]++
	_, err = ks.LoadDump(good)
	require.Equal(t, ErrDumpChecksum, err, "too new")
	for name, body := range map[string]string{
		"nothing":             "",
		"unknown type":        "\x1e\x01a",
		"half a stream":       "\x15\x01a",
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
		"wrong size before":   "\x0a\x0f\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf1\x03\xf5\xff",
		"wrong last element":  "\x0a\x0f\x0f\x00\x00\x00\x0b\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff",
		"long zipmap":         "\x09\x05\x01\x01f\x09\xff",
		"empty node":          "\x12\x01\x01\x00",
		"empty intset":        "\x0b\x08\x02\x00\x00\x00\x00\x00\x00\x00",
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
		_, err := loadDump(signed(body))
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
	switch r.IntN(6) {
	case 5:
		return randomStream(r, min(n, 130), word)
	case 0:
		v := &List{}
		for range n {
			v.PushBack([]byte(word()))
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

// randomStream makes a stream of up to n entries with groups.
func randomStream(r *rand.Rand, n int, word func() string) *Stream {
	s := &Stream{}
	limits := &Limits{StreamNodeBytes: 4096, StreamNodeEntries: 1 + r.Int64N(100)}
	for range n {
		id, _ := s.NextID(int64(s.Last.Ms) + r.Int64N(3))
		s.Add(id, byteWords("f", word(), []string{"g", word()}[r.IntN(2)], word()), limits)
	}
	for name := range 1 + r.IntN(3) {
		s.CreateGroup([]byte(strconv.Itoa(name)), StreamID{}, int64(r.IntN(3)-1))
		g := s.Groups()[name]
		for e := range s.Range(StreamID{}, LastStreamID) {
			c, _ := g.CreateConsumer([]byte{byte('a' + r.IntN(3))}, 5)
			if g.Deliver(e.ID, c, r.Int64N(1e12), true); r.IntN(3) == 0 {
				g.Ack(e.ID)
			}
		}
	}
	for range r.IntN(n) {
		s.Delete(StreamID{uint64(r.IntN(n)), 0})
	}
	return s
}

func TestDumpAndLoad(t *testing.T) {
	const seed = 31
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		v := randomValue(r, &DefaultLimits)
		encoding := v.Encoding(&DefaultLimits)
		d, err := loadDump(dumpOf(&Entry{obj: v}))
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
		[]byte("\x0e\x01\x0f\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf1\x02\xf5\xff"),
	}
	for range 40 {
		payload := dumpOf(&Entry{obj: randomValue(r, &DefaultLimits)})
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
		d, err := loadDump(sealDump(body))
		if err == nil && d.obj != nil {
			require.False(t, d.obj.Empty(), "seed %d", seed)
		}
	}
}

// plainStream dumps a stream with nothing packed, so that damage reaches every part of it.
func plainStream(s *Stream) []byte {
	w := dumpWriter{limits: &DefaultLimits, lzf: &lzf{}}
	b := appendDumpLen([]byte{rdbStream3}, uint64(len(s.nodes)))
	for _, n := range s.nodes {
		b = append(append(b, 16), rawID(nil, n.id)...)
		b = append(appendDumpLen(b, uint64(len(n.pack))), n.pack...)
	}
	w.b = appendDumpLen(b, uint64(s.length))
	for _, id := range []StreamID{s.Last, s.First, s.MaxDeleted} {
		w.id(id)
	}
	w.len(uint64(s.Added))
	w.len(uint64(len(s.groups)))
	for _, g := range s.groups {
		w.group(g)
	}
	return w.b
}

// useStream does with a stream whatever commands may do.
func useStream(s *Stream) {
	streamWords(s)
	entriesOf(s.Backward(StreamID{}, LastStreamID))
	s.RadixNodes()
	for _, g := range s.Groups() {
		g.Lag()
		c, _ := g.CreateConsumer([]byte("new"), 1)
		for e := range s.Range(StreamID{}, LastStreamID) {
			g.Deliver(e.ID, c, 1, true)
		}
		g.DeleteConsumer([]byte("a"))
	}
	if id, ok := s.NextID(1); ok {
		s.Add(id, byteWords("f", "v"), &DefaultLimits)
	}
	for i, e := range entriesOf(s.Range(StreamID{}, LastStreamID)) {
		if i%2 == 0 {
			s.Delete(e.id)
		}
	}
	s.Trim(StreamTrim{MaxLen: s.Len() / 2})
	s.Trim(StreamTrim{ByID: true, MinID: LastStreamID})
}

// A damaged stream is refused, or it is sound enough for every command.
func TestLoadDamagedStreams(t *testing.T) {
	const seed = 33
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	accepted := 0
	for range 6000 {
		body := plainStream(randomStream(r, 1+r.IntN(8), func() string { return strconv.Itoa(r.IntN(300)) + strings.Repeat(" ", r.IntN(3)) }))
		_, err := loadDump(sealDump(body))
		require.NoError(t, err)
		for range 1 + r.IntN(2) {
			i := r.IntN(len(body))
			body[i] = []byte{byte(r.IntN(256)), body[i] + 1, body[i] - 1, 0, 0xff, 0xf0}[r.IntN(6)]
		}
		body[0] = []byte{rdbStream3, rdbStream3, rdbStream2, rdbStream}[r.IntN(4)]
		if d, err := loadDump(sealDump(body)); err == nil {
			if s, ok := d.obj.(*Stream); ok {
				accepted++
				useStream(s)
			}
		}
	}
	require.Greater(t, accepted, 100)
}

// dumpedNodes are the nodes, the length and the last id of a stream to which were added
// 1-1 f v g 1, 2-0 f w g 70000 and 3-0 h -1, and from which 2-0 was deleted. Its group gr has
// read 1-1, which is pending for c since dumpedTimes, and its group 77 nothing.
const (
	dumpedNodes = "\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01@DD\x00\x00\x00\x19\x00\x02\x01\x01\x01\x02\x01\x81f\x02\x81g\x02\x00\x01\x02\x01\x00\x01\x00\x01\x81v\x02\x01\x01\x05\x01\x03\x01\x01\x01\xdf\xff\x02\x81w\x02\xf2p\x11\x01\x04\x05\x01\x00\x01\x02\x01\xdf\xff\x02\x01\x01\x81h\x02\xdf\xff\x02\x06\x01\xff\x02\x03\x00"
	dumpedTimes = "\x12>\xc0\xff\xa1\x01\x00\x00" // 1795292151314
	dumpedID    = "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"
	dumpedLast  = "\x81\xff\xff\xff\xff\xff\xff\xff\xff" // UnknownRead
	dumpedNames = " 1-1 [f v g 1] 3-0 [h -1]"
)

var streamDumps = []struct{ body, want string }{
	{
		"\x15" + dumpedNodes + "\x01\x01\x02\x00\x03\x02\xc0M\x03\x00" + dumpedLast + "\x00\x00\x02gr\x01\x01" + dumpedLast +
			"\x01" + dumpedID + dumpedTimes + "\x01\x01\x01c" + dumpedTimes + dumpedTimes + "\x01" + dumpedID,
		"1-1 3-0 2-0 3 2 1" + dumpedNames + " 77 3-0 -1 0 gr 1-1 -1 1 c 1795292151314 1795292151314 1 1-1 1795292151314 1",
	},
	{
		"\x13" + dumpedNodes + "\x01\x01\x02\x00\x03\x02\xc0M\x03\x00" + dumpedLast + "\x00\x00\x02gr\x01\x01" + dumpedLast +
			"\x01" + dumpedID + dumpedTimes + "\x01\x01\x01c" + dumpedTimes + "\x01" + dumpedID,
		"1-1 3-0 2-0 3 2 1" + dumpedNames + " 77 3-0 -1 0 gr 1-1 -1 1 c 1795292151314 1795292151314 1 1-1 1795292151314 1",
	},
	{
		"\x0f" + dumpedNodes + "\x02\xc0M\x03\x00\x00\x00\x02gr\x01\x01" +
			"\x01" + dumpedID + dumpedTimes + "\x01\x01\x01c" + dumpedTimes + "\x01" + dumpedID,
		"1-1 3-0 0-0 2 2 1" + dumpedNames + " 77 3-0 2 0 gr 1-1 1 1 c 1795292151314 1795292151314 1 1-1 1795292151314 1",
	},
}

// Streams that Redis dumped: 8.0.2, and in the types of 7.0.15 and 5.
func TestLoadStreams(t *testing.T) {
	for _, body := range streamDumps {
		d, err := loadDump(signed(body.body))
		require.NoError(t, err, "%q", body.body)
		require.Equal(t, body.want, strings.Join(words(d.obj), " "))
	}
}

func FuzzLoadDump(f *testing.F) {
	for _, body := range streamDumps {
		f.Add([]byte(body.body))
	}
	r := rand.New(rand.NewPCG(1, 0))
	for range 5 {
		f.Add(plainStream(randomStream(r, 5, func() string { return "7" })))
	}
	f.Add([]byte("\x14\r\r\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff"))
	f.Add([]byte("\x00\xc3\t@A\x01aa\xe04\x00\x01aa"))
	f.Add([]byte("\x18\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01a\x01b"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := loadDump(sealDump(body))
		if err != nil {
			require.Equal(t, ErrDumpData, err)
			return
		}
		again, err := loadDump(dumpOf(&Entry{str: d.str, obj: d.obj}))
		require.NoError(t, err)
		require.Equal(t, words(d.obj), words(again.obj))
		if s, ok := d.obj.(*Stream); ok {
			useStream(s)
		}
	})
}
