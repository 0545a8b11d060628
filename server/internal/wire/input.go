package wire

import "errors"

// Limits are what a client may send now.
type Limits struct {
	// Authenticated clients may send long commands, others only what AUTH needs.
	Authenticated bool
	// MaxBulk is the largest string that is accepted, proto-max-bulk-len.
	MaxBulk int64
}

// ErrOversize ends a connection that sent a command beyond tattle's own limits.
var ErrOversize = errors.New("wire: the command is too large")

// Violation says how a client broke the protocol, in the words that follow
// "ERR Protocol error: ".
type Violation string

func (v Violation) Error() string { return "wire: the client broke the protocol: " + string(v) }

// Input has the bytes that have come from a client and have not run.
//
//	buf:  ... run | an unfinished command | free
//	              r                 seen
//
// Mostly the buffer is not the client's own. It is lent while the client's commands run, and
// what is left then is copied. So an idle client takes no memory for input.
type Input struct {
	buf  []byte
	r    int
	seen int    // how far at has come in an unfinished command
	at   framer // the state there
	lent bool   // buf is the caller's
}

const (
	inputMin = 1 << 10 // least size of a buffer of the client's own, in bytes
	// aheadMax bounds the room that is made for a string before it has come, only because
	// its length was given.
	aheadMax = 32 << 20
)

// Space returns the place for the next bytes. It is behind the bytes that are there already.
// If there are none it is scratch, which is lent until [Input.Settle].
func (in *Input) Space(scratch []byte) []byte {
	if len(in.buf) == 0 {
		in.buf, in.lent = scratch[:0], true
	}
	if len(in.buf) == cap(in.buf) {
		in.grow()
	}
	return in.buf[len(in.buf):cap(in.buf)]
}

// grow makes room for more bytes. A long string gets all that it needs at once. Otherwise the
// room doubles, so that the work of copying is in proportion to what was sent.
func (in *Input) grow() {
	left := in.buf[in.r:]
	size := max(2*len(left), inputMin, len(left)+min(in.Wanted(), aheadMax))
	if !in.lent && in.r > 0 && size <= cap(in.buf) {
		in.buf = in.buf[:copy(in.buf, left)]
	} else {
		in.buf = append(make([]byte, 0, size), left...)
		in.lent = false
	}
	in.seen -= in.r
	in.r = 0
}

// Filled notes that n bytes have been put where Space said.
func (in *Input) Filled(n int) { in.buf = in.buf[:len(in.buf)+n] }

// Len returns how many bytes have not been run.
func (in *Input) Len() int { return len(in.buf) - in.r }

// Unread returns how many bytes are no words yet: commands that have not run, or what has
// come of the next string of an unfinished one.
func (in *Input) Unread() int {
	if !in.at.open || in.at.drop {
		return in.Len()
	}
	n := len(in.buf) - in.seen
	if in.at.bulk > 0 {
		n += in.at.long - in.at.bulk
	}
	return n
}

// Taken returns how many bytes are words of an unfinished command.
func (in *Input) Taken() int { return in.at.words }

// Room returns how many bytes are free in the buffer.
func (in *Input) Room() int { return cap(in.buf) - len(in.buf) }

// Size returns how many bytes of memory the buffer takes, and how many of them are lent.
func (in *Input) Size() (size, lent int) {
	if in.lent {
		lent = cap(in.buf)
	}
	return cap(in.buf), lent
}

// Start returns the first bytes that are no words yet, at most n.
func (in *Input) Start(n int) []byte {
	b := in.buf[len(in.buf)-in.Unread():]
	return b[:min(n, len(b))]
}

// Wanted returns how many bytes of an unfinished string are missing.
func (in *Input) Wanted() int { return max(in.at.bulk-(len(in.buf)-in.seen), 0) }

// Next appends the words of the next command to words. It returns the size of the command in
// bytes, or 0 if it has not come whole. The words point into the buffer and are valid until
// Space or Settle. The error is a [Violation], or ErrOversize.
//
// Next does not look at what follows the command: whether that is allowed may depend on the
// command, such as AUTH.
func (in *Input) Next(l Limits, words [][]byte) (_ [][]byte, size int, err error) {
	for in.r < len(in.buf) {
		if in.at.open {
			n, e := in.at.advance(in.buf[in.seen:], l, nil)
			in.seen += n
			if in.at.drop {
				in.r = in.seen // it will be refused
			}
			if e == unfinished {
				return words, 0, nil
			}
			if e != whole {
				return words, 0, in.at.failure(e)
			}
		}
		b := in.buf[in.r:]
		var f framer
		n, e := f.advance(b, l, &words)
		switch e {
		case unfinished:
			in.at, in.seen = f, in.r+n
			if f.drop {
				in.r = in.seen
			}
			return words[:0], 0, nil
		case violation, oversize:
			return words, 0, f.failure(e)
		case inline:
			var ok bool
			if words, ok = appendInline(words, b[:n]); !ok {
				return words, 0, Violation(violationQuotes)
			}
		}
		in.r += n
		if len(words) > 0 {
			return words, n, nil
		}
	}
	return words, 0, nil
}

// Whole reports whether Next would return a command, or an error.
func (in *Input) Whole(l Limits) bool {
	look := *in
	_, size, err := look.Next(l, nil)
	return size > 0 || err != nil
}

func (f *framer) failure(e event) error {
	if e == oversize {
		return ErrOversize
	}
	return Violation(f.fault)
}

// Settle is called when commands have run. It gives back what was lent, and drops an empty
// buffer.
func (in *Input) Settle() {
	switch {
	case in.r == len(in.buf):
		*in = Input{at: in.at} // inside of a command only where that will be refused
	case in.lent:
		in.grow()
	}
}
