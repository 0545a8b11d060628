package hashes

import (
	"math"
	"strconv"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of HINCRBY and HINCRBYFLOAT.
const (
	errFieldNotInteger = resp.Error("ERR hash value is not an integer")
	errFieldNotFloat   = resp.Error("ERR hash value is not a float")
	errInfinity        = resp.Error("ERR value is NaN or Infinity")
)

// count sets the field of HINCRBY and HINCRBYFLOAT (key field increment) to the result of
// add for its value, and returns that result. A missing field counts as 0.
func count(c *command.Call, add func(current []byte) (string, error)) (string, error) {
	key, field := c.Args[1], c.Args[2]
	h, err := write(c, key)
	if err != nil {
		return "", err
	}
	value, ok := c.DB.Field(key, h, field)
	if !ok {
		value = "0"
	}
	sum, err := add([]byte(value))
	if err != nil {
		return "", err
	}
	h = ensure(c, key, h)
	h.Set(field, sum, true)
	changed(c, key, h, c.Row.Name)
	return sum, nil
}

func runHIncrBy(c *command.Call) error {
	by, err := command.Int(c.Args[3])
	if err != nil {
		return err
	}
	var sum int64
	_, err = count(c, func(current []byte) (string, error) {
		n, ok := command.ParseInt(current)
		if !ok {
			return "", errFieldNotInteger
		}
		if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
			return "", resp.ErrOverflow
		}
		sum = n + by
		return strconv.FormatInt(sum, 10), nil
	})
	if err == nil {
		c.Out.Int(sum)
	}
	return err
}

func runHIncrByFloat(c *command.Call) error {
	by, ok := resp.ParseLongDouble(c.Args[3])
	if !ok {
		return resp.ErrNotFloat
	}
	if by.IsInf() {
		return errInfinity
	}
	sum, err := count(c, func(current []byte) (string, error) {
		sum, err := resp.AddLongDouble(current, c.Args[3])
		if err == resp.ErrNotFloat {
			err = errFieldNotFloat
		}
		return string(sum), err
	})
	if err == nil {
		c.Out.BulkString(sum)
	}
	return err
}

var counterRows = []command.Row{
	{Name: "hincrby", Arity: 4, Since: "2.0.0", Run: runHIncrBy, Summary: "Adds to the integer in a field",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "hincrbyfloat", Arity: 4, Since: "2.6.0", Run: runHIncrByFloat, Summary: "Adds to the floating-point number in a field",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
}
