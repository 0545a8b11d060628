package script

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func unary(fn func(float64) float64) function {
	return func(c call) int { return c.pushNumber(fn(c.number(1))) }
}

func binary(fn func(a, b float64) float64) function {
	return func(c call) int { return c.pushNumber(fn(c.number(1), c.number(2))) }
}

// best is math.max and math.min.
func best(better func(a, b float64) bool) function {
	return func(c call) int {
		f := c.number(1)
		for i := 2; i <= c.GetTop(); i++ {
			if g := c.number(i); better(g, f) {
				f = g
			}
		}
		return c.pushNumber(f)
	}
}

func (m *machine) mathLib() *lua.LTable {
	t := m.library(mathFunctions)
	t.RawSetString("pi", lua.LNumber(math.Pi))
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
	return t
}

var mathFunctions = map[string]function{
	"abs": unary(math.Abs), "ceil": unary(math.Ceil), "floor": unary(math.Floor),
	"sqrt": unary(math.Sqrt), "exp": unary(math.Exp), "log": unary(math.Log), "log10": unary(math.Log10),
	"sin": unary(math.Sin), "cos": unary(math.Cos), "tan": unary(math.Tan),
	"asin": unary(math.Asin), "acos": unary(math.Acos), "atan": unary(math.Atan),
	"sinh": unary(math.Sinh), "cosh": unary(math.Cosh), "tanh": unary(math.Tanh),
	"deg":   unary(func(f float64) float64 { return f / (math.Pi / 180) }),
	"rad":   unary(func(f float64) float64 { return f * (math.Pi / 180) }),
	"atan2": binary(math.Atan2), "pow": binary(math.Pow), "fmod": binary(math.Mod), "mod": binary(math.Mod),
	"ldexp":  func(c call) int { return c.pushNumber(math.Ldexp(c.number(1), int(int32(c.int(2))))) },
	"max":    best(func(a, b float64) bool { return a > b }),
	"min":    best(func(a, b float64) bool { return a < b }),
	"frexp":  mathFrexp,
	"modf":   mathModf,
	"random": mathRandom,
	"randomseed": func(c call) int {
		c.m.random.seed(int32(c.int(1)))
		return 0
	},
}

func mathFrexp(c call) int {
	frac, exp := math.Frexp(c.number(1))
	return c.push(lua.LNumber(frac), lua.LNumber(exp))
}

func mathModf(c call) int {
	f := c.number(1)
	whole := math.Trunc(f)
	frac := f - whole
	if math.IsInf(f, 0) {
		frac = 0
	}
	return c.push(lua.LNumber(whole), lua.LNumber(frac))
}

func mathRandom(c call) int {
	r := c.m.random.float()
	switch c.GetTop() {
	case 0:
		return c.pushNumber(r)
	case 1:
		high := c.int(1)
		if high < 1 {
			c.argError(1, "interval is empty")
		}
		return c.pushNumber(math.Floor(r*float64(high)) + 1)
	case 2:
		low, high := c.int(1), c.int(2)
		if low > high {
			c.argError(2, "interval is empty")
		}
		return c.pushNumber(math.Floor(r*(float64(high)-float64(low)+1)) + float64(low))
	}
	c.fail("wrong number of arguments")
	return 0
}

// started stands in for the start of the process in os.clock.
var started = time.Now()

var osFunctions = map[string]function{
	"clock": func(c call) int { return c.pushNumber(time.Since(started).Seconds()) },
}
