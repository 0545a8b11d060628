package hashes

import (
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// randArgs is HRANDFIELD key [count [WITHVALUES]].
type randArgs struct {
	single bool // no count: one field, not in an array
	count  int64
	show   part
}

func parseRand(args [][]byte) (a randArgs, err error) {
	if len(args) == 2 {
		a.single = true
		return a, nil
	}
	if a.count, err = command.SignedInt(args[2]); err != nil {
		return a, err
	}
	if len(args) == 3 {
		return a, nil
	}
	if len(args) > 4 || !command.Is(args[3], "withvalues") {
		return a, resp.ErrSyntax
	}
	a.show = both
	if a.count > math.MaxInt64/2 || a.count < -math.MaxInt64/2 {
		return a, resp.ErrOutOfRange
	}
	return a, nil
}

func runHRandField(c *command.Call) error {
	a, err := parseRand(c.Args)
	if err != nil {
		return err
	}
	h, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	c.DB.ExpireFields(c.Args[1], h)
	live := h.Live(c.Now())
	switch {
	case a.single:
		field, _, ok := h.Random(c.Keyspace().Rand, c.Now())
		replyField(c, field, ok)
	case a.count == 0 || live == 0:
		c.Out.Array(0)
	case a.count < 0:
		return command.Repeat(c, -a.count, func(n int) { a.open(c, n) }, func() {
			field, value, _ := h.Random(c.Keyspace().Rand, c.Now())
			a.write(c, field, value)
		})
	case a.count < int64(live):
		a.pick(c, h, int(a.count), live)
	default:
		a.open(c, live)
		for field, value := range h.All(c.Now()) {
			a.write(c, field, value)
		}
	}
	return nil
}

// open opens a reply of n fields. With values it is a flat array on RESP2 and an array of
// pairs on RESP3.
func (a *randArgs) open(c *command.Call, n int) {
	if a.show == both && !c.Out.V3() {
		n *= 2
	}
	c.Out.Array(n)
}

func (a *randArgs) write(c *command.Call, field, value string) {
	if a.show == both && c.Out.V3() {
		c.Out.Array(2)
	}
	a.show.write(c, field, value)
}

// drawFraction is a part of a hash, as a divisor. To pick more fields than that, it is
// cheaper to go over all fields than to draw until enough different ones are found.
const drawFraction = 3

// pick replies with n different fields, fewer than the live ones.
func (a *randArgs) pick(c *command.Call, h *keyspace.Hash, n, live int) {
	a.open(c, n)
	r := c.Keyspace().Rand
	if n > live/drawFraction || live < h.Len() {
		for field, value := range h.All(c.Now()) {
			if r.IntN(live) < n {
				a.write(c, field, value)
				n--
			}
			live--
		}
		return
	}
	seen := make(map[string]bool, n)
	for len(seen) < n {
		if field, value, ok := h.Random(r, c.Now()); ok && !seen[field] {
			seen[field] = true
			a.write(c, field, value)
		}
	}
}

var randomRows = []command.Row{
	{Name: "hrandfield", Arity: -2, Since: "6.2.0", Run: runHRandField, Summary: "Picks fields of a hash at random",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
