package wire

import (
	"bytes"
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/redcon"
)

// client is one that has sent all it will ever send. chunk says how much of it comes
// with each read; scratch is as large as the server's.
type client struct {
	limits Limits
	chunk  func() int
	before func(words [][]byte) // called with each command, as the server would run it
}

// outcome is what became of an input.
type outcome struct {
	commands []string // words in Go's quotes
	err      error
}

// run sends bytes through an Input as the server does: a read, the commands in it, and
// what is left is settled.
func (c *client) run(in []byte) (o outcome) {
	in = bytes.Clone(in)
	var input Input
	scratch := make([]byte, 0, 16<<10)
	for len(in) > 0 && o.err == nil {
		space := input.Space(scratch)
		n := copy(space[:min(len(space), c.chunk())], in)
		in = in[n:]
		input.Filled(n)
		c.drain(&input, &o)
		input.Settle()
		clear(scratch[:min(n, cap(scratch))]) // it is lent to others meanwhile
	}
	return o
}

func (c *client) drain(input *Input, o *outcome) {
	var words [][]byte
	for {
		whole := input.Whole(c.limits)
		var size int
		words, size, o.err = input.Next(c.limits, words[:0])
		if whole != (size > 0 || o.err != nil) {
			panic("Whole and Next do not agree")
		}
		if size == 0 {
			return
		}
		if c.before != nil {
			c.before(words)
		}
		o.commands = append(o.commands, show(words))
		for _, w := range words {
			clear(w) // they are the command's own
		}
	}
}

func open() Limits { return Limits{Authenticated: true, MaxBulk: 512 << 20} }

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
			o := (&client{limits: open(), chunk: chunk}).run([]byte(tt.in))
			require.Equal(t, tt.commands, strings.Join(o.commands, "; "), "%s: %.200q", name, tt.in)
			if tt.violation == "" {
				require.NoError(t, o.err, "%s: %.200q", name, tt.in)
			} else {
				require.Equal(t, Violation(tt.violation), o.err, "%s: %.200q", name, tt.in)
			}
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
			c := &client{limits: Limits{MaxBulk: 512 << 20}, chunk: chunk}
			c.before = func(words [][]byte) {
				c.limits.Authenticated = c.limits.Authenticated || string(words[0]) == "AUTH"
			}
			o := c.run([]byte(tt.in))
			require.Len(t, o.commands, tt.commands, "%s: %.100q", name, tt.in)
			if tt.violation == "" {
				require.NoError(t, o.err, "%s: %.100q", name, tt.in)
			} else {
				require.Equal(t, Violation(tt.violation), o.err, "%s: %.100q", name, tt.in)
			}
		}
	}
}

// TestMaxBulk changes the limit by a command whose successor needs it.
func TestMaxBulk(t *testing.T) {
	c := &client{limits: Limits{Authenticated: true, MaxBulk: 10}, chunk: func() int { return 1 << 20 }}
	c.before = func(words [][]byte) {
		if string(words[0]) == "RAISE" {
			c.limits.MaxBulk = 11
		}
	}
	o := c.run([]byte(echo("0123456789") + "RAISE\n" + echo("0123456789a") + echo("0123456789ab")))
	require.Equal(t, []string{`"ECHO" "0123456789"`, `"RAISE"`, `"ECHO" "0123456789a"`}, o.commands)
	require.Equal(t, Violation(violationBulk), o.err)
}

// TestOversize: what is over our own limits is refused, whatever the settings allow.
func TestOversize(t *testing.T) {
	c := &client{limits: Limits{Authenticated: true, MaxBulk: 1<<63 - 1}, chunk: func() int { return 1 << 20 }}
	o := c.run([]byte(ping + "*1\r\n$9223372036854775800\r\n" + ping))
	require.Equal(t, outcome{commands: []string{`"PING"`}, err: ErrOversize}, o)

	words := maxWords + 1
	o = c.run([]byte("*" + strconv.Itoa(words) + "\r\n" + strings.Repeat("$0\r\n\r\n", words)))
	require.Equal(t, outcome{err: ErrOversize}, o)
}

// TestWorkIsLinear sends large commands in small packets: how often a buffer grows, and
// so what is copied, is bounded.
func TestWorkIsLinear(t *testing.T) {
	args := 1 << 20
	for name, in := range map[string]string{
		"args": "*" + strconv.Itoa(args) + "\r\n" + strings.Repeat("$1\r\na\r\n", args),
		"bulk": echo(strings.Repeat("a", 8<<20)),
	} {
		for _, chunk := range []int{7, 1460, 1 << 20} {
			var input Input
			buffers, last, whole := 0, -1, 0
			for rest := []byte(in); len(rest) > 0; {
				space := input.Space(make([]byte, 0, 64))
				if cap(input.buf) != last {
					buffers, last = buffers+1, cap(input.buf)
				}
				n := copy(space[:min(len(space), chunk)], rest)
				rest = rest[n:]
				input.Filled(n)
				if words, size, err := input.Next(open(), nil); size > 0 || err != nil {
					require.NoError(t, err)
					require.Equal(t, len(in), size)
					whole = len(words)
				}
				input.Settle()
			}
			require.Positive(t, whole, "%s by %d", name, chunk)
			require.LessOrEqual(t, buffers, 24, "%s by %d", name, chunk)
			require.Zero(t, input, "nothing is kept")
		}
	}
}

// TestNothingIsAllocated where whole commands come, inline ones apart.
func TestNothingIsAllocated(t *testing.T) {
	in := []byte(strings.Repeat(echo("a"), 100))
	scratch := make([]byte, 0, 16<<10)
	words := make([][]byte, 0, 4)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		var input Input
		input.Filled(copy(input.Space(scratch), in))
		commands := 0
		for size := 1; size > 0; commands++ {
			words, size, _ = input.Next(open(), words[:0])
		}
		require.Equal(t, 101, commands)
		input.Settle()
	}))
}

// FuzzInput holds that nothing makes an Input panic, and that how the bytes come makes
// no difference.
func FuzzInput(f *testing.F) {
	for i, tt := range cases {
		if len(tt.in) < 1000 {
			f.Add([]byte(tt.in), int64(i))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, seed int64) {
		limits := Limits{Authenticated: true, MaxBulk: 1 << 16}
		var first outcome
		for i, name := range []string{"whole", "bytes", "random", "random"} {
			o := (&client{limits: limits, chunk: chunkings(seed + int64(i))[name]}).run(in)
			if i == 0 {
				first = o
			}
			require.Equal(t, first, o, "seed %d, %s", seed, name)
		}
	})
}

// BenchmarkNext takes commands from a buffer, beside redcon's parser on the same buffer,
// with slices that are used again: by itself, and behind the limits that it needs.
func BenchmarkNext(b *testing.B) {
	for name, command := range map[string]string{
		"array":  "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000001234\r\n$21\r\nvalue of a usual size\r\n",
		"inline": "SET key:000000001234 \"value of a usual size\"\r\n",
	} {
		packet := []byte(strings.Repeat(command, 32))
		b.Run(name+"/wire", func(b *testing.B) { benchmarkWire(b, packet) })
		b.Run(name+"/redcon", func(b *testing.B) { benchmarkRedcon(b, packet, false) })
		b.Run(name+"/redcon behind the limits", func(b *testing.B) { benchmarkRedcon(b, packet, true) })
	}
}

func benchmarkWire(b *testing.B, packet []byte) {
	b.ReportAllocs()
	scratch, words := make([]byte, 0, 16<<10), make([][]byte, 0, 8)
	for n := 0; n < b.N; {
		var input Input
		input.Filled(copy(input.Space(scratch), packet))
		for size := 1; size > 0; n++ {
			words, size, _ = input.Next(open(), words[:0])
		}
	}
}

func benchmarkRedcon(b *testing.B, packet []byte, limits bool) {
	b.ReportAllocs()
	scratch, words := make([]byte, 16<<10), make([][]byte, 0, 8)
	for n := 0; n < b.N; {
		left := scratch[:copy(scratch, packet)]
		for more := true; more; n++ {
			if limits && len(left) > 0 {
				(&framer{}).advance(left, open(), nil)
			}
			more, words, _, left, _ = redcon.ReadNextCommand(left, words[:0])
		}
	}
}

// What has come of a command is bytes unread or words taken, at any moment.
func TestUnreadAndTaken(t *testing.T) {
	var in Input
	fill := func(bytes string) {
		for len(bytes) > 0 {
			n := copy(in.Space(nil), bytes)
			in.Filled(n)
			bytes = bytes[n:]
		}
	}
	come := func(bytes string, unread, taken int) {
		t.Helper()
		fill(bytes)
		_, size, err := in.Next(open(), nil)
		require.NoError(t, err)
		require.Zero(t, size)
		in.Settle()
		require.Equal(t, [2]int{unread, taken}, [2]int{in.Unread(), in.Taken()})
	}
	come("*3\r\n$3\r\nSE", 2, 0)
	come("T\r\n$5", 2, 3)
	come("\r\n", 0, 3)
	come("hell", 4, 3)
	come("o\r\n$100000\r\n", 0, 8)
	long := strings.Repeat("x", 100000)
	come(long[:5], 5, 8)
	require.Equal(t, "xxxx", string(in.Start(4)))
	come(long[5:], 100000, 8)
	size, lent := in.Size()
	require.GreaterOrEqual(t, size, 100033)
	require.Zero(t, lent)

	fill("\r\nPI")
	words, size, err := in.Next(open(), nil)
	require.NoError(t, err)
	require.Equal(t, 100035, size)
	require.Len(t, words, 3)
	require.Equal(t, [2]int{2, 0}, [2]int{in.Unread(), in.Taken()})
}
