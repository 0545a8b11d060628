package keyspace

import (
	"bytes"
	"math"
	"strconv"
)

// Dumped is a value that was read from a payload.
type Dumped struct {
	str []byte
	obj Value // nil for a string
}

// Put stores the value under key, which must not exist. It reports nothing but the
// event "new".
func (v Dumped) Put(db *DB, key []byte) *Entry {
	if v.obj == nil {
		return db.PutStr(key, v.str, false)
	}
	return db.Put(key, v.obj, false)
}

// load is Put while a file is loaded: nobody hears of it.
func (v Dumped) load(db *DB, key []byte) *Entry {
	e := newEntry(key, v.str)
	e.obj = v.obj
	db.ks.initAccess(e)
	db.keys.put(e)
	db.setAlarm(e)
	return e
}

// LoadDump reads a payload of DUMP. The limits decide the encoding of the value.
// The error is ErrDumpChecksum or ErrDumpData.
func (ks *Keyspace) LoadDump(payload []byte) (Dumped, error) {
	b, err := openDump(payload, ks.SkipChecksums)
	if err != nil {
		return Dumped{}, err
	}
	r := &dumpReader{b: b}
	v := r.value(&ks.Limits)
	if r.failed || r.empty {
		return Dumped{}, ErrDumpData
	}
	return v, nil
}

// value reads a type and a value.
func (r *dumpReader) value(l *Limits) Dumped { return r.typed(r.byte(), l) }

// typed reads a value of a type.
func (r *dumpReader) typed(kind byte, l *Limits) Dumped {
	switch kind {
	case rdbString:
		return Dumped{str: bytes.Clone(r.string())}
	case rdbList:
		return r.list(r.plain(1), l)
	case rdbListZiplist:
		return r.list(r.ziplist(r.string()), l)
	case rdbListQuicklist:
		return r.quicklist(false, l)
	case rdbListQuicklist2:
		return r.quicklist(true, l)
	case rdbSet:
		return r.set(&Set{}, r.plain(1), l)
	case rdbSetIntset:
		return r.set(&Set{}, r.intset(r.string()), l)
	case rdbSetListpack:
		// A set that begins with a word is a listpack from the start.
		return r.set(NewSet(l, []byte("word")), r.listpack(r.string()), l)
	case rdbZSet, rdbZSetText:
		return r.zset(r.plainZSet(kind == rdbZSet), l)
	case rdbZSetZiplist:
		return r.zset(r.ziplist(r.string()), l)
	case rdbZSetListpack:
		return r.zset(r.listpack(r.string()), l)
	case rdbHash:
		return r.hash(r.plain(2))
	case rdbHashZipmap:
		return r.hash(r.zipmap(r.string()))
	case rdbHashZiplist:
		return r.hash(r.ziplist(r.string()))
	case rdbHashListpack:
		return r.hash(r.listpack(r.string()))
	case rdbHashTTL:
		return r.livingHash(r.plainTTL(), false)
	case rdbHashTTLPack:
		r.little(8) // the earliest deadline, which the fields tell too
		return r.livingHash(r.listpack(r.string()), true)
	case rdbStream, rdbStream2, rdbStream3:
		return Dumped{obj: r.stream(kind)}
	}
	r.fail()
	return Dumped{}
}

// plain reads a number and that many groups of strings.
func (r *dumpReader) plain(group int) [][]byte {
	n := r.count(uint64(group)) * group
	words := make([][]byte, 0, n)
	for range n {
		words = append(words, r.string())
		if r.failed {
			return nil
		}
	}
	return words
}

// quicklist reads nodes. In the first form each is a ziplist; in the second, a mark
// says whether a single element or a listpack follows. A list of one small node becomes a
// listpack.
func (r *dumpReader) quicklist(second bool, limits *Limits) Dumped {
	l := &List{}
	for nodes := r.count(1); nodes > 0 && !r.failed; nodes-- {
		form := uint64(nodePacked)
		if second {
			form = r.length()
		}
		before := l.n
		for _, s := range r.node(form, second) {
			l.PushBack(s)
		}
		l.quick = l.quick || before > 0 && l.n > before || form == nodePlain
	}
	l.Expect(limits, 0, 0)
	return r.whole(l)
}

// node reads the elements of a node.
func (r *dumpReader) node(form uint64, second bool) [][]byte {
	switch b := r.string(); {
	case !second:
		return r.ziplist(b)
	case form == nodePlain && len(b) > 0:
		return [][]byte{b}
	case form == nodePacked:
		return r.listpack(b)
	}
	r.fail()
	return nil
}

// plainZSet reads members and their scores. It returns each score as text after its
// member, as the compact forms do.
func (r *dumpReader) plainZSet(binary bool) [][]byte {
	var words [][]byte
	for range r.count(2) {
		member := r.string()
		score := r.scoreText
		if binary {
			score = func() []byte {
				return strconv.AppendFloat(nil, math.Float64frombits(r.double()), 'g', -1, 64)
			}
		}
		words = append(words, member, score())
		if r.failed {
			return nil
		}
	}
	return words
}

// scoreText reads a score in the old form: the length of its text, or one of
// three marks.
func (r *dumpReader) scoreText() []byte {
	const nan, inf, minusInf = 253, 254, 255
	switch n := r.byte(); n {
	case nan:
		return []byte("nan")
	case inf:
		return []byte("inf")
	case minusInf:
		return []byte("-inf")
	default:
		return r.bytes(uint64(n))
	}
}

// plainTTL reads the fields of a hash with their values and deadlines. It returns
// the deadline as text after each field and value, as the compact form does.
func (r *dumpReader) plainTTL() [][]byte {
	first := r.signed(8)
	var words [][]byte
	for range r.count(3) {
		at := int64(r.length())
		if at != 0 {
			at += first - 1
		}
		words = append(words, r.string(), r.string(), decimalOf(at))
		if r.failed {
			return nil
		}
	}
	return words
}

// The rest makes values from their elements.

func (r *dumpReader) list(elements [][]byte, limits *Limits) Dumped {
	l := &List{}
	for _, s := range elements {
		l.Expect(limits, 1, len(s)+nodeRoom)
		l.PushBack(s)
	}
	return r.whole(l)
}

// whole notes a value without elements: such a key cannot exist.
func (r *dumpReader) whole(v Value) Dumped {
	r.empty = v.Empty()
	return Dumped{obj: v}
}

func (r *dumpReader) set(s *Set, members [][]byte, l *Limits) Dumped {
	s.Expect(l, len(members))
	for _, m := range members {
		if !s.Add(string(m), l) {
			r.fail()
		}
	}
	return r.whole(s)
}

func (r *dumpReader) zset(words [][]byte, l *Limits) Dumped {
	z := NewResult(l)
	if len(words)%2 != 0 {
		r.fail()
		return Dumped{}
	}
	for i := 0; i < len(words); i += 2 {
		score, err := strconv.ParseFloat(string(words[i+1]), 64)
		if err != nil || math.IsNaN(score) || !z.Put(words[i], score) {
			r.fail()
			return Dumped{}
		}
	}
	z.Shrink()
	return r.whole(z)
}

// hash makes a hash from fields and values.
func (r *dumpReader) hash(words [][]byte) Dumped {
	h := &Hash{}
	if len(words)%2 != 0 {
		r.fail()
	}
	for i := 0; i < len(words) && !r.failed; i += 2 {
		r.field(h, words[i], words[i+1])
	}
	return r.whole(h)
}

func (r *dumpReader) field(h *Hash, field, value []byte) {
	if !h.Set(field, string(value), false) {
		r.fail()
	}
}

// livingHash makes a hash from fields, values and deadlines, of which 0 is none. Of equal
// deadlines the one that is set last comes first; in a listpack they are in order already.
func (r *dumpReader) livingHash(words [][]byte, ordered bool) Dumped {
	h := &Hash{}
	h.AllowTTL()
	if len(words)%3 != 0 {
		r.fail()
	}
	for i := 0; i < len(words) && !r.failed; i += 3 {
		r.field(h, words[i], words[i+1])
	}
	for i := 0; i < len(words) && !r.failed; i += 3 {
		at := i
		if ordered {
			at = len(words) - 3 - i
		}
		if !setDeadline(h, words[at], words[at+2]) {
			r.fail()
		}
	}
	return r.whole(h)
}

// latestDeadline is the latest deadline that a field can have in Redis.
const latestDeadline = 1<<48 - 2

func setDeadline(h *Hash, field, word []byte) bool {
	at, err := strconv.ParseInt(string(word), 10, 64)
	if err != nil || at < 0 || at > latestDeadline {
		return false
	}
	if at != 0 {
		h.SetExpire(field, at)
	}
	return true
}
