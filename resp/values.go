package resp

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

	// BigNumber is an integer of any size, in decimal.
	BigNumber string
)
