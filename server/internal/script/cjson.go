package script

import (
	"fmt"
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// jsonConfig holds the settings of cjson. As in Redis, they outlive the script;
// nothing else does.
type jsonConfig struct {
	encodeDepth, decodeDepth int
	precision                int
	keepBuffer               bool   // without effect here
	encodeInvalid            string // "off", "on" or "null"
	decodeInvalid            bool
	sparseConvert            bool
	sparseRatio, sparseSafe  int
}

func newJSONConfig() *jsonConfig {
	return &jsonConfig{
		encodeDepth: 1000, decodeDepth: 1000, precision: 14, keepBuffer: true,
		encodeInvalid: "off", decodeInvalid: true, sparseRatio: 2, sparseSafe: 10,
	}
}

// jsonDepthMax bounds the depth that scripts can set. In Redis, Lua's stack does.
const jsonDepthMax = 7990

// precisionMax is the largest number of digits that cjson writes.
const precisionMax = 14

// cjsonLib makes a cjson table with settings of its own.
func (m *machine) cjsonLib() *lua.LTable {
	cfg := newJSONConfig()
	t := m.library(map[string]function{
		"encode":                  cfg.encode,
		"decode":                  cfg.decode,
		"new":                     func(c call) int { return c.push(c.m.cjsonLib()) },
		"encode_max_depth":        func(c call) int { return c.intOption(&cfg.encodeDepth, 1, 1, math.MaxInt32) },
		"decode_max_depth":        func(c call) int { return c.intOption(&cfg.decodeDepth, 1, 1, math.MaxInt32) },
		"encode_number_precision": func(c call) int { return c.intOption(&cfg.precision, 1, 1, precisionMax) },
		"encode_keep_buffer":      func(c call) int { return c.boolOption(&cfg.keepBuffer, 1) },
		"decode_invalid_numbers":  func(c call) int { return c.boolOption(&cfg.decodeInvalid, 1) },
		"encode_invalid_numbers":  cfg.invalidNumbers,
		"encode_sparse_array": func(c call) int {
			c.SetTop(3)
			return c.boolOption(&cfg.sparseConvert, 1) +
				c.intOption(&cfg.sparseRatio, 2, 0, math.MaxInt32) +
				c.intOption(&cfg.sparseSafe, 3, 0, math.MaxInt32)
		},
	})
	if m.null == nil {
		m.null = &lua.LUserData{Metatable: lua.LNil}
	}
	t.RawSetString("null", m.null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

// intOption sets an option to argument n, if given, and returns the option.
func (c call) intOption(option *int, n, low, high int) int {
	if c.Get(n) != lua.LNil {
		v := c.int(n)
		if v < int64(low) || v > int64(high) {
			c.argError(n, fmt.Sprintf("expected integer between %d and %d", low, high))
		}
		*option = int(v)
	}
	return c.pushNumber(float64(*option))
}

func (c call) boolOption(option *bool, n int) int {
	switch v := c.Get(n).(type) {
	case lua.LBool:
		*option = bool(v)
	case lua.LString:
		if v != "on" && v != "off" {
			c.argError(n, fmt.Sprintf("invalid option '%s'", string(v)))
		}
		*option = v == "on"
	case *lua.LNilType:
	default:
		c.typeError(n, "string")
	}
	return c.push(lua.LBool(*option))
}

func (cfg *jsonConfig) invalidNumbers(c call) int {
	switch v := c.Get(1).(type) {
	case lua.LBool:
		cfg.encodeInvalid = "off"
		if v {
			cfg.encodeInvalid = "on"
		}
	case *lua.LNilType:
	default:
		s := c.string(1)
		if s != "off" && s != "on" && s != "null" {
			c.argError(1, fmt.Sprintf("invalid option '%s'", s))
		}
		cfg.encodeInvalid = s
	}
	if cfg.encodeInvalid == "null" {
		return c.pushString("null")
	}
	return c.push(lua.LBool(cfg.encodeInvalid == "on"))
}

func (cfg *jsonConfig) encode(c call) int {
	if c.GetTop() != 1 {
		c.argError(1, "expected 1 argument")
	}
	e := jsonEncoder{call: c, cfg: cfg}
	e.value(c.Get(1), 0)
	return c.pushString(string(e.buf))
}

// jsonEncoder writes one value as JSON.
type jsonEncoder struct {
	call
	cfg *jsonConfig
	buf []byte
}

func (e *jsonEncoder) value(v lua.LValue, depth int) {
	if len(e.buf) > stringMax {
		e.failBare(errMemory)
	}
	switch v := v.(type) {
	case *lua.LNilType:
		e.buf = append(e.buf, "null"...)
	case lua.LBool:
		e.buf = strconv.AppendBool(e.buf, bool(v))
	case lua.LNumber:
		e.number(float64(v))
	case lua.LString:
		e.text(string(v))
	case *lua.LTable:
		e.table(e.m.behind(v), depth+1)
	default:
		if v != e.m.null {
			e.fail("Cannot serialise %s: type not supported", v.Type())
		}
		e.buf = append(e.buf, "null"...)
	}
}

func (e *jsonEncoder) number(f float64) {
	if !math.IsNaN(f) && !math.IsInf(f, 0) {
		e.digits(f)
		return
	}
	switch e.cfg.encodeInvalid {
	case "off":
		e.fail("Cannot serialise number: must not be NaN or Inf")
	case "null":
		e.buf = append(e.buf, "null"...)
	default:
		s, _ := formatSpecial(f)
		if math.IsNaN(f) {
			s = "nan"
		}
		e.buf = append(e.buf, s...)
	}
}

func (e *jsonEncoder) digits(f float64) {
	if e.cfg.precision == precisionMax {
		e.buf = append(e.buf, formatNumber(f)...)
		return
	}
	e.buf = fmt.Appendf(e.buf, "%.*g", e.cfg.precision, f)
}

var jsonEscapes = [256]string{
	'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func (e *jsonEncoder) text(s string) {
	e.buf = append(e.buf, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case jsonEscapes[c] != "":
			e.buf = append(e.buf, jsonEscapes[c]...)
		case c < ' ' || c == 0x7f:
			e.buf = fmt.Appendf(e.buf, `\u%04x`, c)
		default:
			e.buf = append(e.buf, c)
		}
	}
	e.buf = append(e.buf, '"')
}

func (e *jsonEncoder) table(t *lua.LTable, depth int) {
	if depth > min(e.cfg.encodeDepth, jsonDepthMax) {
		e.fail("Cannot serialise, excessive nesting (%d)", depth)
	}
	n := e.arrayLength(t)
	if n <= 0 {
		e.object(t, depth)
		return
	}
	e.buf = append(e.buf, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.buf = append(e.buf, ',')
		}
		e.value(at(t, i), depth)
	}
	e.buf = append(e.buf, ']')
}

// arrayLength returns the largest index of an array, or -1 if the table has other
// keys or, according to the settings, too many gaps.
func (e *jsonEncoder) arrayLength(t *lua.LTable) int {
	items, largest := int64(0), int64(0)
	for k, _ := next(t, lua.LNil); k != lua.LNil; {
		n, ok := k.(lua.LNumber)
		if !ok || n < 1 || float64(n) != math.Trunc(float64(n)) {
			return -1
		}
		items++
		largest = max(largest, truncate(float64(n)))
		k, _ = next(t, k)
	}
	if largest > math.MaxInt32 {
		return -1 // as in the original, where it overflows
	}
	if e.cfg.sparseRatio > 0 && largest > items*int64(e.cfg.sparseRatio) && largest > int64(e.cfg.sparseSafe) {
		if !e.cfg.sparseConvert {
			e.fail("Cannot serialise table: excessively sparse array")
		}
		return -1
	}
	return int(largest)
}

func (e *jsonEncoder) object(t *lua.LTable, depth int) {
	e.buf = append(e.buf, '{')
	first := true
	for k, v := next(t, lua.LNil); k != lua.LNil; k, v = next(t, k) {
		if !first {
			e.buf = append(e.buf, ',')
		}
		first = false
		switch k := k.(type) {
		case lua.LString:
			e.text(string(k))
		case lua.LNumber:
			e.buf = append(e.buf, '"')
			e.number(float64(k))
			e.buf = append(e.buf, '"')
		default:
			e.fail("Cannot serialise %s: table key must be a number or string", k.Type())
		}
		e.buf = append(e.buf, ':')
		e.value(v, depth)
	}
	e.buf = append(e.buf, '}')
}
