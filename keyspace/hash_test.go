package keyspace

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// dumbHash is a hash as a list, in the order of a small hash of Redis.
type dumbHash struct {
	fields []dumbField
}

type dumbField struct {
	name, value string
	at          int64
}

func (d *dumbHash) index(name string) int {
	return slices.IndexFunc(d.fields, func(f dumbField) bool { return f.name == name })
}

// put inserts a field in its place: before the first field whose deadline is not
// earlier, or at the end if it has no deadline.
func (d *dumbHash) put(f dumbField) {
	i := len(d.fields)
	if f.at != 0 {
		i = slices.IndexFunc(d.fields, func(g dumbField) bool { return g.at == 0 || g.at >= f.at })
		if i < 0 {
			i = len(d.fields)
		}
	}
	d.fields = slices.Insert(d.fields, i, f)
}

func (d *dumbHash) set(name, value string, keepTTL bool) bool {
	i := d.index(name)
	if i < 0 {
		d.put(dumbField{name, value, 0})
		return true
	}
	d.fields[i].value = value
	if !keepTTL {
		d.expire(name, 0)
	}
	return false
}

func (d *dumbHash) del(name string) bool {
	i := d.index(name)
	if i >= 0 {
		d.fields = slices.Delete(d.fields, i, i+1)
	}
	return i >= 0
}

// expire sets a deadline, 0 for none, and reports whether there was one.
func (d *dumbHash) expire(name string, at int64) bool {
	i := d.index(name)
	if i < 0 {
		return false
	}
	f := d.fields[i]
	had := f.at != 0
	if had || at != 0 {
		f.at = at
		d.del(name)
		d.put(f)
	}
	return had
}

func (d *dumbHash) all(now int64) []string {
	out := []string{}
	for _, f := range d.fields {
		if f.at == 0 || f.at > now {
			out = append(out, f.name+"="+f.value)
		}
	}
	return out
}

func allOf(h *Hash, now int64) []string {
	out := []string{}
	for name, value := range h.All(now) {
		out = append(out, name+"="+value)
	}
	return out
}

func TestHashAgainstModel(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			h, d := &Hash{}, &dumbHash{}
			limits := DefaultLimits
			if seed%2 == 1 {
				limits.HashListpackEntries = 5 // soon a table, whose order is free
			}
			for step := range 400 {
				name := strconv.Itoa(r.IntN(12))
				field, value := []byte(name), strconv.Itoa(step)
				switch r.IntN(7) {
				case 0, 1:
					keep := r.IntN(2) == 0
					require.Equal(t, d.set(name, value, keep), h.Set(field, value, keep))
				case 2:
					require.Equal(t, d.del(name), h.Delete(field))
				case 3, 4:
					if d.index(name) >= 0 {
						at := int64(1 + r.IntN(20))
						d.expire(name, at)
						h.SetExpire(field, at)
					}
				case 5:
					require.Equal(t, d.expire(name, 0), h.Persist(field))
				case 6:
					c := h.Clone().(*Hash)
					require.Equal(t, allOf(h, 0), allOf(c, 0))
					require.Equal(t, h.MemSize()-h.fields.memory(), c.MemSize()-c.fields.memory(), "but for the room of slots")
					h = c
				}
				checkHash(t, h, d, h.Encoding(&limits), int64(r.IntN(22)))
			}
		})
	}
}

func checkHash(t *testing.T, h *Hash, d *dumbHash, encoding string, now int64) {
	t.Helper()
	require.Equal(t, len(d.fields), h.Len())
	require.Equal(t, len(d.fields) == 0, h.Empty())
	var next, bytes int64
	timed := 0
	for _, f := range d.fields {
		value, at, ok := h.Get([]byte(f.name))
		require.True(t, ok)
		require.Equal(t, f.value, value)
		require.Equal(t, f.at, at)
		bytes += int64(len(f.name) + len(f.value))
		if at != 0 {
			timed++
			if next == 0 || at < next {
				next = at
			}
		}
	}
	require.Equal(t, next, h.NextExpiry())
	require.Equal(t, hashOverhead+h.fields.memory()+int64(timed*lifeOverhead+len(d.fields)*valueRounding)+bytes, h.MemSize())
	want, got := d.all(now), allOf(h, now)
	require.Equal(t, len(want), h.Live(now))
	if encoding == "hashtable" {
		require.ElementsMatch(t, want, got)
	} else {
		require.Equal(t, want, got)
	}
	require.ElementsMatch(t, want, scanAll(h, now))
}

func scanAll(h *Hash, now int64) []string {
	found := map[string]bool{}
	for cursor := uint64(0); ; {
		cursor = h.Scan(cursor, 3, now, func(name, value string) { found[name+"="+value] = true })
		if cursor == 0 {
			break
		}
	}
	out := []string{}
	for f := range found {
		out = append(out, f)
	}
	return out
}

func TestHashEncoding(t *testing.T) {
	limits := DefaultLimits
	limits.HashListpackEntries, limits.HashListpackValue = 3, 8
	tests := []struct {
		name string
		do   func(h *Hash)
		want string
	}{
		{"few fields", func(h *Hash) { h.Set([]byte("a"), "1", false) }, "listpack"},
		{"a deadline", func(h *Hash) { h.Set([]byte("a"), "1", false); h.SetExpire([]byte("a"), 5) }, "listpackex"},
		{"a deadline that was refused", func(h *Hash) { h.Set([]byte("a"), "1", false); h.AllowTTL() }, "listpackex"},
		{"a deadline that went", func(h *Hash) {
			h.Set([]byte("a"), "1", false)
			h.SetExpire([]byte("a"), 5)
			h.Persist([]byte("a"))
		}, "listpackex"},
		{"too many fields", func(h *Hash) {
			for i := range 4 {
				h.Set([]byte{byte('a' + i)}, "1", false)
			}
		}, "hashtable"},
		{"a long value", func(h *Hash) { h.Set([]byte("a"), "123456789", false) }, "hashtable"},
		{"a long value replaced", func(h *Hash) {
			h.Set([]byte("a"), "123456789", false)
			h.Set([]byte("a"), "1", false)
		}, "hashtable"},
		{"a long name", func(h *Hash) { h.Set([]byte("123456789"), "1", false) }, "hashtable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := &Hash{}
			tt.do(h)
			require.Equal(t, tt.want, h.Encoding(&limits))
			require.Equal(t, tt.want, h.Clone().Encoding(&limits))
			for name := range h.All(0) {
				h.Delete([]byte(name))
				break
			}
			require.Equal(t, tt.want, h.Encoding(&limits), "a form is kept")
		})
	}
}

func TestHashKeepsFormUntilItGrows(t *testing.T) {
	h := &Hash{}
	for i := range 3 {
		h.Set([]byte{byte('a' + i)}, "1", false)
	}
	limits := DefaultLimits
	require.Equal(t, "listpack", h.Encoding(&limits))
	limits.HashListpackEntries = 2
	require.Equal(t, "listpack", h.Encoding(&limits))
	h.Set([]byte("a"), "2", false)
	require.Equal(t, "hashtable", h.Encoding(&limits))
}

func TestHashRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	h := &Hash{}
	_, _, ok := h.Random(r, 0)
	require.False(t, ok)
	h.Set([]byte("old"), "1", false)
	h.SetExpire([]byte("old"), 5)
	_, _, ok = h.Random(r, 5)
	require.False(t, ok, "only one field, and expired")
	h.Set([]byte("new"), "2", false)
	for range 20 {
		field, value, ok := h.Random(r, 5)
		require.True(t, ok)
		require.Equal(t, []string{"new", "2"}, []string{field, value})
	}
}
