package keyspace

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"slices"
	"unsafe"
)

// Hash is the value of type hash: fields with string values. Each field may have a
// time to live of its own.
//
// A field whose time is up stays in place until somebody removes it. So the methods
// that show fields take the time and skip expired fields, while Len, Set, Delete
// and the methods on deadlines work on everything that is there, as in Redis.
// hash_expiry.go says who removes expired fields and who is told.
//
// The zero Hash is empty and ready.
type Hash struct {
	fields Dict[hashField]
	lives  deadlines[*fieldLife]
	turns  uint64 // deadlines set so far, to order equal ones
	bytes  int64  // of all names and values

	form hashForm
	// What Encoding has not seen yet: whether there was a Set at all, and the
	// longest name or value set.
	grown   bool
	longest uint32
}

type hashField struct {
	value string
	life  *fieldLife // nil for a field that does not expire
}

// fieldLife is the deadline of a field.
type fieldLife struct {
	field string
	at    int64 // Unix time in ms
	turn  uint64
	pos   int
}

func (l *fieldLife) deadline() int64 { return l.at }
func (l *fieldLife) place() int      { return l.pos }
func (l *fieldLife) setPlace(i int)  { l.pos = i }

// hashForm is the form that Redis would keep the hash in. Clients can see it in the
// name of the encoding, in the order of fields, and in that HSCAN returns a small
// hash in one step.
type hashForm uint8

const (
	hashListpack   hashForm = iota
	hashListpackEx          // fields with a deadline come first, the earliest in front
	hashTable
)

var hashFormNames = [...]string{"listpack", "listpackex", "hashtable"}

// What a hash takes besides its fields, what the allocator adds to a value, and what a
// deadline takes, with its place in the heap.
const (
	hashOverhead  = int64(unsafe.Sizeof(Hash{}))
	valueRounding = 4
	lifeOverhead  = 58
)

// Type returns TypeHash.
func (h *Hash) Type() Type { return TypeHash }

// Encoding returns "listpack", or "listpackex" once a command has dealt with
// deadlines, or "hashtable", which is final, once a limit was passed.
func (h *Hash) Encoding(l *Limits) string {
	if h.grown && h.form != hashTable &&
		(int64(h.Len()) > l.HashListpackEntries || int64(h.longest) > l.HashListpackValue) {
		h.form = hashTable
	}
	h.grown, h.longest = false, 0
	return hashFormNames[h.form]
}

// MemSize estimates the bytes of the hash.
func (h *Hash) MemSize() int64 {
	return hashOverhead + h.fields.memory() + h.bytes + int64(h.Len())*valueRounding + int64(len(h.lives))*lifeOverhead
}

// Empty reports whether no field is left.
func (h *Hash) Empty() bool { return h.Len() == 0 }

// Clone copies the hash with its deadlines.
func (h *Hash) Clone() Value {
	c := &Hash{turns: h.turns, bytes: h.bytes, form: h.form, grown: h.grown, longest: h.longest}
	c.lives = make(deadlines[*fieldLife], len(h.lives))
	for i, l := range h.lives {
		life := *l
		c.lives[i] = &life // the same place in the heap
	}
	for name, f := range h.fields.All() {
		if f.life != nil {
			f.life = c.lives[f.life.pos]
		}
		c.fields.Put(name, f)
	}
	return c
}

// Len returns the number of fields, including those that have expired but have not
// been removed yet (HLEN counts them too).
func (h *Hash) Len() int { return h.fields.Len() }

// Live returns the number of fields that have not expired.
func (h *Hash) Live(now int64) int {
	n := h.Len()
	if at := h.NextExpiry(); at == 0 || at > now {
		return n
	}
	for _, l := range h.lives {
		if l.at <= now {
			n--
		}
	}
	return n
}

// Get returns the value of a field and when it expires (Unix time in
// milliseconds, 0 for never), and whether it is there at all.
func (h *Hash) Get(field []byte) (value string, expireAt int64, ok bool) {
	f, ok := h.fields.Get(field)
	if f.life != nil {
		expireAt = f.life.at
	}
	return f.value, expireAt, ok
}

// Set sets the value of a field and reports whether the field is new. The deadline
// is dropped unless keepTTL is set. The bytes are copied.
func (h *Hash) Set(field []byte, value string, keepTTL bool) bool {
	h.grown, h.longest = true, max(h.longest, uint32(len(field)), uint32(len(value)))
	if f := h.fields.Ref(field); f != nil {
		h.bytes += int64(len(value) - len(f.value))
		f.value = value
		if !keepTTL {
			h.Persist(field)
		}
		return false
	}
	h.bytes += int64(len(field) + len(value))
	return h.fields.Put(string(field), hashField{value: value})
}

// Delete removes a field and reports whether it was there.
func (h *Hash) Delete(field []byte) bool {
	f, ok := h.fields.Get(field)
	if !ok {
		return false
	}
	if f.life != nil {
		h.lives.remove(f.life)
	}
	h.bytes -= int64(len(field) + len(f.value))
	return h.fields.Delete(field)
}

// AllowTTL says that a command is about to set or remove deadlines. Redis makes
// room for deadlines then, whether or not a field gets one in the end.
func (h *Hash) AllowTTL() {
	if h.form == hashListpack {
		h.form = hashListpackEx
	}
}

// SetExpire gives an existing field a deadline: at is Unix time in milliseconds and
// must not be 0.
func (h *Hash) SetExpire(field []byte, at int64) {
	h.AllowTTL()
	h.turns++
	s := h.fields.slot(field)
	f := &s.value
	if f.life == nil {
		f.life = &fieldLife{field: s.key, at: at, turn: h.turns}
		h.lives.add(f.life)
		return
	}
	f.life.at, f.life.turn = at, h.turns
	h.lives.fix(f.life)
}

// Persist removes the deadline of a field and reports whether it had one.
func (h *Hash) Persist(field []byte) bool {
	f := h.fields.Ref(field)
	if f == nil || f.life == nil {
		return false
	}
	name, value := f.life.field, f.value
	h.lives.remove(f.life)
	f.life = nil
	if h.form == hashListpackEx {
		// The field becomes the last of those without a deadline. (In a table
		// nothing may move up: a scan that has passed that place would miss it.)
		h.fields.Delete(field)
		h.fields.Put(name, hashField{value: value})
	}
	return true
}

// NextExpiry returns the earliest deadline of a field, 0 if none has one.
func (h *Hash) NextExpiry() int64 {
	if l, ok := h.lives.first(); ok {
		return l.at
	}
	return 0
}

// expireNext removes the field with the earliest deadline if that deadline has
// passed by now, and reports whether it did.
func (h *Hash) expireNext(now int64) bool {
	l, ok := h.lives.first()
	return ok && l.at <= now && h.Delete(bytesOf(l.field))
}

func (f *hashField) expired(now int64) bool { return f.life != nil && f.life.at <= now }

// All yields the fields that have not expired, with their values; while the hash is
// small, in the same order as Redis. The Hash must not change during the walk.
func (h *Hash) All(now int64) iter.Seq2[string, string] {
	return func(yield func(field, value string) bool) {
		first := h.form == hashListpackEx && len(h.lives) > 0
		if first && !h.yieldByDeadline(now, yield) {
			return
		}
		for name, f := range h.fields.All() {
			if first && f.life != nil || f.expired(now) {
				continue
			}
			if !yield(name, f.value) {
				return
			}
		}
	}
}

// yieldByDeadline yields the fields with a deadline, earliest first; of those with
// the same deadline, the one that got it last comes first. It returns false if
// yield did.
func (h *Hash) yieldByDeadline(now int64, yield func(field, value string) bool) bool {
	sorted := slices.SortedFunc(slices.Values(h.lives), func(a, b *fieldLife) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.turn, a.turn))
	})
	for _, l := range sorted {
		if l.at <= now {
			continue
		}
		if f := h.fields.Ref(bytesOf(l.field)); !yield(l.field, f.value) {
			return false
		}
	}
	return true
}

// Scan visits about count fields that have not expired; see [Dict.Scan]. A small
// hash is visited as a whole.
func (h *Hash) Scan(cursor uint64, count int, now int64, visit func(field, value string)) uint64 {
	if h.form == hashTable {
		return h.fields.Scan(cursor, count, func(name string, f hashField) {
			if !f.expired(now) {
				visit(name, f.value)
			}
		})
	}
	for field, value := range h.All(now) {
		visit(field, value)
	}
	return 0
}

// Random returns a random field that has not expired; ok is false if none was
// found. It tries randomTries times: expired fields are in the way only when they
// may not be removed.
func (h *Hash) Random(r *rand.Rand, now int64) (field, value string, ok bool) {
	for range randomTries {
		if h.Empty() {
			break
		}
		if name, f := h.fields.Random(r); !f.expired(now) {
			return name, f.value, true
		}
	}
	return "", "", false
}
