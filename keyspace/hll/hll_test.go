package hll

import (
	"crypto/sha1"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

const limit = 3000

func add(t testing.TB, s *Sketch, limit int64, elements ...string) (changed bool) {
	for _, e := range elements {
		c, err := s.Add([]byte(e), limit)
		require.NoError(t, err)
		changed = changed || c
	}
	return changed
}

func TestNew(t *testing.T) {
	s := New()
	require.Equal(t, "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff", string(s))
	n, ok := s.Cached()
	require.True(t, ok)
	require.Zero(t, n)
}

// What Redis 8.0.2 made of the numbers from 0 on, as text, and of PFCOUNT after each line.
func TestBytesAreRedis(t *testing.T) {
	s, next := New(), 0
	for _, want := range []struct {
		elements int
		count    uint64
		dense    bool
		sha1     string
	}{
		{1, 1, false, "7f3f06b6f9e93dc7c695e22d0d28c9eb505d1d3a"},
		{10, 10, false, "c52b437994b58f7ceafcac4e964963979aaec487"},
		{100, 100, false, "bd7a67f7bb0d666dfbc43a5e6be0eece01238c3d"},
		{1000, 1001, false, "056844b23674733cdc7948ceec9b35608aef10d1"},
		{2000, 2007, true, "3bed5e7faba5c63c291c36f35c4ab7526bf181a5"},
		{10000, 9987, true, "0100d7c90cd0c4a8d2b778575b7ee39ebc0cd7e0"},
		{100000, 99565, true, "34aa9fd8ef04422ffc0020bcca95202aa1f3757a"},
	} {
		for ; next < want.elements; next++ {
			add(t, &s, limit, strconv.Itoa(next))
		}
		s.Outdate()
		_, ok := s.Cached()
		require.False(t, ok)
		n, err := s.Count()
		require.NoError(t, err)
		require.Equal(t, want.count, n, want.elements)
		s.Cache(n)
		require.Equal(t, want.dense, s.Dense(), want.elements)
		sum := sha1.Sum(s)
		require.Equal(t, want.sha1, hex.EncodeToString(sum[:]), want.elements)
	}
}

// Random elements in sketches of all sizes, beside an array of registers. A sketch that is
// dense from the start agrees with the others.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, limit := range []int64{0, 100, 3000, 20000} {
		var model Registers
		sparse, always := New(), New()
		require.NoError(t, always.ToDense())
		for range 5000 {
			element := strconv.Itoa(r.IntN(1 << r.IntN(20)))
			index, rank := place([]byte(element))
			higher := rank > model[index]
			model[index] = max(model[index], rank)
			require.Equal(t, higher, add(t, &sparse, limit, element))
			require.Equal(t, higher, add(t, &always, limit, element))
			require.True(t, sparse.Dense() || int64(len(sparse)) <= max(limit, headerSize+2))
		}
		for _, s := range []Sketch{sparse, always} {
			got, err := s.Registers()
			require.NoError(t, err)
			require.Equal(t, model, *got)
			n, err := s.Count()
			require.NoError(t, err)
			require.Equal(t, model.Count(), n)
		}
		filled := New()
		filled.Fill(&model, limit)
		got, err := filled.Registers()
		require.NoError(t, err)
		require.Equal(t, model, *got)
	}
}

func TestUnion(t *testing.T) {
	a, b, both := New(), New(), New()
	for i := range 3000 {
		element := strconv.Itoa(i)
		add(t, &both, limit, element)
		if i%2 == 0 {
			add(t, &a, limit, element)
		} else {
			add(t, &b, 0, element)
		}
	}
	var r Registers
	require.NoError(t, r.Merge(a))
	require.NoError(t, r.Merge(b))
	n, err := both.Count()
	require.NoError(t, err)
	require.Equal(t, n, r.Count())
	sparse := New()
	sparse.Fill(&r, limit)
	require.Equal(t, string(both[headerSize:]), string(sparse[headerSize:]), "it becomes dense on the way")
	require.NoError(t, a.ToDense())
	a.Fill(&r, limit)
	require.Equal(t, string(both[headerSize:]), string(a[headerSize:]))
}

func TestOf(t *testing.T) {
	for text, ok := range map[string]bool{
		"":                                    false,
		"HYLL":                                false,
		"HYLL\x01\x00\x00\x0012345678":        true,
		"HYLL\x01\x00\x00\x0012345678\xff":    true,
		"hyll\x01\x00\x00\x0012345678\xff":    false,
		"HYLL\x02\x00\x00\x0012345678\xff":    false,
		"HYLL\x00\x00\x00\x0012345678":        false,
		"HYLL\x00\x00\x00\x00" + zeros(12296): true,
		"HYLL\x00\x00\x00\x00" + zeros(12297): false,
	} {
		_, err := Of([]byte(text))
		if ok {
			require.NoError(t, err, "%.20q", text)
		} else {
			require.Equal(t, ErrInvalid, err, "%.20q", text)
		}
	}
}

func zeros(n int) string { return string(make([]byte, n)) }

// Runs that do not add up are refused by everything that looks at all of them.
func TestCorrupt(t *testing.T) {
	for _, runs := range []string{"", "\x00", "\x7f\xfe", "\x7f\xff\x00", "\x7f\xff\x80", "\x40", "\x7f"} {
		s := Sketch("HYLL\x01\x00\x00\x0012345678" + runs)
		before := string(s)
		_, err := s.Count()
		require.Equal(t, ErrCorrupt, err, "%q", runs)
		_, err = s.Registers()
		require.Equal(t, ErrCorrupt, err, "%q", runs)
		require.Equal(t, ErrCorrupt, s.ToDense(), "%q", runs)
		require.Equal(t, before, string(s))
	}
	s := Sketch("HYLL\x01\x00\x00\x0012345678\x00")
	_, err := s.Add([]byte("an element of no register that is there"), limit)
	require.Equal(t, ErrCorrupt, err)
}

// Neighbours of the same rank become one run of up to four, and a run comes apart where one
// of its registers goes up.
func TestRuns(t *testing.T) {
	s := New()
	raise := func(index int, rank uint8) string {
		changed, err := s.raise(index, rank, limit)
		require.NoError(t, err)
		require.True(t, changed)
		return string(s.AppendRuns(nil))
	}
	require.Equal(t, "Z:16384", string(s.AppendRuns(nil)))
	require.Equal(t, "Z:100 v:2,1 Z:16283", raise(100, 2))
	require.Equal(t, "Z:100 v:2,2 Z:16282", raise(101, 2))
	require.Equal(t, "Z:100 v:2,2 z:1 v:2,1 Z:16280", raise(103, 2))
	require.Equal(t, "Z:100 v:2,4 Z:16280", raise(102, 2))
	require.Equal(t, "Z:100 v:2,4 v:2,1 Z:16279", raise(104, 2))
	require.Equal(t, "Z:100 v:2,1 v:7,1 v:2,3 Z:16279", raise(101, 7))
	require.Equal(t, "v:1,1 Z:99 v:2,1 v:7,1 v:2,3 Z:16279", raise(0, 1))
	require.Equal(t, "v:1,1 Z:99 v:2,1 v:7,1 v:2,3 Z:16278 v:32,1", raise(16383, 32))
	raise(16383, 33)
	require.True(t, s.Dense(), "the sparse encoding has no such rank")
	require.Equal(t, uint8(33), s.dense().get(16383))
	require.Equal(t, uint8(7), s.dense().get(101))
}

func TestSelfTest(t *testing.T) {
	require.NoError(t, SelfTest(rand.New(rand.NewPCG(1, 2)), limit))
}

// No bytes lead out of bounds, and a sketch that is valid stays so.
func FuzzSketch(f *testing.F) {
	f.Add([]byte(New()), "element", 3000)
	f.Add([]byte("HYLL\x01\x00\x00\x0012345678\x7f"), "element", 10)
	f.Fuzz(func(t *testing.T, b []byte, element string, limit int) {
		s, err := Of(b)
		if err != nil {
			return
		}
		_, broken := s.Count()
		s.AppendRuns(nil)
		for i := range 50 {
			if _, err := s.Add([]byte(element+strconv.Itoa(i)), int64(limit)); err != nil {
				require.Error(t, broken)
			}
			_, err := Of(s)
			require.NoError(t, err)
		}
		if broken == nil {
			_, err := s.Count()
			require.NoError(t, err)
		}
		s.Registers()
		s.ToDense()
	})
}

func BenchmarkAdd(b *testing.B) {
	for _, elements := range []int{10, 1000, 100_000} {
		s := New()
		for i := range elements {
			add(b, &s, limit, strconv.Itoa(i))
		}
		b.Run(strconv.Itoa(elements), func(b *testing.B) {
			for i := range b.N {
				s.Add(strconv.AppendInt(nil, int64(i%elements), 10), limit)
			}
		})
	}
}

func BenchmarkCount(b *testing.B) {
	for _, elements := range []int{10, 1000, 100_000} {
		s := New()
		for i := range elements {
			add(b, &s, limit, strconv.Itoa(i))
		}
		b.Run(strconv.Itoa(elements), func(b *testing.B) {
			for range b.N {
				s.Count()
			}
		})
	}
}

func BenchmarkUnion(b *testing.B) {
	for _, elements := range []int{100, 1000, 100_000} {
		s := New()
		for i := range elements {
			add(b, &s, limit, strconv.Itoa(i))
		}
		b.Run(strconv.Itoa(elements), func(b *testing.B) {
			for range b.N {
				var r Registers
				r.Merge(s)
				r.Merge(s)
				r.Count()
			}
		})
	}
}
