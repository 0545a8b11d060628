package keyspace

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// newCache makes a keyspace with the keys 0 to 9. Key n was last used at minute
// 10+n; the higher n, the more often it is used. The even ones expire, the higher
// ones sooner.
func newCache(t *testing.T) (*Keyspace, *DB, *diary) {
	t.Helper()
	heard := &diary{}
	ks := New(1, heard, rand.New(rand.NewPCG(4, 4)))
	ks.LFU.DecayTime = 0
	db := ks.DB(0)
	for n := range 10 {
		ks.SetNow(int64(10+n) * 60000)
		key := []byte(strconv.Itoa(n))
		e := db.PutStr(key, []byte("value"), false)
		ks.SetAccess(e, 0, 20*n)
		if n%2 == 0 {
			db.SetExpire(e, int64(1e9-n))
		}
		db.Modified(key)
	}
	heard.take()
	return ks, db, heard
}

// many is a sample so large that it is almost certain to contain every key.
const many = 1000

func TestEvictionByPolicy(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		order  string // of the first five keys to go
	}{
		{AllKeysLRU, "01234"},
		{AllKeysLFU, "01234"},
		{VolatileLRU, "02468"},
		{VolatileLFU, "02468"},
		{VolatileTTL, "86420"},
	} {
		ks, db, heard := newCache(t)
		for i := range c.order {
			key := c.order[i : i+1]
			require.True(t, ks.EvictOne(c.policy, many))
			require.Equal(t, []string{"changed " + key + " evicted", "evicted " + key + " "}, heard.take(), PolicyNames[c.policy])
			require.False(t, db.Has([]byte(key)))
		}
		require.Equal(t, int64(5), ks.Stats.Evicted)
		if c.policy.Volatile() {
			require.False(t, ks.EvictOne(c.policy, many), "what is left does not expire")
			require.Equal(t, 5, db.Len())
		}
	}
}

func TestEvictionAtRandom(t *testing.T) {
	ks, db, _ := newCache(t)
	for range 5 {
		require.True(t, ks.EvictOne(VolatileRandom, 5))
	}
	require.False(t, ks.EvictOne(VolatileRandom, 5))
	for n := range 10 {
		require.Equal(t, n%2 == 1, db.Has([]byte(strconv.Itoa(n))))
	}
	for range 5 {
		require.True(t, ks.EvictOne(AllKeysRandom, 5))
	}
	require.Zero(t, db.Len())
	require.False(t, ks.EvictOne(AllKeysRandom, 5))
}

func TestNoEviction(t *testing.T) {
	ks, db, heard := newCache(t)
	require.False(t, ks.EvictOne(NoEviction, many))
	require.Equal(t, 10, db.Len())
	require.Empty(t, heard.take())
}

func TestEvictionFreesMemory(t *testing.T) {
	ks, _, _ := newCache(t)
	for ks.EvictOne(AllKeysLRU, 5) {
	}
	require.Zero(t, ks.Used())
}

func TestPolicyNames(t *testing.T) {
	for p, name := range PolicyNames {
		require.Equal(t, len(name) > 8 && name[:8] == "volatile", Policy(p).Volatile(), name)
		require.Equal(t, name[len(name)-3:] == "lru", Policy(p).IsLRU(), name)
		require.Equal(t, name[len(name)-3:] == "lfu", Policy(p).IsLFU(), name)
	}
}

func TestAccess(t *testing.T) {
	ks, db, _ := newCache(t)
	ks.LFU.DecayTime = 1
	e := db.Peek([]byte("3"))
	require.Equal(t, int64(6*60000), ks.Idle(e))
	require.Equal(t, 60-6, ks.Freq(e), "one less a minute")
	ks.NoTouch = true
	db.LookupRead([]byte("3"))
	require.Equal(t, int64(6*60000), ks.Idle(e))
	ks.NoTouch = false
	db.LookupRead([]byte("3"))
	require.Zero(t, ks.Idle(e))
	ks.SetNow(ks.Now() + 1000*60000)
	require.Zero(t, ks.Freq(e), "not below zero")
	for range 100000 {
		ks.Touch(e)
	}
	require.Greater(t, ks.Freq(e), 80)
	require.Less(t, ks.Freq(e), 256)
}
