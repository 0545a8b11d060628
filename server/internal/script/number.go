package script

import (
	"fmt"
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// Bounds of the numbers that are written like integers: Lua writes 14 digits.
const plainMax = 1e14

// formatNumber writes a number as Lua does: C's %.14g.
func formatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < plainMax && (f != 0 || !math.Signbit(f)) {
		return strconv.FormatInt(int64(f), 10)
	}
	if s, special := formatSpecial(f); special {
		return s
	}
	return fmt.Sprintf("%.14g", f)
}

// formatSpecial writes infinities and NaN as C does.
func formatSpecial(f float64) (string, bool) {
	switch {
	case math.IsInf(f, 1):
		return "inf", true
	case math.IsInf(f, -1):
		return "-inf", true
	case math.IsNaN(f) && math.Signbit(f):
		return "-nan", true
	case math.IsNaN(f):
		return "nan", true
	}
	return "", false
}

// display writes any value as tostring does, but without metatables.
func (m *machine) display(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return formatNumber(float64(v))
	case *lua.LUserData:
		if v == m.null {
			return "userdata: (nil)"
		}
	}
	return v.String()
}

// rand48 is the generator behind math.random: POSIX's lrand48. As in Redis, it
// starts the same in every process, and each script continues where the one before
// left it.
type rand48 struct{ state uint64 }

func newRand48() rand48 { return rand48{0x1234abcd330e} }

const randMax = math.MaxInt32

func (r *rand48) seed(n int32) { r.state = uint64(uint32(n))<<16 | 0x330e }

func (r *rand48) next() int64 {
	r.state = (r.state*0x5deece66d + 0xb) & (1<<48 - 1)
	return int64(r.state >> 17)
}

// float returns a number in [0, 1).
func (r *rand48) float() float64 { return float64(r.next()%randMax) / randMax }
