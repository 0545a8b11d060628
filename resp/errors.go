package resp

import "fmt"

// Error is an error reply. Its text, which begins with the code, is what the client
// reads. Every text that more than one command uses is in this file.
type Error string

func (e Error) Error() string { return string(e) }

// Errorf formats an Error.
func Errorf(format string, args ...any) Error { return Error(fmt.Sprintf(format, args...)) }

// The replies that many commands share, in Redis's words.
const (
	ErrSyntax        = Error("ERR syntax error")
	ErrNotInteger    = Error("ERR value is not an integer or out of range")
	ErrNotFloat      = Error("ERR value is not a valid float")
	ErrOutOfRange    = Error("ERR value is out of range")
	ErrSignedRange   = Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
	ErrNotPositive   = Error("ERR value is out of range, must be positive")
	ErrIndexRange    = Error("ERR index out of range")
	ErrOffset        = Error("ERR offset is out of range")
	ErrNoSuchKey     = Error("ERR no such key")
	ErrOverflow      = Error("ERR increment or decrement would overflow")
	ErrNaN           = Error("ERR increment would produce NaN or Infinity")
	ErrStringTooLong = Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
	ErrTimeout       = Error("ERR timeout is not a float or out of range")
	ErrTimeoutNeg    = Error("ERR timeout is negative")
	ErrDBIndex       = Error("ERR DB index is out of range")
	ErrSameObject    = Error("ERR source and destination objects are the same")
	ErrCursor        = Error("ERR invalid cursor")
	ErrBadNumKeys    = Error("ERR Number of keys can't be greater than number of args")
	ErrOOM           = Error("OOM command not allowed when used memory > 'maxmemory'.")
)

// WrongArity is the reply to a command with too few or too many arguments. name is
// the full name in lower case, such as "config|set" for a subcommand.
func WrongArity(name string) Error {
	return Errorf("ERR wrong number of arguments for '%s' command", name)
}

// InvalidExpire is the reply to an expiry that is not positive or overflows.
func InvalidExpire(name string) Error {
	return Errorf("ERR invalid expire time in '%s' command", name)
}
