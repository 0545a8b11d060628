package keyspace

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// diary is a listener that records what it hears.
type diary struct{ lines []string }

func (d *diary) Ready(*DB, []byte) {}

func (d *diary) Modified(_ *DB, key []byte, cause Cause) {
	d.lines = append(d.lines, "changed "+string(key)+" "+cause.String())
}

func (d *diary) Event(_ *DB, class Class, event string, key []byte) {
	if class != ClassNew && class != ClassKeyMiss {
		letter := map[Class]string{ClassHash: "h", ClassGeneric: "g"}[class]
		d.lines = append(d.lines, fmt.Sprint(event, " ", string(key), " ", letter))
	}
}

func (d *diary) take() []string {
	lines := d.lines
	d.lines = nil
	return lines
}

// newHashes makes a keyspace at time 100 whose database 0 has the hash h, with
// field a expiring at 110, b at 120 and c never.
func newHashes(t *testing.T) (*Keyspace, *DB, *diary) {
	t.Helper()
	heard := &diary{}
	ks := New(2, heard, rand.New(rand.NewPCG(1, 2)))
	ks.SetNow(100)
	db := ks.DB(0)
	h := &Hash{}
	for i, field := range []string{"a", "b", "c"} {
		h.Set([]byte(field), "1", false)
		if i < 2 {
			h.SetExpire([]byte(field), int64(110+10*i))
		}
	}
	db.Put([]byte("h"), h, false)
	db.Modified([]byte("h"))
	heard.take()
	return ks, db, heard
}

func active(ks *Keyspace) bool {
	return ks.ActiveExpire(time.Second, func() time.Duration { return 0 })
}

func hashAt(db *DB, key string) *Hash {
	h, _ := As[*Hash](db.Peek([]byte(key)))
	return h
}

func TestFieldsExpireInTheActiveCycle(t *testing.T) {
	ks, db, heard := newHashes(t)
	require.Equal(t, int64(110), ks.NextExpiry())
	require.Equal(t, 1, db.FieldExpires())
	require.True(t, active(ks))
	require.Empty(t, heard.take())

	ks.SetNow(110)
	require.True(t, active(ks))
	require.Equal(t, []string{"hexpired h h", "changed h expired"}, heard.take())
	require.Equal(t, 2, hashAt(db, "h").Len())
	require.Equal(t, int64(120), ks.NextExpiry())

	hashAt(db, "h").Delete([]byte("c"))
	db.Modified([]byte("h"))
	heard.take()
	ks.SetNow(500)
	require.True(t, active(ks))
	require.Equal(t, []string{"hexpired h h", "del h g", "changed h expired"}, heard.take())
	require.Nil(t, db.Peek([]byte("h")))
	require.Equal(t, int64(2), ks.Stats.ExpiredFields)
	require.Zero(t, ks.NextExpiry())
	require.Zero(t, db.FieldExpires())
	require.Zero(t, ks.Used())
}

func TestFieldsExpireWhenRead(t *testing.T) {
	ks, db, heard := newHashes(t)
	h := hashAt(db, "h")
	ks.SetNow(115)
	require.Equal(t, 3, h.Len())
	value, ok := db.Field([]byte("h"), h, []byte("c"))
	require.Equal(t, "1", value)
	require.True(t, ok)
	require.Empty(t, heard.take())

	_, ok = db.Field([]byte("h"), h, []byte("a"))
	require.False(t, ok)
	require.Equal(t, []string{"hexpired h h", "changed h expired"}, heard.take())
	require.Equal(t, 2, h.Len())

	ks.SetNow(120)
	_, ok, gone := db.TakeField(h, []byte("b"))
	require.False(t, ok)
	require.True(t, gone)
	require.Empty(t, heard.take(), "the caller reports")
}

func TestFieldsWaitWhileExpiryIsHeld(t *testing.T) {
	ks, db, heard := newHashes(t)
	ks.HoldExpiry = true
	ks.SetNow(500)
	h := hashAt(db, "h")
	_, ok := db.Field([]byte("h"), h, []byte("a"))
	require.False(t, ok)
	db.ExpireFields([]byte("h"), h)
	require.Equal(t, 3, h.Len())
	require.Empty(t, heard.take())

	ks.HoldExpiry = false
	db.ExpireFields([]byte("h"), h)
	require.Equal(t, 1, h.Len())
	require.Equal(t, []string{"hexpired h h", "changed h expired"}, heard.take())
}

func TestManyFieldsExpireInSteps(t *testing.T) {
	ks, db, heard := newHashes(t)
	h := &Hash{}
	for i := range fieldsAtOnce + 1 {
		field := []byte(strconv.Itoa(i))
		h.Set(field, "", false)
		h.SetExpire(field, 101)
	}
	db.Put([]byte("h"), h, false)
	db.Modified([]byte("h"))
	heard.take()
	ks.SetNow(101)
	require.False(t, ks.ActiveExpire(time.Millisecond, func() time.Duration { return time.Second }))
	require.Equal(t, 1, h.Len())
	require.Equal(t, int64(1), ks.Stats.ActiveExpireTimeCapHits)
	require.True(t, active(ks))
	require.Nil(t, db.Peek([]byte("h")))
}

// TestAlarmsFollowTheirHashes does to hashes what commands do, and checks that each
// database still knows which of them have deadlines and which is next.
func TestAlarmsFollowTheirHashes(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	ks := New(2, &diary{}, r)
	ks.SetNow(1)
	for step := range 5000 {
		db, other := ks.DB(r.IntN(2)), ks.DB(r.IntN(2))
		key, to := []byte(strconv.Itoa(r.IntN(6))), []byte(strconv.Itoa(r.IntN(6)))
		changeSomething(r, ks, db, other, key, to)
		for _, db := range ks.DBs() {
			checkAlarms(t, db, step)
		}
	}
}

func changeSomething(r *rand.Rand, ks *Keyspace, db, other *DB, key, to []byte) {
	field := []byte(strconv.Itoa(r.IntN(3)))
	e := db.Peek(key)
	h, _ := As[*Hash](e)
	switch r.IntN(12) {
	case 0, 1, 2, 3:
		if h == nil {
			h = &Hash{}
			db.Put(key, h, r.IntN(2) == 0)
		}
		h.Set(field, "1", r.IntN(2) == 0)
		h.SetExpire(field, ks.Now()+int64(r.IntN(50)+1))
		db.Modified(key)
	case 4:
		if h != nil && h.Delete(field) {
			if h.Empty() {
				db.Delete(key)
			}
			db.Modified(key)
		}
	case 5:
		if h != nil && h.Persist(field) {
			db.Modified(key)
		}
	case 6: // RENAME, MOVE
		if e != nil && (db != other || string(key) != string(to)) {
			v, str := e.Value(), e.Str()
			db.Delete(key)
			if v != nil {
				other.Put(to, v, false)
			} else {
				other.PutStr(to, str, false)
			}
			db.Modified(key)
			other.Modified(to)
		}
	case 7: // COPY
		if h != nil {
			other.Put(to, h.Clone(), false)
			other.Modified(to)
		}
	case 8: // SET, in place
		if e != nil {
			e.SetStr([]byte("s"), false)
			db.Modified(key)
		} else {
			db.PutStr(key, []byte("s"), false)
			db.Modified(key)
		}
	case 9:
		db.PutStr(key, []byte("s"), false)
		db.Modified(key)
	case 10:
		ks.Swap(ks.DB(0), ks.DB(1))
		if r.IntN(20) == 0 {
			db.Flush()
		}
	case 11:
		ks.SetNow(ks.Now() + int64(r.IntN(5)))
		if r.IntN(2) == 0 {
			active(ks)
		} else if h != nil {
			db.Field(key, h, field)
		}
	}
}

func checkAlarms(t *testing.T, db *DB, step int) {
	t.Helper()
	n, next := 0, int64(0)
	for e := range entries(db) {
		h, ok := e.Value().(*Hash)
		if !ok || h.NextExpiry() == 0 {
			require.False(t, e.alarmed, "step %d", step)
			continue
		}
		n++
		if next == 0 || h.NextExpiry() < next {
			next = h.NextExpiry()
		}
	}
	require.Equal(t, n, db.FieldExpires(), "step %d", step)
	if first, ok := db.alarms.first(); ok {
		require.Equal(t, next, first.at, "step %d", step)
		require.Same(t, first, db.alarmOf[first.entry], "step %d", step)
	}
}

func entries(db *DB) func(yield func(*Entry) bool) {
	return func(yield func(*Entry) bool) { db.Each(yield) }
}
