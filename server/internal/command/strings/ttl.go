package strings

import (
	"math"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// ttl is what a command line says about the time to live: at most one option, which may be
// repeated. Its amount is parsed only after the rest of the line has been found correct.
type ttl struct {
	ttlOption
	amount []byte
}

// ttlOption is EX s, PX ms, EXAT s, PXAT ms, KEEPTTL, PERSIST, or none of them.
type ttlOption struct {
	clock         command.Clock
	keep, persist bool
}

// take reads the option args[i], with its amount if it has one, and returns how many words
// it has taken: 0 if the word is not such an option or conflicts with an earlier one.
func (t *ttl) take(args [][]byte, i int) int {
	none := ttlOption{}
	option := ttlOption{command.ClockOf(args[i]), command.Is(args[i], "keepttl"), command.Is(args[i], "persist")}
	if option == none || t.ttlOption != none && t.ttlOption != option {
		return 0
	}
	t.ttlOption = option
	if option.clock == 0 {
		return 1
	}
	if i+1 == len(args) {
		return 0
	}
	t.amount = args[i+1]
	return 2
}

// at returns when the key expires, as Unix time in milliseconds, or 0 if no time was
// given. name is the command, for the error.
func (t ttl) at(name string, now int64) (int64, error) {
	if t.clock == 0 {
		return 0, nil
	}
	n, err := command.Int(t.amount)
	if err != nil {
		return 0, err
	}
	at, ok := t.clock.At(n, now, math.MaxInt64)
	if n <= 0 || !ok {
		return 0, resp.InvalidExpire(name)
	}
	return at, nil
}
