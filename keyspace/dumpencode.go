package keyspace

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Dump returns the value of the entry as a payload. The payload does not contain
// the key's time to live, but it does contain those of the fields of a hash.
func (e *Entry) Dump() []byte { return sealDump(e.encode()) }

// DumpSize returns the length of the value in what Dump returns, without its type. Redis
// packs strings with LZF and small collections as they are in memory, so its lengths differ
// for these.
func (e *Entry) DumpSize() int { return len(e.encode()) - 1 }

// encode returns the type of the value and the value.
func (e *Entry) encode() []byte {
	switch v := e.obj.(type) {
	case *List:
		return encodeList(v)
	case *Set:
		return encodeSet(v)
	case *ZSet:
		return encodeZSet(v)
	case *Hash:
		return encodeHash(v)
	case *Stream:
		return encodeStream(v)
	}
	return appendDumpString([]byte{rdbString}, string(e.str))
}

func encodeList(l *List) []byte {
	b := appendDumpLen([]byte{rdbList}, uint64(l.Len()))
	for s := range l.Range(0, l.Len()) {
		b = appendDumpString(b, s)
	}
	return b
}

// encodeSet writes a listpack as a listpack: if it were written in the plain form,
// one that holds only integers would be read back as an intset.
func encodeSet(s *Set) []byte {
	if s.encoding == setListpack {
		return encodeSetListpack(s)
	}
	b := appendDumpLen([]byte{rdbSet}, uint64(s.Len()))
	for m := range s.All() {
		b = appendDumpString(b, m)
	}
	return b
}

func encodeSetListpack(s *Set) []byte {
	pack := make([]byte, 4+2)
	for m := range s.All() {
		pack = appendPacked(pack, m)
	}
	pack = append(pack, packTerminator)
	binary.LittleEndian.PutUint32(pack, uint32(len(pack)))
	binary.LittleEndian.PutUint16(pack[4:], uint16(min(s.Len(), math.MaxUint16)))
	return append(appendDumpLen([]byte{rdbSetListpack}, uint64(len(pack))), pack...)
}

// encodeZSet writes the members from the highest down, as Redis does.
func encodeZSet(z *ZSet) []byte {
	b := appendDumpLen([]byte{rdbZSet}, uint64(z.Len()))
	for member, score := range z.Range(0, z.Len(), true) {
		b = appendDumpString(b, member)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(score))
	}
	return b
}

// dumpAll is a time at which no field of a hash has expired: all are dumped.
const dumpAll = math.MinInt64

// encodeHash writes deadlines relative to the first one, plus one, so that 0 can
// mean "none".
func encodeHash(h *Hash) []byte {
	first := h.NextExpiry()
	b := []byte{rdbHash}
	if first != 0 {
		b = binary.LittleEndian.AppendUint64([]byte{rdbHashTTL}, uint64(first))
	}
	b = appendDumpLen(b, uint64(h.Len()))
	for field, value := range h.All(dumpAll) {
		if first != 0 {
			_, at, _ := h.Get([]byte(field))
			if at != 0 {
				at += 1 - first
			}
			b = appendDumpLen(b, uint64(at))
		}
		b = appendDumpString(appendDumpString(b, field), value)
	}
	return b
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
