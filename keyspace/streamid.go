package keyspace

import (
	"cmp"
	"math"
	"strconv"
)

// StreamID names an entry of a stream: a Unix time in milliseconds, and a number that tells
// entries of the same millisecond apart.
type StreamID struct{ Ms, Seq uint64 }

// LastStreamID is the greatest id.
var LastStreamID = StreamID{math.MaxUint64, math.MaxUint64}

// Compare returns -1, 0 or 1 if id is less than, equal to or greater than other.
func (id StreamID) Compare(other StreamID) int {
	if c := cmp.Compare(id.Ms, other.Ms); c != 0 {
		return c
	}
	return cmp.Compare(id.Seq, other.Seq)
}

// Less reports whether id comes before other.
func (id StreamID) Less(other StreamID) bool {
	return id.Ms < other.Ms || id.Ms == other.Ms && id.Seq < other.Seq
}

// IsZero reports whether the id is 0-0, which no entry has.
func (id StreamID) IsZero() bool { return id == StreamID{} }

// Next returns the id after this one; ok is false if it was the last one, and next is 0-0.
func (id StreamID) Next() (next StreamID, ok bool) {
	id.Seq++
	if id.Seq == 0 {
		id.Ms++
	}
	return id, !id.IsZero()
}

// Prev returns the id before this one; ok is false if it was 0-0.
func (id StreamID) Prev() (prev StreamID, ok bool) {
	if id.Seq == 0 {
		id.Ms--
	}
	id.Seq--
	return id, id != LastStreamID
}

// minus and plus turn an id into its distance from a base and back. The distance of the
// numbers may be negative: they begin anew with each millisecond.
func (id StreamID) minus(base StreamID) (ms, seq int64) {
	return int64(id.Ms - base.Ms), int64(id.Seq - base.Seq)
}

func (id StreamID) plus(ms, seq int64) StreamID {
	return StreamID{id.Ms + uint64(ms), id.Seq + uint64(seq)}
}

// Append appends the id as text, such as 1526919030474-55.
func (id StreamID) Append(b []byte) []byte {
	b = append(strconv.AppendUint(b, id.Ms, 10), '-')
	return strconv.AppendUint(b, id.Seq, 10)
}

// String returns the id as text.
func (id StreamID) String() string { return string(id.Append(nil)) }

// id makes ids themselves what an idRow can hold.
func (id StreamID) id() StreamID { return id }
