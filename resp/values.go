package resp

import "fmt"

// Types for values that have no Go type of their own. [Reader.Read] lists the types
// of the others.
type (
	// Map is a RESP3 map in the order it was sent.
	Map []Pair

	// Pair is one entry of a Map.
	Pair struct{ Key, Value any }

	// Set is a RESP3 set in the order it was sent.
	Set []any

	// Push is an out-of-band message: its kind, such as "invalidate", is its first
	// element.
	Push []any

	// Verbatim is text with its format, three letters such as "txt".
	Verbatim struct{ Format, Text string }

	// Simple is a simple string to be written. It is read as a string.
	Simple string

	// BigNumber is an integer of any size, in decimal.
	BigNumber string
)

// Value writes a value of a type that [Reader.Read] returns; a string becomes a bulk string. It
// also takes [Simple], int, []byte and []string. For any other type it returns an error, and what it has written
// is no whole value.
func (w *Writer) Value(v any) error {
	switch v := v.(type) {
	case nil:
		w.Null()
	case string:
		w.BulkString(v)
	case Simple:
		w.Simple(string(v))
	case []byte:
		w.Bulk(v)
	case error:
		w.Error(v)
	case int:
		w.Len(v)
	case int64:
		w.Int(v)
	case float64:
		w.Double(v)
	case bool:
		w.Bool(v)
	case BigNumber:
		w.BigNumber(string(v))
	case Verbatim:
		w.Verbatim(v.Format, v.Text)
	default:
		return w.aggregate(v)
	}
	return nil
}

func (w *Writer) aggregate(v any) error {
	switch v := v.(type) {
	case []any:
		w.Array(len(v))
		return w.values(v)
	case []string:
		w.Array(len(v))
		for _, s := range v {
			w.BulkString(s)
		}
	case Set:
		w.Set(len(v))
		return w.values(v)
	case Push:
		w.Push(len(v))
		return w.values(v)
	case Map:
		w.Map(len(v))
		for _, p := range v {
			if err := w.values([]any{p.Key, p.Value}); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("resp: %T is no type of a value", v)
	}
	return nil
}

func (w *Writer) values(list []any) error {
	for _, v := range list {
		if err := w.Value(v); err != nil {
			return err
		}
	}
	return nil
}
