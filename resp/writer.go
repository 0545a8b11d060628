package resp

import "strconv"

// Writer appends replies to Buf in protocol version Proto (2 or 3).
//
// The zero Writer writes RESP2 (any Proto below 3 does). A Writer has no lock:
// it belongs to whoever runs the command.
type Writer struct {
	Buf   []byte
	Proto int
	// Max bounds Buf: once Buf is longer, nothing is appended any more. So one large value
	// may go beyond it, and a reply of many cannot. 0 is no bound; with -1 nothing is appended
	// at all.
	Max int
}

// Full reports whether Buf is over Max, so that replies are dropped.
func (w *Writer) Full() bool { return w.Max != 0 && len(w.Buf) > w.Max }

// text appends a piece of a reply.
func (w *Writer) text(s string) {
	if !w.Full() {
		w.Buf = append(w.Buf, s...)
	}
}

// V3 reports whether replies are written in RESP3.
func (w *Writer) V3() bool { return w.Proto >= 3 }

// OK writes the simple string +OK.
func (w *Writer) OK() { w.text("+OK\r\n") }

// Simple writes a simple string. s must not hold a line break.
func (w *Writer) Simple(s string) {
	w.text("+")
	w.text(s)
	w.text("\r\n")
}

// Error writes err as an error reply. Its text begins with the code ("ERR",
// "WRONGTYPE", ...). Line breaks in it become spaces, as in Redis.
func (w *Writer) Error(err error) { w.ErrorText(err.Error()) }

// ErrorText is Error for a text instead of an error.
func (w *Writer) ErrorText(msg string) {
	if w.Full() {
		return
	}
	w.Buf = append(w.Buf, '-')
	for i := 0; i < len(msg); i++ {
		c := msg[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		w.Buf = append(w.Buf, c)
	}
	w.Buf = append(w.Buf, '\r', '\n')
}

// Int writes an integer.
func (w *Writer) Int(n int64) { w.header(':', n) }

// Len writes an int as an integer reply; most lengths and counts are ints.
func (w *Writer) Len(n int) { w.header(':', int64(n)) }

// Flag writes the integer 1 or 0, which is how Redis answers yes and no in both
// protocols.
func (w *Writer) Flag(b bool) {
	if b {
		w.text(":1\r\n")
		return
	}
	w.text(":0\r\n")
}

// Bulk writes a bulk string.
func (w *Writer) Bulk(b []byte) {
	w.header('$', int64(len(b)))
	if !w.Full() {
		w.Buf = append(w.Buf, b...)
		w.Buf = append(w.Buf, '\r', '\n')
	}
}

// BulkString writes a bulk string.
func (w *Writer) BulkString(s string) {
	w.header('$', int64(len(s)))
	if !w.Full() {
		w.Buf = append(w.Buf, s...)
		w.Buf = append(w.Buf, '\r', '\n')
	}
}

// BulkInt writes n in decimal as a bulk string.
func (w *Writer) BulkInt(n int64) {
	var tmp [20]byte
	w.Bulk(strconv.AppendInt(tmp[:0], n, 10))
}

// Null writes the null of a missing string: $-1 or _.
func (w *Writer) Null() {
	if w.V3() {
		w.text("_\r\n")
		return
	}
	w.text("$-1\r\n")
}

// NullArray writes the null of a missing array: *-1 or _.
func (w *Writer) NullArray() {
	if w.V3() {
		w.text("_\r\n")
		return
	}
	w.text("*-1\r\n")
}

// Array opens an array of n elements, which the caller writes next.
func (w *Writer) Array(n int) { w.header('*', int64(n)) }

// Map opens a map of n pairs; in RESP2 it is a flat array of 2n elements.
func (w *Writer) Map(n int) {
	if w.V3() {
		w.header('%', int64(n))
		return
	}
	w.header('*', int64(2*n))
}

// Set opens a set of n elements; in RESP2 it is an array.
func (w *Writer) Set(n int) {
	if w.V3() {
		w.header('~', int64(n))
		return
	}
	w.header('*', int64(n))
}

// Push opens an out-of-band message of n elements; in RESP2 it is an array, which
// is what Pub/Sub messages are there.
func (w *Writer) Push(n int) {
	if w.V3() {
		w.header('>', int64(n))
		return
	}
	w.header('*', int64(n))
}

// Attribute opens an attribute of n pairs that annotates the next value. RESP2 has
// none: do not call it there (check V3).
func (w *Writer) Attribute(n int) { w.header('|', int64(n)) }

// Bool writes a boolean; in RESP2 the integer 1 or 0.
func (w *Writer) Bool(b bool) {
	if !w.V3() {
		w.Flag(b)
		return
	}
	if b {
		w.text("#t\r\n")
		return
	}
	w.text("#f\r\n")
}

// Double writes a floating-point number; in RESP2 a bulk string.
func (w *Writer) Double(f float64) {
	var tmp [32]byte
	if !w.V3() {
		w.Bulk(AppendDouble(tmp[:0], f))
		return
	}
	w.text(",")
	w.Raw(AppendDouble(tmp[:0], f))
	w.text("\r\n")
}

// BigNumber writes an integer of any size given in decimal; in RESP2 a bulk string.
func (w *Writer) BigNumber(digits string) {
	if !w.V3() {
		w.BulkString(digits)
		return
	}
	w.text("(")
	w.text(digits)
	w.text("\r\n")
}

// Verbatim writes text with its format, three letters such as "txt"; in RESP2 a
// bulk string of the text alone.
func (w *Writer) Verbatim(format, text string) {
	if !w.V3() {
		w.BulkString(text)
		return
	}
	w.header('=', int64(len(text)+4))
	w.text(format)
	w.text(":")
	w.text(text)
	w.text("\r\n")
}

// Raw appends bytes that are already in protocol form.
func (w *Writer) Raw(b []byte) {
	if !w.Full() {
		w.Buf = append(w.Buf, b...)
	}
}

// Mark is a place in Buf for a header whose length is known only after its elements
// have been written.
type Mark int

// Later marks the place of a header. Fill it with CloseArray, CloseMap or CloseSet.
func (w *Writer) Later() Mark { return Mark(len(w.Buf)) }

// CloseArray puts an array header of n elements at m.
func (w *Writer) CloseArray(m Mark, n int) { w.insert(m, func() { w.Array(n) }) }

// CloseMap puts a map header of n pairs at m.
func (w *Writer) CloseMap(m Mark, n int) { w.insert(m, func() { w.Map(n) }) }

// CloseSet puts a set header of n elements at m.
func (w *Writer) CloseSet(m Mark, n int) { w.insert(m, func() { w.Set(n) }) }

// insert writes a header at the end of Buf and rotates it into its place at m.
func (w *Writer) insert(m Mark, header func()) {
	end := len(w.Buf)
	header()
	size := len(w.Buf) - end
	var tmp [24]byte
	copy(tmp[:], w.Buf[end:])
	copy(w.Buf[int(m)+size:], w.Buf[m:end])
	copy(w.Buf[m:], tmp[:size])
}

func (w *Writer) header(kind byte, n int64) {
	if w.Full() {
		return
	}
	w.Buf = append(w.Buf, kind)
	w.Buf = strconv.AppendInt(w.Buf, n, 10)
	w.Buf = append(w.Buf, '\r', '\n')
}
