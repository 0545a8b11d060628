package resp

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// values has each type in the form in which it is sent, with what Read makes of it.
var values = []struct {
	wire string
	want any
}{
	{"+OK\r\n", "OK"},
	{"+\r\n", ""},
	{"-ERR no\r\n", Error("ERR no")},
	{":-42\r\n", int64(-42)},
	{"$5\r\na\r\nbc\r\n", "a\r\nbc"},
	{"$0\r\n\r\n", ""},
	{"$-1\r\n", nil},
	{"*-1\r\n", nil},
	{"_\r\n", nil},
	{"*0\r\n", []any{}},
	{"*2\r\n:1\r\n*1\r\n$1\r\na\r\n", []any{int64(1), []any{"a"}}},
	{",1.5\r\n", 1.5},
	{",3\r\n", 3.0},
	{",inf\r\n", math.Inf(1)},
	{",-inf\r\n", math.Inf(-1)},
	{"#t\r\n", true},
	{"#f\r\n", false},
	{"(-3492890328409238509324850943850943825024385\r\n", BigNumber("-3492890328409238509324850943850943825024385")},
	{"=7\r\ntxt:abc\r\n", Verbatim{"txt", "abc"}},
	{"!10\r\nSYNTAX\r\nno\r\n", Error("SYNTAX\r\nno")},
	{"%2\r\n+a\r\n:1\r\n_\r\n*0\r\n", Map{{"a", int64(1)}, {nil, []any{}}}},
	{"~2\r\n:1\r\n#t\r\n", Set{int64(1), true}},
	{">2\r\n$10\r\ninvalidate\r\n_\r\n", Push{"invalidate", nil}},
	{"*1\r\n|1\r\n+x\r\n:1\r\n+y\r\n", []any{"y"}},
}

func TestReader(t *testing.T) {
	var all strings.Builder
	for _, v := range values {
		all.WriteString(v.wire)
	}
	for name, r := range map[string]io.Reader{
		"whole":   strings.NewReader(all.String()),
		"bytes":   iotest.OneByteReader(strings.NewReader(all.String())),
		"dataerr": iotest.DataErrReader(strings.NewReader(all.String())),
	} {
		rd := NewReader(r)
		for _, v := range values {
			got, err := rd.Read()
			require.NoError(t, err, "%s: %q", name, v.wire)
			require.Equal(t, v.want, got, "%s: %q", name, v.wire)
		}
		_, err := rd.Read()
		require.Equal(t, io.EOF, err, name)
	}
}

func TestReaderNaN(t *testing.T) {
	got, err := NewReader(strings.NewReader(",nan\r\n")).Read()
	require.NoError(t, err)
	require.True(t, math.IsNaN(got.(float64)))
}

func TestReaderAttributes(t *testing.T) {
	rd := NewReader(strings.NewReader("|1\r\n+ttl\r\n:5\r\n|1\r\n+b\r\n_\r\n+v\r\n+w\r\n"))
	got, err := rd.Read()
	require.NoError(t, err)
	require.Equal(t, "v", got)
	require.Equal(t, Map{{"ttl", int64(5)}, {"b", nil}}, rd.Attributes())
	got, err = rd.Read()
	require.NoError(t, err)
	require.Equal(t, "w", got)
	require.Nil(t, rd.Attributes())
}

func TestReaderRefuses(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want error
	}{
		{"", io.EOF},
		{"+OK", io.ErrUnexpectedEOF},
		{"$5\r\nab", io.ErrUnexpectedEOF},
		{"*2\r\n:1\r\n", io.ErrUnexpectedEOF},
		{"|1\r\n+a\r\n+b\r\n", io.ErrUnexpectedEOF},
		{"+OK\n", errLine},
		{":x\r\n", errInteger},
		{":9223372036854775808\r\n", errInteger},
		{",1.x\r\n", errDouble},
		{"#x\r\n", errBool},
		{"_x\r\n", errNull},
		{"(\r\n", errInteger},
		{"(-\r\n", errInteger},
		{"$\r\n", errLength},
		{"$-2\r\n", errLength},
		{"$?\r\n", errLength},
		{"$9223372036854775807\r\n", errLength},
		{"*9223372036854775807\r\n", errLength},
		{"%-1\r\n", errMinusOne},
		{"=-1\r\n", errMinusOne},
		{"$1\r\nabc", errBulkEnd},
		{"=2\r\nab\r\n", errFormat},
		{"=5\r\nabcde\r\n", errFormat},
		{strings.Repeat("*1\r\n", maxDepth+2), errDepth},
		{strings.Repeat("|1\r\n", maxDepth+2), errDepth},
		{"+" + strings.Repeat("a", maxLine+1) + "\r\n", errLine},
		// These announce more memory than there is.
		{"$536870912\r\nab", io.ErrUnexpectedEOF},
		{strings.Repeat("*1073741824\r\n", maxDepth), io.ErrUnexpectedEOF},
	} {
		_, err := NewReader(strings.NewReader(tt.in)).Read()
		require.Equal(t, tt.want, err, "%.60q", tt.in)
	}
	_, err := NewReader(strings.NewReader("hello\r\n")).Read()
	require.EqualError(t, err, `resp: unknown type 'h'`)
}

func TestReaderLongLine(t *testing.T) {
	text := strings.Repeat("long ", 5000)
	got, err := NewReader(strings.NewReader("+" + text + "\r\n")).Read()
	require.NoError(t, err)
	require.Equal(t, text, got)
}

func TestAppendCommand(t *testing.T) {
	got := AppendCommand([]byte("x"), "SET", []byte("k"), 1, int64(-2), 1.5, float32(0.1), math.Inf(1), uint8(7), true)
	require.Equal(t, "x*9\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n$2\r\n-2\r\n$3\r\n1.5\r\n$3\r\n0.1\r\n$3\r\ninf\r\n$1\r\n7\r\n$4\r\ntrue\r\n", string(got))
}

// write is the inverse of Read.
func write(w *Writer, v any) {
	if err := w.Value(v); err != nil {
		panic(err)
	}
}

// FuzzReader checks that chunks do not matter, and that a value that was read,
// written and read again is the same.
func FuzzReader(f *testing.F) {
	for _, v := range values {
		f.Add(v.wire)
	}
	f.Add("|1\r\n+a\r\n:1\r\n+v\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		whole, errWhole := NewReader(strings.NewReader(in)).Read()
		bytes, errBytes := NewReader(iotest.OneByteReader(strings.NewReader(in))).Read()
		require.Equal(t, errWhole, errBytes)
		require.Equal(t, fmt.Sprintf("%#v", whole), fmt.Sprintf("%#v", bytes)) // by text: NaN differs from itself
		if errWhole != nil {
			return
		}
		w := Writer{Proto: 3}
		write(&w, whole)
		again, err := NewReader(strings.NewReader(string(w.Buf))).Read()
		require.NoError(t, err)
		w2 := Writer{Proto: 3}
		write(&w2, again)
		require.Equal(t, string(w.Buf), string(w2.Buf))
	})
}
