package strings

import (
	"math"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// ttl is what a command line says of the time to live: at most one of EX s,
// PX ms, EXAT s, PXAT ms, KEEPTTL and PERSIST, though that one may stand twice.
// Its amount is read only when the rest of the line was found to be right.
type ttl struct {
	kind   ttlKind
	amount []byte
}

type ttlKind uint8

const (
	ttlNone ttlKind = iota
	ttlEX
	ttlPX
	ttlEXAT
	ttlPXAT
	ttlKeep
	ttlPersist
)

var ttlWords = [...]string{ttlEX: "ex", ttlPX: "px", ttlEXAT: "exat", ttlPXAT: "pxat", ttlKeep: "keepttl", ttlPersist: "persist"}

// take reads args[i], with its amount if it wants one, and returns how many
// words that were: 0 where it is no such option, or against an earlier one.
func (t *ttl) take(args [][]byte, i int) int {
	kind := ttlNone
	for k := ttlEX; k <= ttlPersist; k++ {
		if command.Is(args[i], ttlWords[k]) {
			kind = k
		}
	}
	if kind == ttlNone || t.kind != ttlNone && t.kind != kind {
		return 0
	}
	t.kind = kind
	if kind >= ttlKeep {
		return 1
	}
	if i+1 == len(args) {
		return 0
	}
	t.amount = args[i+1]
	return 2
}

// absolute tells that a time was given as Unix time.
func (t ttl) absolute() bool { return t.kind == ttlEXAT || t.kind == ttlPXAT }

// at returns when the key expires, in Unix milliseconds, or 0 where no time was
// given. name is the command, for the error.
func (t ttl) at(name string, now int64) (int64, error) {
	if t.kind == ttlNone || t.kind >= ttlKeep {
		return 0, nil
	}
	n, err := command.Int(t.amount)
	if err != nil {
		return 0, err
	}
	seconds := t.kind == ttlEX || t.kind == ttlEXAT
	if n <= 0 || seconds && n > math.MaxInt64/1000 {
		return 0, resp.InvalidExpire(name)
	}
	if seconds {
		n *= 1000
	}
	if t.absolute() {
		return n, nil
	}
	if n > math.MaxInt64-now {
		return 0, resp.InvalidExpire(name)
	}
	return now + n, nil
}
