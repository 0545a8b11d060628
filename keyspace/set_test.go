package keyspace

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func members(s *Set) []string { return slices.AppendSeq([]string{}, s.All()) }

// setOf makes a set as SADD does.
func setOf(words ...string) *Set {
	args := make([][]byte, len(words))
	for i, w := range words {
		args[i] = []byte(w)
	}
	s := NewSet(&DefaultLimits, args...)
	for _, w := range words {
		s.Add(w, &DefaultLimits)
	}
	return s
}

// numbers returns from..to-1, each after a prefix.
func numbers(prefix string, from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, prefix+strconv.Itoa(i))
	}
	return out
}

func TestSetAgainstMap(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	s, want := &Set{}, map[string]bool{}
	for range 20000 {
		m := strconv.Itoa(r.IntN(300))
		if r.IntN(2) == 0 {
			require.Equal(t, !want[m], s.Add(m, &DefaultLimits))
			want[m] = true
		} else {
			require.Equal(t, want[m], s.Remove([]byte(m)))
			delete(want, m)
		}
		require.Equal(t, len(want), s.Len())
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), members(s))
	var text int64
	for m := range want {
		text += int64(len(m))
	}
	require.Equal(t, text, s.text)
}

func TestSetOrder(t *testing.T) {
	s := setOf("5", "3", "100", "-1")
	require.Equal(t, []string{"-1", "3", "5", "100"}, members(s))
	s.Add("x", &DefaultLimits)
	s.Add("4", &DefaultLimits)
	require.Equal(t, []string{"-1", "3", "5", "100", "x", "4"}, members(s))
}

func TestSetEncoding(t *testing.T) {
	long := string(make([]byte, 65))
	tests := []struct {
		name string
		set  *Set
		want string
	}{
		{"integers", setOf("1", "-5", "9223372036854775807"), "intset"},
		{"nearly an integer", setOf("01"), "listpack"},
		{"512 integers", setOf(numbers("", 0, 512)...), "intset"},
		{"513 integers", setOf(numbers("", 0, 513)...), "hashtable"},
		{"128 words", setOf(numbers("x", 0, 128)...), "listpack"},
		{"129 words", setOf(numbers("x", 0, 129)...), "hashtable"},
		{"one word 129 times", setOf(slices.Repeat([]string{"x"}, 129)...), "hashtable"},
		{"127 integers and a word", setOf(append(numbers("", 0, 127), "x")...), "listpack"},
		{"200 integers and a word", setOf(append(numbers("", 0, 200), "x")...), "hashtable"},
		{"64 bytes", setOf(long[:64]), "listpack"},
		{"65 bytes", setOf(long), "hashtable"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.set.Encoding(&DefaultLimits), tt.name)
		require.Equal(t, tt.want, tt.set.Clone().Encoding(&DefaultLimits), tt.name)
	}
	s := setOf("1", "x")
	s.Remove([]byte("x"))
	require.Equal(t, "listpack", s.Encoding(&DefaultLimits), "it never goes back")
	s.Expect(&DefaultLimits, 129)
	require.Equal(t, "hashtable", s.Encoding(&DefaultLimits))
}

func TestSetSampleAndPop(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	for _, n := range []int{1, 10, 400, 999, 1000, 2000} {
		s := setOf(numbers("x", 0, 1000)...)
		want := min(n, 1000)
		sample := s.Sample(n, r)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(sample))), want)
		popped := s.Pop(n, r, &DefaultLimits)
		require.Len(t, popped, want)
		require.ElementsMatch(t, numbers("x", 0, 1000), append(popped, members(s)...))
	}
	s := setOf(numbers("", 0, 1000)...)
	s.Pop(950, r, &DefaultLimits)
	require.Equal(t, "listpack", s.Encoding(&DefaultLimits))
}

func TestSetSampleIsFair(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 14))
	for _, n := range []int{1, 5} {
		s, seen := setOf(numbers("x", 0, 10)...), map[string]int{}
		for range 10000 {
			for _, m := range s.Sample(n, r) {
				seen[m]++
			}
		}
		for _, m := range numbers("x", 0, 10) {
			require.InDelta(t, 1000*n, seen[m], 200, "%s, sample of %d", m, n)
		}
	}
}

func TestSetScan(t *testing.T) {
	for _, s := range []*Set{setOf("2", "1"), setOf("a", "b"), setOf(numbers("x", 0, 500)...)} {
		var seen []string
		cursor, steps := uint64(0), 0
		for {
			cursor = s.Scan(cursor, 10, func(m string) { seen = append(seen, m) })
			if steps++; cursor == 0 {
				break
			}
		}
		require.ElementsMatch(t, members(s), seen)
		require.Equal(t, s.encoding == setHashtable, steps > 1)
	}
}

func TestSetAlgebra(t *testing.T) {
	const seed = 15
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	for range 2000 {
		sets := make([]*Set, 1+r.IntN(4))
		for i := range sets {
			if r.IntN(10) == 0 {
				continue
			}
			sets[i] = &Set{}
			for range 1 + r.IntN(20) {
				sets[i].Add(strconv.Itoa(r.IntN(25)), &DefaultLimits)
			}
		}
		inter, union, diff := []string{}, []string{}, []string{}
		for _, m := range numbers("", 0, 25) {
			in := 0
			for _, s := range sets {
				if s != nil && s.Has([]byte(m)) {
					in++
				}
			}
			first := sets[0] != nil && sets[0].Has([]byte(m))
			if in == len(sets) {
				inter = append(inter, m)
			}
			if in > 0 {
				union = append(union, m)
			}
			if first && in == 1 {
				diff = append(diff, m)
			}
		}
		require.ElementsMatch(t, inter, members(Inter(sets, &DefaultLimits)))
		require.ElementsMatch(t, union, members(Union(sets, &DefaultLimits)))
		require.ElementsMatch(t, diff, members(Diff(sets, &DefaultLimits)))
	}
}

func TestSetAlgebraEncoding(t *testing.T) {
	words, more := setOf(append(numbers("a", 0, 200), "7", "8")...), setOf(append(numbers("b", 0, 200), "7", "8")...)
	small := setOf("x", "y")
	tests := []struct {
		name string
		got  *Set
		want string
	}{
		{"integers in common", Inter([]*Set{words, more}, &DefaultLimits), "intset"},
		{"words in common", Inter([]*Set{setOf("x", "1"), small}, &DefaultLimits), "listpack"},
		{"union", Union([]*Set{small, setOf("1")}, &DefaultLimits), "listpack"},
		{"large union", Union([]*Set{words, more}, &DefaultLimits), "hashtable"},
		{"looked up", Diff([]*Set{setOf("1", "x"), small}, &DefaultLimits), "intset"},
		{"taken away", Diff([]*Set{setOf("1", "2", "3", "4", "5", "x"), setOf("x"), setOf("x")}, &DefaultLimits), "listpack"},
		{"itself", Diff([]*Set{words, words}, &DefaultLimits), "intset"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.got.Encoding(&DefaultLimits), tt.name)
	}
}

func TestCanonicalInt(t *testing.T) {
	for _, s := range []string{"0", "-1", "9223372036854775807", "-9223372036854775808"} {
		v, ok := canonicalInt(s)
		require.True(t, ok, s)
		require.Equal(t, s, strconv.FormatInt(v, 10))
	}
	for _, s := range []string{"", "-", "-0", "00", "01", "+1", " 1", "1 ", "1_0", "9223372036854775808", "1e3", "x", "-01"} {
		_, ok := canonicalInt(s)
		require.False(t, ok, s)
	}
}
