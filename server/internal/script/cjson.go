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
	e := jsonEncoder{text: text{call: c}, cfg: cfg}
	e.encode(c.Get(1), 0)
	return c.push(e.value())
}

// jsonEncoder writes one value as JSON.
type jsonEncoder struct {
	text
	cfg *jsonConfig
}

func (e *jsonEncoder) encode(v lua.LValue, depth int) {
	switch v := v.(type) {
	case *lua.LNilType:
		e.write("null")
	case lua.LBool:
		e.write(strconv.FormatBool(bool(v)))
	case lua.LNumber:
		e.number(float64(v))
	case lua.LString:
		e.quoted(string(v))
	case *lua.LTable:
		e.table(e.m.behind(v), depth+1)
	default:
		if v != e.m.null {
			e.fail("Cannot serialise %s: type not supported", v.Type())
		}
		e.write("null")
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
		e.write("null")
	default:
		s, _ := formatSpecial(f)
		if math.IsNaN(f) {
			s = "nan"
		}
		e.write(s)
	}
}

func (e *jsonEncoder) digits(f float64) {
	if e.cfg.precision == precisionMax {
		e.write(formatNumber(f))
		return
	}
	e.write(fmt.Sprintf("%.*g", e.cfg.precision, f))
}

var jsonEscapes = func() (escapes [256]string) {
	for c := range byte(' ') {
		escapes[c] = fmt.Sprintf(`\u%04x`, c)
	}
	for c, escape := range map[byte]string{
		'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`, 0x7f: `\u007f`,
	} {
		escapes[c] = escape
	}
	return escapes
}()

func (e *jsonEncoder) quoted(s string) {
	e.writeByte('"')
	e.escape(s, &jsonEscapes)
	e.writeByte('"')
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
	e.writeByte('[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.writeByte(',')
		}
		e.encode(at(t, i), depth)
	}
	e.writeByte(']')
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
		e.work(1)
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
	e.writeByte('{')
	first := true
	for k, v := next(t, lua.LNil); k != lua.LNil; k, v = next(t, k) {
		if !first {
			e.writeByte(',')
		}
		first = false
		switch k := k.(type) {
		case lua.LString:
			e.quoted(string(k))
		case lua.LNumber:
			e.writeByte('"')
			e.number(float64(k))
			e.writeByte('"')
		default:
			e.fail("Cannot serialise %s: table key must be a number or string", k.Type())
		}
		e.writeByte(':')
		e.encode(v, depth)
	}
	e.writeByte('}')
}
