package script

import (
	"bytes"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
)

// field makes a table with one field, which is how Lua sees most kinds of reply:
// {ok=...}, {double=...}.
func (m *machine) field(name string, v lua.LValue) *lua.LTable {
	t := &lua.LTable{Metatable: lua.LNil}
	t.RawSetString(name, v)
	return t
}

// fromReply turns a reply in protocol form into a Lua value.
func (c call) fromReply(b []byte) lua.LValue {
	v, _ := c.decode(b)
	return v
}

// decode reads one value off b.
//
//	+OK      {ok="OK"}         -ERR x   {err="ERR x"}    :1      1
//	$1 a     "a"               $-1 *-1  false            *       array
//	_        nil               #t       true             ,1.5    {double=1.5}
//	%        {map={k=v}}       ~        {set={k=true}}   (1      {big_number="1"}
//	=txt:a   {verbatim_string={format="txt", string="a"}}
func (c call) decode(b []byte) (v lua.LValue, rest []byte) {
	if len(b) == 0 {
		return lua.LNil, nil
	}
	c.work(1)
	c.reserve(boxSize)
	kind := b[0]
	line, rest := cutLine(b[1:])
	switch kind {
	case '+':
		return c.m.field("ok", lua.LString(line)), rest
	case '-':
		return c.m.errorText("-"+string(line), true), rest
	case ':':
		n, _ := strconv.ParseInt(string(line), 10, 64)
		return lua.LNumber(n), rest
	case '_':
		return lua.LNil, rest
	case '#':
		return lua.LBool(string(line) == "t"), rest
	case ',':
		f, _ := strconv.ParseFloat(string(line), 64)
		return c.m.field("double", lua.LNumber(f)), rest
	case '(':
		return c.m.field("big_number", lua.LString(line)), rest
	}
	n, err := strconv.Atoi(string(line))
	if err != nil || n < 0 {
		return lua.LFalse, rest
	}
	return c.decodeSized(kind, n, rest)
}

// decodeSized reads what follows a length.
func (c call) decodeSized(kind byte, n int, b []byte) (lua.LValue, []byte) {
	switch kind {
	case '$':
		c.reserve(n)
		return lua.LString(b[:n]), b[n+len("\r\n"):]
	case '=':
		t := c.m.field("format", lua.LString(b[:3]))
		t.RawSetString("string", lua.LString(b[4:n]))
		return c.m.field("verbatim_string", t), b[n+len("\r\n"):]
	case '%':
		t, rest := c.decodePairs(n, b)
		return c.m.field("map", t), rest
	case '~':
		c.reserve(tableSize + n*fieldSize)
		t := c.CreateTable(0, n)
		c.Push(t)
		for range n {
			var member lua.LValue
			if member, b = c.decode(b); member != lua.LNil {
				c.m.rawSet(t, member, lua.LTrue)
			}
		}
		c.Pop(1)
		return c.m.field("set", t), b
	case '|':
		_, rest := c.decodePairs(n, b)
		return c.decode(rest)
	}
	c.reserve(tableSize + n*valueSize)
	t := c.CreateTable(n, 0)
	c.Push(t) // where the scale finds it
	for i := range n {
		var v lua.LValue
		v, b = c.decode(b)
		t.RawSetInt(i+1, v)
	}
	c.Pop(1)
	return t, b
}

func (c call) decodePairs(n int, b []byte) (*lua.LTable, []byte) {
	c.reserve(tableSize + n*fieldSize)
	t := c.CreateTable(0, n)
	c.Push(t)
	for range n {
		var k, v lua.LValue
		k, b = c.decode(b)
		v, b = c.decode(b)
		if k != lua.LNil {
			c.m.rawSet(t, k, v)
		}
	}
	c.Pop(1)
	return t, b
}

func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\r\n"))
	return line, rest
}

// Limits of a reply. In Redis, Lua's stack bounds the depth. A table that contains
// itself twice would take forever at any depth.
const replyDepthMax = 7995

// replySizeMax is a variable for tests.
var replySizeMax = 512 << 20

// encoder writes a Lua value as a reply.
type encoder struct {
	m     *machine
	out   *resp.Writer
	limit int // of len(out.Buf)
	over  bool
}

// writeResult replies with the value that a script returned.
func (m *machine) writeResult(out *resp.Writer, v lua.LValue) Outcome {
	start := len(out.Buf)
	e := encoder{m: m, out: out, limit: start + replySizeMax}
	e.encode(v, 0)
	if e.over {
		out.Buf = out.Buf[:start]
		out.ErrorText("ERR script reply is too large")
		return Outcome{Failed: true}
	}
	o := Outcome{Failed: out.Buf[start] == '-'}
	if t, ok := v.(*lua.LTable); ok && o.Failed {
		o.Counted = lua.LVAsBool(t.RawGetString("ignore_error_stats_update"))
	}
	return o
}

func (e *encoder) encode(v lua.LValue, depth int) {
	s, _ := v.(lua.LString)
	if len(e.out.Buf)+len(s) > e.limit || e.m.run.killed.Load() {
		e.over = true
	}
	if e.over {
		return
	}
	switch v := v.(type) {
	case lua.LString:
		e.out.BulkString(string(v))
	case lua.LNumber:
		e.out.Int(truncate(float64(v)))
	case lua.LBool:
		e.encodeBool(bool(v))
	case *lua.LTable:
		if depth >= replyDepthMax {
			e.out.ErrorText("ERR reached lua stack limit")
			return
		}
		e.encodeTable(v, depth+1)
	default:
		e.out.Null()
	}
}

// encodeBool writes booleans as in RESP2 until redis.setresp(3).
func (e *encoder) encodeBool(b bool) {
	switch {
	case e.m.run.proto >= 3:
		e.out.Bool(b)
	case b:
		e.out.Int(1)
	default:
		e.out.Null()
	}
}

// encodeTable looks for the fields that make a table a special reply, in Redis's
// order; otherwise the table is an array.
func (e *encoder) encodeTable(t *lua.LTable, depth int) {
	if s, ok := t.RawGetString("err").(lua.LString); ok {
		e.out.ErrorText(oneLine(string(s)))
		return
	}
	if s, ok := t.RawGetString("ok").(lua.LString); ok {
		e.out.Simple(oneLine(string(s)))
		return
	}
	if f, ok := t.RawGetString("double").(lua.LNumber); ok {
		e.out.Double(float64(f))
		return
	}
	if s, ok := t.RawGetString("big_number").(lua.LString); ok {
		e.out.BigNumber(oneLine(string(s)))
		return
	}
	if v, ok := t.RawGetString("verbatim_string").(*lua.LTable); ok && e.encodeVerbatim(v) {
		return
	}
	if v, ok := t.RawGetString("map").(*lua.LTable); ok {
		e.encodePairs(v, depth, e.out.CloseMap, true)
		return
	}
	if v, ok := t.RawGetString("set").(*lua.LTable); ok {
		e.encodePairs(v, depth, e.out.CloseSet, false)
		return
	}
	e.encodeArray(t, depth)
}

// verbatimFormat is the length of the format of a verbatim string.
const verbatimFormat = 3

func (e *encoder) encodeVerbatim(t *lua.LTable) bool {
	format, ok1 := t.RawGetString("format").(lua.LString)
	text, ok2 := t.RawGetString("string").(lua.LString)
	if !ok1 || !ok2 {
		return false
	}
	e.out.Verbatim((string(format) + "   ")[:verbatimFormat], string(text))
	return true
}

// encodePairs writes the keys of a table and, if wanted, the values.
func (e *encoder) encodePairs(t *lua.LTable, depth int, done func(resp.Mark, int), values bool) {
	mark, n := e.out.Later(), 0
	for k, v := next(t, lua.LNil); k != lua.LNil; k, v = next(t, k) {
		e.encode(k, depth)
		if values {
			e.encode(v, depth)
		}
		n++
	}
	done(mark, n)
}

// encodeArray writes the elements up to the first nil.
func (e *encoder) encodeArray(t *lua.LTable, depth int) {
	n := 0
	for at(t, n+1) != lua.LNil {
		n++
	}
	e.out.Array(n)
	for i := 1; i <= n; i++ {
		e.encode(at(t, i), depth)
	}
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

// oneLine makes a text fit into a line of the protocol. A zero byte ends it, as in
// C.
func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return lineBreaks.Replace(s)
}
