package keyspace

import (
	"strconv"
	"unsafe"
)

// Type is the type of a value, as the TYPE command names it.
type Type uint8

// The types of values.
const (
	TypeNone Type = iota
	TypeString
	TypeList
	TypeSet
	TypeZSet
	TypeHash
	TypeStream
)

var typeNames = [...]string{"none", "string", "list", "set", "zset", "hash", "stream"}

// String returns the name that the TYPE command replies.
func (t Type) String() string { return typeNames[t] }

// Value is the value of a key of any type but string. Each type has its own file:
// hash.go, list.go, set.go, stream.go, zset.go.
type Value interface {
	Type() Type
	// Encoding returns the name that OBJECT ENCODING replies. It is called after
	// each change, so a value may note in it that it has outgrown a limit: Redis
	// never goes back to a compact encoding.
	Encoding(*Limits) string
	// MemSize estimates its size in bytes. It must cost no more than a few
	// additions.
	MemSize() int64
	// Empty reports whether nothing is left in it, so that the key must be removed.
	Empty() bool
	// Clone returns a deep copy (COPY).
	Clone() Value
}

// Entry is a key with its value, held by a [DB].
type Entry struct {
	key string
	str []byte // the value of a string
	obj Value  // the value of any other type, nil for a string

	expireAt int64  // Unix time in ms, 0 for never
	size     int64  // the bytes it is accounted for
	slot     uint32 // place in DB.keys
	heapPos  int32  // place in DB.expires while expireAt is not 0
	raw      bool   // a string that was built by appending: its encoding is "raw"
	text     bool   // a string that is not "int" though it looks like one
	alarmed  bool   // it has an alarm, see hash_expiry.go

	// Used by eviction and by OBJECT IDLETIME and FREQ.
	freq     uint8
	counted  sizePlace
	freqMin  uint16 // minutes, when freq last decayed
	accessed int64  // Unix time in ms
}

// Entries with room behind them for the key and a short string: one piece of memory
// instead of three, so that a GET touches memory once. Their sizes fill a size
// class of Go's allocator.
type (
	entryWith16 struct {
		Entry
		room [16]byte
	}
	entryWith32 struct {
		Entry
		room [32]byte
	}
	entryWith48 struct {
		Entry
		room [48]byte
	}
	entryWith96 struct {
		Entry
		room [96]byte
	}
)

// newEntry makes an entry from copies of a key and a string.
func newEntry(key, str []byte) *Entry {
	var e *Entry
	var room []byte
	switch n := len(key) + len(str); {
	case n <= 16:
		with := new(entryWith16)
		e, room = &with.Entry, with.room[:]
	case n <= 32:
		with := new(entryWith32)
		e, room = &with.Entry, with.room[:]
	case n <= 48:
		with := new(entryWith48)
		e, room = &with.Entry, with.room[:]
	case n <= 96:
		with := new(entryWith96)
		e, room = &with.Entry, with.room[:]
	default:
		return &Entry{key: string(key), str: append(make([]byte, 0, len(str)), str...)}
	}
	k := copy(room, key)
	e.key = unsafe.String(unsafe.SliceData(room), k)
	e.str = append(room[k:k], str...)
	return e
}

// Key returns the key. The caller must not change it.
func (e *Entry) Key() []byte { return bytesOf(e.key) }

// Name returns the key as a string, which the caller may keep.
func (e *Entry) Name() string { return e.key }

// Type returns the type of the value.
func (e *Entry) Type() Type {
	if e.obj == nil {
		return TypeString
	}
	return e.obj.Type()
}

// Str returns the value of a string, or nil for other types. It is valid until the
// key changes. Only the string commands may write to it, and they must then call
// SetStr.
func (e *Entry) Str() []byte { return e.str }

// Value returns the value if it is of any type but string, else nil.
func (e *Entry) Value() Value { return e.obj }

// SetStr replaces the value of a string in place. raw says that the value was built
// by appending or patching (OBJECT ENCODING). The entry keeps b.
func (e *Entry) SetStr(b []byte, raw bool) { e.str, e.obj, e.raw, e.text = b, nil, raw, false }

// KeepText marks the string just set as text even if it is an integer: OBJECT
// ENCODING calls the sums of INCRBYFLOAT "embstr".
func (e *Entry) KeepText() { e.text = true }

// ExpireAt returns when the key expires, as Unix time in milliseconds, or 0.
func (e *Entry) ExpireAt() int64 { return e.expireAt }

// embstrMax is the longest string that Redis stores beside its header.
const embstrMax = 44

// Encoding returns the name that OBJECT ENCODING replies.
func (e *Entry) Encoding(l *Limits) string {
	if e.obj != nil {
		return e.obj.Encoding(l)
	}
	if !e.raw && !e.text && len(e.str) <= 20 {
		if n, err := strconv.ParseInt(string(e.str), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(e.str) {
			return "int"
		}
	}
	if e.raw || len(e.str) > embstrMax {
		return "raw"
	}
	return "embstr"
}

// What a server's memory is estimated by, in bytes.
const (
	// Baseline is what a server without keys takes.
	Baseline = 512 << 10
	// EntryOverhead is what a key takes besides its name and value: the entry, its
	// slot and its share of the index.
	EntryOverhead = 128
	// ExpiryOverhead is what a time to live takes: a place in the heap.
	ExpiryOverhead = 8
)

// MemSize estimates the bytes of the key with its value (MEMORY USAGE).
func (e *Entry) MemSize() int64 {
	n := int64(EntryOverhead + len(e.key))
	if e.obj != nil {
		return n + e.obj.MemSize()
	}
	return n + int64(cap(e.str))
}

func (e *Entry) deadline() int64 { return e.expireAt }
func (e *Entry) place() int      { return int(e.heapPos) }
func (e *Entry) setPlace(i int)  { e.heapPos = int32(i) }

// bytesOf returns the bytes of a string, which must not be written to.
func bytesOf(s string) []byte {
	if s == "" {
		return []byte{} // the empty key is a key, nil is not
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}
