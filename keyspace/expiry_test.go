package keyspace

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newKeys makes a keyspace at time 100 whose database 0 has the strings a,
// expiring at 110, b, expiring at 120, and c.
func newKeys(t *testing.T) (*Keyspace, *DB, *diary) {
	t.Helper()
	heard := &diary{}
	ks := New(2, heard, rand.New(rand.NewPCG(1, 2)))
	ks.SetNow(100)
	db := ks.DB(0)
	for i, key := range []string{"a", "b", "c"} {
		e := db.PutStr([]byte(key), []byte("value"), false)
		if i < 2 {
			db.SetExpire(e, int64(110+10*i))
		}
		db.Modified([]byte(key))
	}
	heard.take()
	return ks, db, heard
}

// gone is what the listener hears of a key that has expired.
func gone(keys ...string) []string {
	var lines []string
	for _, key := range keys {
		lines = append(lines, "changed "+key+" expired", "expired "+key+" ")
	}
	return lines
}

func TestKeysExpireWhenRead(t *testing.T) {
	ks, db, heard := newKeys(t)
	for _, look := range []func([]byte) *Entry{db.LookupRead, db.LookupWrite, db.Peek} {
		require.NotNil(t, look([]byte("a")))
	}
	ks.SetNow(110)
	require.Equal(t, 3, db.Len(), "nobody has looked yet")
	require.True(t, db.Stale([]byte("a")))
	require.Empty(t, heard.take())
	require.Nil(t, db.LookupRead([]byte("a")))
	require.Equal(t, gone("a"), heard.take())
	require.Equal(t, 2, db.Len())
	require.Equal(t, Stats{Hits: 1, Misses: 1, Expired: 1}, ks.Stats)
	require.Equal(t, 1, db.Expires())
	ks.SetNow(120)
	require.Nil(t, db.LookupWrite([]byte("b")))
	require.Equal(t, gone("b"), heard.take())
	require.NotNil(t, db.Peek([]byte("c")))
	require.Zero(t, db.Expires())
}

func all([]byte) bool { return true }

func TestKeysExpireInScanAndRandom(t *testing.T) {
	ks, db, heard := newKeys(t)
	ks.SetNow(115)
	var seen []string
	db.Each(func(e *Entry) bool { seen = append(seen, e.Name()); return true })
	require.Equal(t, []string{"b", "c"}, seen)
	require.Empty(t, heard.take(), "Each changes nothing")
	seen = nil
	require.Zero(t, db.Scan(0, 10, all, func(e *Entry) { seen = append(seen, e.Name()) }))
	require.ElementsMatch(t, []string{"b", "c"}, seen)
	require.Equal(t, gone("a"), heard.take())
	ks.SetNow(130)
	require.Equal(t, "c", db.Random(ks.Rand).Name())
	db.Delete([]byte("c"))
	require.Nil(t, db.Random(ks.Rand))
	require.Equal(t, gone("b"), heard.take())
}

func TestKeysWaitWhileExpiryIsHeld(t *testing.T) {
	ks, db, heard := newKeys(t)
	ks.HoldExpiry = true
	ks.SetNow(200)
	require.Nil(t, db.LookupRead([]byte("a")))
	db.Scan(0, 10, all, func(e *Entry) { require.Equal(t, "c", e.Name()) })
	require.Empty(t, heard.take())
	require.Equal(t, 3, db.Len())
	ks.HoldExpiry = false
	require.Nil(t, db.LookupRead([]byte("a")))
	require.Equal(t, gone("a"), heard.take())
}

func TestActiveExpire(t *testing.T) {
	ks, db, heard := newKeys(t)
	other := ks.DB(1)
	other.SetExpire(other.PutStr([]byte("x"), nil, false), 105)
	require.Equal(t, int64(105), ks.NextExpiry())
	ks.SetNow(120)
	require.True(t, active(ks))
	require.Equal(t, gone("a", "b", "x"), heard.take(), "earliest first in each database")
	require.Equal(t, 1, db.Len())
	require.Zero(t, ks.NextExpiry())
	require.True(t, active(ks))
	require.Empty(t, heard.take())
}

func TestActiveExpireBudget(t *testing.T) {
	ks, db, _ := newKeys(t)
	const n = 100
	for i := range n {
		db.SetExpire(db.PutStr([]byte(strconv.Itoa(i)), nil, false), int64(105+i%7))
	}
	ks.SetNow(112)
	late := func() time.Duration { return time.Hour }
	require.False(t, ks.ActiveExpire(time.Millisecond, late))
	require.Equal(t, int64(expireCheckEvery), ks.Stats.Expired, "it looks at the clock in between")
	require.Equal(t, int64(1), ks.Stats.ActiveExpireTimeCapHits)
	for !ks.ActiveExpire(time.Millisecond, late) {
	}
	require.Equal(t, int64(n+1), ks.Stats.Expired, "a has expired too")
	require.Equal(t, 2, db.Len())
}

func TestTimeToLiveFollowsTheKey(t *testing.T) {
	ks, db, heard := newKeys(t)
	a := []byte("a")
	require.True(t, db.Persist(db.Peek(a)))
	require.False(t, db.Persist(db.Peek(a)))
	require.Equal(t, 1, db.Expires())
	db.SetExpire(db.Peek(a), 300)
	db.SetExpire(db.Peek(a), 400)
	require.Equal(t, int64(400), db.PutStr(a, nil, true).ExpireAt(), "kept")
	require.Zero(t, db.PutStr(a, nil, false).ExpireAt(), "dropped")

	e := db.Peek([]byte("b"))
	db.MoveTo(e, ks.DB(1), []byte("moved"))
	require.Nil(t, db.Peek([]byte("b")))
	require.Equal(t, int64(120), ks.DB(1).Peek([]byte("moved")).ExpireAt())
	ks.DB(1).CopyTo(ks.DB(1).Peek([]byte("moved")), db, []byte("copied"))
	heard.take()
	ks.SetNow(120)
	require.True(t, active(ks))
	require.Equal(t, gone("copied", "moved"), heard.take())
}

func TestCopyIsDeep(t *testing.T) {
	ks, db, _ := newKeys(t)
	db.PutStr([]byte("s"), []byte("one"), false).SetStr([]byte("one"), true)
	db.CopyTo(db.Peek([]byte("s")), ks.DB(1), []byte("s"))
	db.Peek([]byte("s")).Str()[0] = 'X'
	c := ks.DB(1).Peek([]byte("s"))
	require.Equal(t, "one", string(c.Str()))
	require.Equal(t, "raw", c.Encoding(&ks.Limits))

	l := fill("a b c")
	db.Put([]byte("l"), l, false)
	db.CopyTo(db.Peek([]byte("l")), db, []byte("l2"))
	l.PopBack()
	require.Equal(t, 3, db.Peek([]byte("l2")).Value().(*List).Len())
}

// The memory accounted as used is the sum over all keys, whatever happened.
func TestMemoryIsAccounted(t *testing.T) {
	const seed = 21
	r := rand.New(rand.NewPCG(seed, 0))
	ks := New(2, &diary{}, r)
	for step := range 5000 {
		ks.SetNow(int64(step + 1))
		db := ks.DB(r.IntN(2))
		key := []byte(strconv.Itoa(r.IntN(30)))
		switch e := db.Peek(key); {
		case r.IntN(500) == 0:
			db.Flush()
		case r.IntN(100) == 0:
			ks.Swap(ks.DB(0), ks.DB(1))
		case e == nil:
			db.PutStr(key, make([]byte, r.IntN(100)), false)
			db.Modified(key)
		case r.IntN(3) == 0:
			db.SetExpire(e, int64(step+1+r.IntN(100)))
			db.Modified(key)
		case r.IntN(3) == 0:
			to := []byte(fmt.Sprint("to", r.IntN(30)))
			db.Delete(to)
			db.MoveTo(e, db, to)
			db.Modified(key)
			db.Modified(to)
		case r.IntN(3) == 0:
			db.Delete(key)
			db.Modified(key)
		default:
			active(ks)
		}
		var sum int64
		for _, db := range ks.DBs() {
			for e := range db.keys.slots.all() {
				sum += e.MemSize()
			}
		}
		require.Equal(t, sum, ks.Used(), "seed %d step %d", seed, step)
	}
}
