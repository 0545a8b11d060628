package keyspace

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tattle-server/tattle/resp"
)

// Dump returns the value of an entry as a payload. The payload does not contain
// the key's time to live, but it does contain those of the fields of a hash.
func (ks *Keyspace) Dump(e *Entry) []byte { return sealDump(ks.encode(e)) }

// DumpSize returns the length of the value in what Dump returns, without its type.
func (ks *Keyspace) DumpSize(e *Entry) int { return len(ks.encode(e)) - 1 }

// encode returns the type of the value and the value.
func (ks *Keyspace) encode(e *Entry) []byte {
	w := &dumpWriter{limits: &ks.Limits, lzf: &ks.lzf}
	w.entry(e)
	return w.b
}

// dumpWriter appends values to b, byte for byte as Redis 8.0 does.
type dumpWriter struct {
	b      []byte
	limits *Limits
	lzf    *lzf
}

func (w *dumpWriter) entry(e *Entry) {
	switch v := e.obj.(type) {
	case *List:
		w.list(v)
	case *Set:
		w.set(v)
	case *ZSet:
		w.zset(v)
	case *Hash:
		w.hash(v)
	case *Stream:
		w.stream(v)
	default:
		w.kind(rdbString)
		w.string(string(e.str))
	}
}

func (w *dumpWriter) kind(k byte)     { w.b = append(w.b, k) }
func (w *dumpWriter) len(n uint64)    { w.b = appendDumpLen(w.b, n) }
func (w *dumpWriter) count(n int)     { w.len(uint64(n)) }
func (w *dumpWriter) wide(n uint64)   { w.b = binary.LittleEndian.AppendUint64(w.b, n) }
func (w *dumpWriter) pack(p packing)  { w.string(textOf(p.close())) }
func (w *dumpWriter) score(f float64) { w.wide(math.Float64bits(f)) }

// shortestPacked is the length from which on Redis tries to make strings shorter.
const shortestPacked = 21

// string writes a string, packed with LZF if that makes it shorter and rdbcompression does
// not say no.
func (w *dumpWriter) string(s string) {
	if len(s) >= shortestPacked && w.limits.RDBCompression {
		if packed := w.lzf.pack(s); packed != nil {
			w.b = append(w.b, lenSpecial<<6|specialLZF)
			w.count(len(packed))
			w.count(len(s))
			w.b = append(w.b, packed...)
			return
		}
	}
	w.b = appendDumpString(w.b, s)
}

// list writes nodes: listpacks, and elements too large for one by themselves.
func (w *dumpWriter) list(l *List) {
	ends := l.nodeEnds(w.limits)
	w.kind(rdbListQuicklist2)
	w.count(len(ends))
	start := 0
	for _, end := range ends {
		if first := l.At(start); l.quick && w.limits.largeElement(first) {
			w.len(nodePlain)
			w.string(first)
		} else {
			var p packing
			for s := range l.Range(start, end) {
				p.add(s)
			}
			w.len(nodePacked)
			w.pack(p)
		}
		start = end
	}
}

func (w *dumpWriter) set(s *Set) {
	switch s.encoding {
	case intset:
		w.kind(rdbSetIntset)
		w.string(textOf(s.packInts()))
	case setListpack:
		var p packing
		for m := range s.All() {
			p.add(m)
		}
		w.kind(rdbSetListpack)
		w.pack(p)
	default:
		w.kind(rdbSet)
		w.count(s.Len())
		for m := range s.All() {
			w.string(m)
		}
	}
}

// packInts returns the members of an intset as Redis keeps them: the bytes of a number (4),
// how many there are (4), the numbers in ascending order.
func (s *Set) packInts() []byte {
	size := max(int(s.width), 2)
	b := binary.LittleEndian.AppendUint32(nil, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Len()))
	for _, v := range s.sorted() {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], uint64(v))
		b = append(b, word[:size]...)
	}
	return b
}

// zset writes the members of a listpack from the lowest up, those of a skiplist from the highest down.
func (w *dumpWriter) zset(z *ZSet) {
	if z.Compact() {
		var p packing
		for member, score := range z.Range(0, z.Len(), false) {
			p.add(member)
			p.add(string(resp.AppendDouble(nil, score)))
		}
		w.kind(rdbZSetListpack)
		w.pack(p)
		return
	}
	w.kind(rdbZSet)
	w.count(z.Len())
	for member, score := range z.Range(0, z.Len(), true) {
		w.string(member)
		w.score(score)
	}
}

// dumpAll is a time at which no field of a hash has expired: all are dumped.
const dumpAll = math.MinInt64

func (w *dumpWriter) hash(h *Hash) {
	first := h.NextExpiry()
	switch h.form {
	case hashListpack:
		w.kind(rdbHashListpack)
		w.pack(packFields(h, false))
	case hashListpackEx:
		w.kind(rdbHashTTLPack)
		w.wide(uint64(first))
		w.pack(packFields(h, true))
	default:
		w.hashTable(h, first)
	}
}

// packFields returns the fields of a hash with their values and, if the hash has room for
// them, their deadlines.
func packFields(h *Hash, deadlines bool) (p packing) {
	for field, value := range h.All(dumpAll) {
		p.add(field)
		p.add(value)
		if deadlines {
			_, at, _ := h.Get(bytesOf(field))
			p.add(strconv.FormatInt(at, 10))
		}
	}
	return p
}

// hashTable writes the fields of a large hash. Deadlines are relative to the first one, plus
// one, so that 0 can mean "none".
func (w *dumpWriter) hashTable(h *Hash, first int64) {
	if first == 0 {
		w.kind(rdbHash)
	} else {
		w.kind(rdbHashTTL)
		w.wide(uint64(first))
	}
	w.count(h.Len())
	for field, value := range h.All(dumpAll) {
		if first != 0 {
			_, at, _ := h.Get(bytesOf(field))
			if at != 0 {
				at += 1 - first
			}
			w.len(uint64(at))
		}
		w.string(field)
		w.string(value)
	}
}

func appendDumpLen(b []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return append(b, len14<<6|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, len32), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, len64), n)
}

// longestInt32 is the length of the longest 32-bit integer in decimal.
const longestInt32 = 11

// appendDumpString appends a string, written as an integer if it is one.
func appendDumpString(b []byte, s string) []byte {
	if len(s) <= longestInt32 {
		if n, err := strconv.ParseInt(s, 10, 32); err == nil && strconv.FormatInt(n, 10) == s {
			return appendDumpInt(b, n)
		}
	}
	return append(appendDumpLen(b, uint64(len(s))), s...)
}

func appendDumpInt(b []byte, n int64) []byte {
	switch {
	case n == int64(int8(n)):
		return append(b, lenSpecial<<6|specialInt8, byte(n))
	case n == int64(int16(n)):
		return binary.LittleEndian.AppendUint16(append(b, lenSpecial<<6|specialInt16), uint16(n))
	}
	return binary.LittleEndian.AppendUint32(append(b, lenSpecial<<6|specialInt32), uint32(n))
}
