package wire

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/redcon"
)

// hooks is a server that the tests set up.
type hooks struct {
	authenticated func() bool
	maxBulk       int64
	idle          atomic.Int64
	read          atomic.Int64
	violations    []string
	close         func() error
	readOnly      bool // run asks for nothing by Next
}

func (h *hooks) Authenticated() bool        { return h.authenticated == nil || h.authenticated() }
func (h *hooks) MaxBulk() int64             { return h.maxBulk }
func (h *hooks) IdleTimeout() time.Duration { return time.Duration(h.idle.Load()) }
func (h *hooks) BytesRead(n int)            { h.read.Add(int64(n)) }
func (h *hooks) Violation(text string) {
	h.violations = append(h.violations, text)
	h.close()
}

// fakeConn is a connection on which the client has sent all that it will ever
// send: chunk says how much of it comes with each read. Then it is closed.
type fakeConn struct {
	net.Conn
	in     []byte
	chunk  func() int
	idle   func() // called when nothing is left
	closed bool
}

func (f *fakeConn) SetReadDeadline(time.Time) error { return nil }
func (f *fakeConn) Close() error                    { f.closed = true; return nil }
func (f *fakeConn) Read(p []byte) (int, error) {
	switch {
	case f.closed:
		return 0, net.ErrClosed
	case len(f.in) == 0:
		if f.idle != nil {
			f.idle()
		}
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), f.chunk())], f.in)
	f.in = f.in[n:]
	return n, nil
}

// outcome is what became of an input.
type outcome struct {
	commands  []string // words in Go's quotes
	violation string
	err       error
}

// run sends bytes through a guard to redcon's parser, and takes from the guard
// what has come with a command. before is called with each command, as the server
// would run it.
func run(in []byte, chunk func() int, h *hooks, before func(words [][]byte)) (o outcome) {
	f := &fakeConn{in: bytes.Clone(in), chunk: chunk}
	h.close = f.Close
	if h.maxBulk == 0 {
		h.maxBulk = 512 << 20
	}
	c := NewConn(f, h)
	rd := redcon.NewReader(c)
	for {
		cmd, err := rd.ReadCommand()
		if err != nil {
			o.err = err
			break
		}
		for words, size := cmd.Args, len(cmd.Raw); size > 0; {
			if before != nil {
				before(words)
			}
			o.commands = append(o.commands, show(words))
			for _, w := range words {
				clear(w) // they are the command's own
			}
			if size = 0; !h.readOnly {
				words, size = c.Next(words[:0])
			}
		}
	}
	if len(h.violations) > 1 {
		panic("more than one violation")
	}
	if len(h.violations) == 1 {
		o.violation = h.violations[0]
	}
	return o
}

func show(words [][]byte) string {
	var text []string
	for _, w := range words {
		text = append(text, strconv.Quote(string(w)))
	}
	return strings.Join(text, " ")
}

// chunkings are ways for bytes to come, by name.
func chunkings(seed int64) map[string]func() int {
	rnd := rand.New(rand.NewSource(seed))
	return map[string]func() int{
		"whole":  func() int { return 1 << 30 },
		"bytes":  func() int { return 1 },
		"random": func() int { return 1 + rnd.Intn(1<<rnd.Intn(15)) },
	}
}

const ping = "*1\r\n$4\r\nPING\r\n"

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

func echo(s string) string { return "*2\r\n" + bulk("ECHO") + bulk(s) }

// cases are inputs with what Redis 8.0.2 makes of them.
var cases = []struct {
	in        string
	commands  string // parted by "; "
	violation string
}{
	// Well formed.
	{in: ping + ping, commands: `"PING"; "PING"`},
	{in: echo("a\r\nb\x00") + "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", commands: `"ECHO" "a\r\nb\x00"; "ECHO" ""`},
	{in: "*1\r\n$0\r\n\r\n" + ping, commands: `""; "PING"`},
	{in: "*2\r\n$4\r\nECHO\r\n$4\r\nPI", commands: ``},
	{in: ping + "*1", commands: `"PING"`},

	// Commands that are none.
	{in: "\r\n\n" + ping + "\r\n*0\r\n*-1\r\n*-9223372036854775808\r\n" + ping, commands: `"PING"; "PING"`},

	// Redis does not look at the byte behind \r, nor at the two behind a string.
	{in: "*1\rX$4\rYPINGab" + ping + "*0\rX" + ping, commands: `"PING"; "PING"; "PING"`},

	// Inline commands.
	{in: "PING\r\nPING\n" + ping + "ECHO y\r\n", commands: `"PING"; "PING"; "PING"; "ECHO" "y"`},
	{in: "  ECHO\t  hi  \r\n\x0bECHO \x0cb\r\nECHO a\x0bb\r\n", commands: `"ECHO" "hi"; "ECHO" "b"; "ECHO" "a\vb"`},
	{in: "ECHO a\rb\r\nECHO a\r\r\n\r\r\n", commands: `"ECHO" "a" "b"; "ECHO" "a"`},
	{in: `ECHO "a b" 'c d' "" ''` + "\n\"\"\n", commands: `"ECHO" "a b" "c d" "" ""; ""`},
	{in: `ECHO foo"bar" foo'bar' 'a\'b\n'` + "\n", commands: `"ECHO" "foobar" "foobar" "a'b\\n"`},
	{in: `ECHO "\x41\n\r\t\b\a\q\"\\" "\x4" "\xzz" "\x00\xfF" \n` + "\n", commands: `"ECHO" "A\n\r\t\b\aq\"\\" "x4" "xzz" "\x00\xff" "\\n"`},
	{in: "ECHO \"a\"\x0bb\n", commands: `"ECHO" "a" "b"`},
	{in: "$4\r\nPING\r\n *1\r\n", commands: `"$4"; "PING"; "*1"`},
	{in: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", commands: `"GET" "/" "HTTP/1.1"; "Host:" "x"`},
	{in: "ECHO \"a\"b\r\n" + ping, violation: violationQuotes},
	{in: "ECHO 'a'b\r\n" + ping, violation: violationQuotes},
	{in: "ECHO \"a\r\n\"" + ping, violation: violationQuotes},
	{in: "ECHO 'a\r\n" + ping, violation: violationQuotes},
	{in: "ECHO \"a\\\r\n" + ping, violation: violationQuotes},
	{in: "ECHO \"a\\\"\r\n" + ping, violation: violationQuotes},
	{in: "ECHO 'a\\'b\\n\\\\'\r\n", commands: "", violation: violationQuotes},

	// A zero byte hides the end of a line.
	{in: "PI\x00NG\r\n" + ping + "\r\n"},
	{in: "\x00\r\n" + ping},
	{in: "*1\x00\r\n$4\r\nPING\r\n" + ping},
	{in: "*1\r\n$4\x00\r\nPING\r\n" + ping},
	{in: "*1\r\n\x00\r\n" + ping},
	{in: "a\x00" + strings.Repeat("b\n", 35000), violation: violationInlineLine},
	{in: "*1\x00" + strings.Repeat("1\r", 35000), violation: violationCountLine},

	// Counts.
	{in: "*-9223372036854775809\r\n" + ping, violation: violationCount},
	{in: "*\r\n" + ping, violation: violationCount},
	{in: "*-\r\n" + ping, violation: violationCount},
	{in: "*-0\r\n" + ping, violation: violationCount},
	{in: "*01\r\n" + ping, violation: violationCount},
	{in: "*+1\r\n" + ping, violation: violationCount},
	{in: "* 1\r\n" + ping, violation: violationCount},
	{in: "*1 \r\n" + ping, violation: violationCount},
	{in: "*1_0\r\n" + ping, violation: violationCount},
	{in: "*a\r\n" + ping, violation: violationCount},
	{in: "*1\n$4\r\nPING\r\n", violation: violationCount},
	{in: "*2147483648\r\n" + ping, violation: violationCount},
	{in: "*9000000000000000000\r\n" + ping, violation: violationCount},
	{in: "*9000000000000000000\r\n", violation: violationCount},
	{in: "*99999999999999999999999999\r\n" + ping, violation: violationCount},
	{in: "*2147483647\r\n$1\r\na\r\nx\r\n" + ping, violation: violationDollar('x')},
	{in: "*16777216\r\n$1\r\na\r\nx\r\n" + ping, violation: violationDollar('x')},
	{in: "*2147483647\r\n$1\r\na\r\n"},
	{in: "*" + strings.Repeat("1", maxLine-1)},
	{in: "*" + strings.Repeat("1", maxLine-1) + "\rx", violation: violationCount},
	{in: "*" + strings.Repeat("1", maxLine), violation: violationCountLine},

	// Strings.
	{in: "*1\r\n$9223372036854775800\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n$9223372036854775800\r\n", violation: violationBulk},
	{in: "*1\r\n$536870912\r\n"},
	{in: "*1\r\n$536870913\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n$-1\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n$\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n$04\r\nPING\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n$+4\r\nPING\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n$4 \r\nPING\r\n" + ping, violation: violationBulk},
	{in: "*1\r\n:4\r\nPING\r\n" + ping, violation: "expected '$', got ':'"},
	{in: "*1\r\nPING\r\n" + ping, violation: "expected '$', got 'P'"},
	{in: "*1\r\n\r\n" + ping, violation: "expected '$', got '\r'"},
	{in: "*1\r\n\n\r\n" + ping, violation: "expected '$', got '\n'"},
	{in: "*1\r\n\xff\r\n" + ping, violation: "expected '$', got '\xff'"},
	{in: "*1\r\nx\n"},
	{in: "*2\r\n$4\r\nECHO\r\nx\r\n" + ping, violation: "expected '$', got 'x'"},
	{in: "*1\r\n$" + strings.Repeat("1", maxLine-1)},
	{in: "*1\r\n$" + strings.Repeat("1", maxLine), violation: violationBulkLine},
	{in: "*1\r\n" + strings.Repeat("x", maxLine+1), violation: violationBulkLine},

	// Lines.
	{in: strings.Repeat("a", maxLine)},
	{in: strings.Repeat("a", maxLine) + "\n", commands: strconv.Quote(strings.Repeat("a", maxLine))},
	{in: strings.Repeat("a", maxLine+1), violation: violationInlineLine},
	{in: strings.Repeat("a ", maxLine/2) + "\n" + ping, commands: strings.Repeat(`"a" `, maxLine/2-1) + `"a"; "PING"`},

	// What stands before a violation is run.
	{in: ping + "*1\r\nx\r\n" + ping, commands: `"PING"`, violation: "expected '$', got 'x'"},
	{in: ping + "ECHO x\n" + ping + "ECHO 'a\n" + ping, commands: `"PING"; "ECHO" "x"; "PING"`, violation: violationQuotes},
	{in: echo(strings.Repeat("a", 40000)) + "*1\r\n$x\r\n" + ping, commands: `"ECHO" "` + strings.Repeat("a", 40000) + `"`, violation: violationBulk},
	{in: ping + "*3\r\n$4\r\nMGET\r\n" + bulk(strings.Repeat("b", 40000)) + "*1\r\n" + ping, commands: `"PING"`, violation: "expected '$', got '*'"},
}

func TestCases(t *testing.T) {
	for _, tt := range cases {
		for name, chunk := range chunkings(1) {
			if name == "bytes" && len(tt.in) > 1000 {
				chunk = func() int { return 1000 }
			}
			o := run([]byte(tt.in), chunk, &hooks{}, nil)
			require.Equal(t, o, run([]byte(tt.in), chunk, &hooks{readOnly: true}, nil), "%s: %.200q", name, tt.in)
			require.Equal(t, tt.commands, strings.Join(o.commands, "; "), "%s: %.200q", name, tt.in)
			require.Equal(t, tt.violation, o.violation, "%s: %.200q", name, tt.in)
			want := io.EOF
			if tt.violation != "" {
				want = ErrViolation
			}
			require.Equal(t, want, o.err, "%s: %.200q", name, tt.in)
		}
	}
}

// TestAuthentication has the password come in the same packet as what needs it.
func TestAuthentication(t *testing.T) {
	many := "*11\r\n" + strings.Repeat(bulk("a"), 11)
	long := echo(strings.Repeat("x", unauthBulk+1))
	for _, tt := range []struct {
		in, violation string
		commands      int
	}{
		{"*10\r\n" + strings.Repeat(bulk("a"), 10), "", 1},
		{echo(strings.Repeat("x", unauthBulk)), "", 1},
		{strings.Repeat("a ", 20) + "\n", "", 1},
		{ping + many, violationCountAuth, 1},
		{ping + long, violationBulkAuth, 1},
		{"*2147483648\r\n", violationCount, 0},
		{"*1\r\n$536870913\r\n", violationBulk, 0},
		{"*1\r\n" + bulk("AUTH") + many + long + ping, "", 4},
		{"AUTH\r\n" + many + long + ping, "", 4},
	} {
		for name, chunk := range chunkings(2) {
			authenticated := false
			h := &hooks{authenticated: func() bool { return authenticated }}
			o := run([]byte(tt.in), chunk, h, func(words [][]byte) {
				authenticated = authenticated || string(words[0]) == "AUTH"
			})
			require.Equal(t, tt.violation, o.violation, "%s: %.100q", name, tt.in)
			require.Len(t, o.commands, tt.commands, "%s: %.100q", name, tt.in)
		}
	}
}

// TestMaxBulk changes the limit by a command whose successor needs it.
func TestMaxBulk(t *testing.T) {
	h := &hooks{maxBulk: 10}
	in := echo("0123456789") + "RAISE\n" + echo("0123456789a") + echo("0123456789ab")
	o := run([]byte(in), func() int { return 1 << 20 }, h, func(words [][]byte) {
		if string(words[0]) == "RAISE" {
			h.maxBulk = 11
		}
	})
	require.Equal(t, []string{`"ECHO" "0123456789"`, `"RAISE"`, `"ECHO" "0123456789a"`}, o.commands)
	require.Equal(t, violationBulk, o.violation)
}

// TestHugeMaxBulk keeps redcon from lengths that it cannot compute with,
// whatever proto-max-bulk-len says.
func TestHugeMaxBulk(t *testing.T) {
	h := &hooks{maxBulk: 1<<63 - 1}
	o := run([]byte(ping+"*1\r\n$9223372036854775800\r\n"+ping), func() int { return 1 << 20 }, h, nil)
	require.Equal(t, outcome{commands: []string{`"PING"`}, err: ErrOversize}, o)
}

// counting counts the reads of a connection and how often redcon must look at
// each byte: all that it has of an unfinished command, each time.
type counting struct {
	*Conn
	reads, held, looked int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.reads++
	c.held += n
	c.looked += c.held
	return n, err
}

// TestWorkIsLinear sends large commands in small packets.
func TestWorkIsLinear(t *testing.T) {
	args := 1 << 20
	for name, in := range map[string]string{
		"args": "*" + strconv.Itoa(args) + "\r\n" + strings.Repeat("$1\r\na\r\n", args),
		"bulk": echo(strings.Repeat("a", 8<<20)),
	} {
		for _, chunk := range []int{7, 1460, 1 << 20} {
			f := &fakeConn{in: []byte(in), chunk: func() int { return chunk }}
			c := &counting{Conn: NewConn(f, &hooks{maxBulk: 512 << 20})}
			cmd, err := redcon.NewReader(c).ReadCommand()
			require.NoError(t, err)
			require.Equal(t, in, string(cmd.Raw))
			require.LessOrEqual(t, c.reads, 20, "%s by %d", name, chunk)
			require.LessOrEqual(t, c.looked, 4*len(in), "%s by %d", name, chunk)
		}
	}
}

// TestReadsEndWithCommands holds that redcon's buffer gets empty again and again
// where commands are small.
func TestReadsEndWithCommands(t *testing.T) {
	in := strings.Repeat(echo(strings.Repeat("v", 90)), 1000)
	rnd := rand.New(rand.NewSource(3))
	f := &fakeConn{in: []byte(in), chunk: func() int { return 1 + rnd.Intn(3000) }}
	c := NewConn(f, &hooks{maxBulk: 512 << 20})
	p := make([]byte, 4096)
	got := ""
	for {
		n, err := c.Read(p)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		got += string(p[:n])
		require.Zero(t, n%len(echo(strings.Repeat("v", 90))))
	}
	require.Equal(t, in, got)
}

// TestNext has one read bring a pipeline, of which redcon sees the first command.
func TestNext(t *testing.T) {
	in := ping + echo("a") + echo("") + "*2\r\n$4\r\nECHO\r\n$3\r\nab"
	f := &fakeConn{in: []byte(in), chunk: func() int { return 1 << 20 }}
	c := NewConn(f, &hooks{maxBulk: 512 << 20})
	p := make([]byte, 4096)
	n, err := c.Read(p)
	require.NoError(t, err)
	require.Equal(t, ping, string(p[:n]))

	words := make([][]byte, 0, 4)
	require.Zero(t, testing.AllocsPerRun(1, func() { // which runs it twice
		words, n = c.Next(words[:0])
	}))
	require.Equal(t, `"ECHO" ""`, show(words))
	require.Equal(t, len(echo("")), n)
	require.Equal(t, len(words[0]), cap(words[0]), "a word cannot grow into the next")
	_, n = c.Next(nil)
	require.Zero(t, n, "the last one is not whole")
	require.Equal(t, len(in)-len(ping+echo("a")+echo("")), c.Unread())
}

// TestNextInline: lines that come together are one batch too, as they are to Redis.
func TestNextInline(t *testing.T) {
	f := &fakeConn{in: []byte("PING\r\n\r\nECHO 'a b'\n*0\r\n" + ping + "ECHO 'x\n"), chunk: func() int { return 1 << 20 }}
	c := NewConn(f, &hooks{maxBulk: 512 << 20})
	_, err := c.Read(make([]byte, 4096))
	require.NoError(t, err)
	var got []string
	for words, size := c.Next(nil); size > 0; words, size = c.Next(nil) {
		got = append(got, show(words))
	}
	require.Equal(t, []string{`"ECHO" "a b"`, `"PING"`}, got)
	require.Equal(t, len("ECHO 'x\n"), c.Unread(), "the violation is Read's")
}

// TestIdleHoldsNothing looks at the memory of a connection between commands.
func TestIdleHoldsNothing(t *testing.T) {
	for _, in := range []string{ping, "PING\n", ping + "\r\n" + ping, echo(strings.Repeat("a", 100000)), strings.Repeat("b ", 9000) + "\n"} {
		for name, chunk := range chunkings(4) {
			f := &fakeConn{in: []byte(in), chunk: chunk}
			c := NewConn(f, &hooks{maxBulk: 512 << 20})
			f.idle = func() {
				require.Nil(t, c.buf, name)
				require.Nil(t, c.made, name)
			}
			rd := redcon.NewReader(c)
			for err := error(nil); err == nil; {
				_, err = rd.ReadCommand()
			}
		}
	}
}

func TestEmptyWrite(t *testing.T) {
	c := NewConn(nil, &hooks{})
	n, err := c.Write(nil) // would panic if it reached the connection
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestBytesRead(t *testing.T) {
	h := &hooks{}
	in := ping + "\r\n" + echo(strings.Repeat("a", 50000)) + "PING\n*1\r\nx\r\nrest"
	o := run([]byte(in), func() int { return 999 }, h, nil)
	require.Equal(t, ErrViolation, o.err)
	require.InDelta(t, len(in), h.read.Load(), 999)
}

// FuzzGuard holds that the guard never panics and that how the bytes come makes
// no difference.
func FuzzGuard(f *testing.F) {
	for i, tt := range cases {
		if len(tt.in) < 1000 {
			f.Add([]byte(tt.in), int64(i))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, seed int64) {
		var first outcome
		for i, name := range []string{"whole", "bytes", "random", "whole", "random"} {
			o := run(in, chunkings(seed)[name], &hooks{maxBulk: 1 << 16, readOnly: i > 2}, nil)
			if i == 0 {
				first = o
			}
			require.Equal(t, first, o, "seed %d, %s", seed, name)
			require.True(t, errors.Is(o.err, io.EOF) || o.violation != "", "error: %v", o.err)
		}
	})
}
