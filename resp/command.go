package resp

import (
	"fmt"
	"strconv"
)

// AppendCommand appends a command in the form that clients send it: an array of
// bulk strings. Strings and bytes are taken as they are, integers in decimal,
// floating-point numbers as Redis writes them, everything else as fmt prints it.
func AppendCommand(dst []byte, args ...any) []byte {
	w := Writer{Buf: dst}
	w.Array(len(args))
	for _, arg := range args {
		var tmp [32]byte
		switch v := arg.(type) {
		case string:
			w.BulkString(v)
		case []byte:
			w.Bulk(v)
		case int:
			w.BulkInt(int64(v))
		case int64:
			w.BulkInt(v)
		case float64:
			w.Bulk(AppendDouble(tmp[:0], v))
		case float32:
			w.Bulk(strconv.AppendFloat(tmp[:0], float64(v), 'g', -1, 32))
		default:
			w.Bulk(fmt.Append(tmp[:0], v))
		}
	}
	return w.Buf
}
