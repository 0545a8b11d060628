package resp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Limits of what a Reader accepts, so that bad input causes an error instead of
// allocating the memory that it announces.
const (
	maxDepth    = 128       // aggregates within aggregates
	maxLine     = 1 << 20   // bytes of a simple string, an error or a number
	maxBulk     = 512 << 20 // bytes of a bulk string: Redis's own limit
	maxElements = 1 << 30   // elements of an aggregate

	// trusted is how much is allocated for a length before its bytes have arrived.
	trustedBytes    = 64 << 10
	trustedElements = 1 << 10
)

// Errors of input that is not a RESP value.
var (
	errDepth    = errors.New("resp: values are nested too deeply")
	errLine     = errors.New("resp: line is too long or does not end in CRLF")
	errLength   = errors.New("resp: invalid length")
	errMinusOne = errors.New("resp: length -1 of a type that has no null")
	errInteger  = errors.New("resp: invalid integer")
	errDouble   = errors.New("resp: invalid double")
	errBool     = errors.New("resp: invalid boolean")
	errNull     = errors.New("resp: invalid null")
	errBulkEnd  = errors.New("resp: bulk string does not end in CRLF")
	errFormat   = errors.New("resp: verbatim string without a format")
)

// Reader reads values of RESP2 and RESP3, as a client does.
type Reader struct {
	r     *bufio.Reader
	attrs Map
}

// NewReader returns a Reader that reads from r, possibly ahead.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReader(r)} }

// Attributes returns the attributes that came before the value read last, or nil.
// Attributes inside a value are dropped.
func (r *Reader) Attributes() Map { return r.attrs }

// Raw returns the bytes that follow the value read last.
func (r *Reader) Raw() io.Reader { return r.r }

// Read reads one value and returns it as
//
//	string           simple string, bulk string
//	[Error]          error, blob error
//	int64            integer
//	float64          double
//	bool             boolean
//	nil              null, null bulk string, null array
//	[]any            array
//	[Map] [Set] [Push] [Verbatim] [BigNumber]
//
// The error is io.EOF at an end between values and io.ErrUnexpectedEOF at one
// inside a value. Streamed strings and aggregates ($? and *?), which Redis never
// sends, are an error.
func (r *Reader) Read() (any, error) {
	r.attrs = nil
	kind, err := r.r.ReadByte()
	for err == nil && kind == '|' {
		var m Map
		if m, err = r.readMap(0); err != nil {
			break
		}
		r.attrs = append(r.attrs, m...)
		if kind, err = r.r.ReadByte(); err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		return nil, err
	}
	return r.readValue(kind, 0)
}

// element reads a value inside another.
func (r *Reader) element(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	for {
		kind, err := r.r.ReadByte()
		if err != nil {
			return nil, unexpected(err)
		}
		if kind != '|' {
			return r.readValue(kind, depth)
		}
		if _, err := r.readMap(depth); err != nil {
			return nil, err
		}
	}
}

func (r *Reader) readValue(kind byte, depth int) (any, error) {
	switch kind {
	case '$', '!', '=':
		return r.readText(kind)
	case '*', '~', '>':
		return r.readList(kind, depth)
	case '%':
		return r.readMap(depth)
	}
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	return scalar(kind, line)
}

// scalar returns the value that one line holds.
func scalar(kind byte, line []byte) (any, error) {
	text := string(line)
	switch kind {
	case '+':
		return text, nil
	case '-':
		return Error(text), nil
	case ':':
		n, err := strconv.ParseInt(text, 10, 64)
		return n, describe(err, errInteger)
	case ',':
		f, err := strconv.ParseFloat(text, 64)
		return f, describe(err, errDouble)
	case '#':
		return text == "t", flag(text == "t" || text == "f", errBool)
	case '_':
		return nil, flag(text == "", errNull)
	case '(':
		return BigNumber(text), flag(isInteger(text), errInteger)
	}
	return nil, fmt.Errorf("resp: unknown type %q", kind)
}

func (r *Reader) readMap(depth int) (Map, error) {
	n, err := r.length(maxElements)
	if err != nil {
		return nil, err
	}
	m := make(Map, 0, min(n, trustedElements))
	for range n {
		key, err := r.element(depth + 1)
		if err != nil {
			return nil, err
		}
		value, err := r.element(depth + 1)
		if err != nil {
			return nil, err
		}
		m = append(m, Pair{key, value})
	}
	return m, nil
}

func (r *Reader) readList(kind byte, depth int) (any, error) {
	n, err := r.length(maxElements)
	if err == errMinusOne && kind == '*' {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, min(n, trustedElements))
	for range n {
		v, err := r.element(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	switch kind {
	case '~':
		return Set(list), nil
	case '>':
		return Push(list), nil
	}
	return list, nil
}

func (r *Reader) readText(kind byte) (any, error) {
	n, err := r.length(maxBulk)
	if err == errMinusOne && kind == '$' {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := r.text(n)
	switch {
	case err != nil:
		return nil, err
	case kind == '!':
		return Error(text), nil
	case kind == '$':
		return text, nil
	case len(text) < 4 || text[3] != ':':
		return nil, errFormat
	}
	return Verbatim{text[:3], text[4:]}, nil
}

// text reads n bytes and the CRLF after them.
func (r *Reader) text(n int) (string, error) {
	var b bytes.Buffer
	b.Grow(min(n+2, trustedBytes))
	if _, err := io.CopyN(&b, r.r, int64(n+2)); err != nil {
		return "", unexpected(err)
	}
	if string(b.Bytes()[n:]) != "\r\n" {
		return "", errBulkEnd
	}
	return string(b.Bytes()[:n]), nil
}

// length reads the rest of a header. For the length -1, which marks a null in
// RESP2, it returns errMinusOne.
func (r *Reader) length(most int) (int, error) {
	line, err := r.line()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(line))
	switch {
	case err != nil || n < -1 || n > most:
		return 0, errLength
	case n == -1:
		return 0, errMinusOne
	}
	return n, nil
}

// line reads up to the next CRLF and returns the line without it. The line is valid
// until the next read.
func (r *Reader) line() ([]byte, error) {
	line, err := r.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line = bytes.Clone(line)
		for err == bufio.ErrBufferFull && len(line) <= maxLine {
			var more []byte
			more, err = r.r.ReadSlice('\n')
			line = append(line, more...)
		}
	}
	if err != nil && err != bufio.ErrBufferFull {
		return nil, unexpected(err)
	}
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || len(text) > maxLine {
		return nil, errLine
	}
	return text, nil
}

func isInteger(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// unexpected turns an end of input inside a value into io.ErrUnexpectedEOF.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func describe(err, as error) error {
	if err == nil {
		return nil
	}
	return as
}

func flag(ok bool, otherwise error) error {
	if ok {
		return nil
	}
	return otherwise
}
