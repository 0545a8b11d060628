package zsets

import (
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// randomArgs is ZRANDMEMBER key count [WITHSCORES].
type randomArgs struct {
	count  int64 // negative: members may repeat
	scores bool
}

// parseRandom reads args from count on.
func parseRandom(args [][]byte) (a randomArgs, err error) {
	if a.count, err = command.SignedInt(args[0]); err != nil {
		return a, err
	}
	if len(args) > 1 {
		if len(args) > 2 || !command.Is(args[1], "withscores") {
			return a, resp.ErrSyntax
		}
		a.scores = true
		if a.count < -math.MaxInt64/2 || a.count > math.MaxInt64/2 {
			return a, resp.ErrOutOfRange
		}
	}
	return a, nil
}

func runZrandmember(c *command.Call) error {
	if len(c.Args) > 2 {
		return runRandomCount(c)
	}
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil {
		c.Out.Null()
		return nil
	}
	member, _ := z.Random(c.Keyspace().Rand)
	c.Out.BulkString(member)
	return nil
}

func runRandomCount(c *command.Call) error {
	a, err := parseRandom(c.Args[2:])
	if err != nil {
		return err
	}
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case z == nil || a.count == 0:
		c.Out.Array(0)
	case a.count < 0:
		return command.Repeat(c, -a.count, func(n int) { openMembers(c.Out, n, a.scores) }, func() {
			member, score := z.Random(c.Keyspace().Rand)
			writeMember(c.Out, member, score, a.scores)
		})
	default:
		a.distinct(c, z)
	}
	return nil
}

// distinct replies with different members: all of them, highest first, if at least
// as many are wanted.
func (a *randomArgs) distinct(c *command.Call, z *keyspace.ZSet) {
	if a.count >= int64(z.Len()) {
		openMembers(c.Out, z.Len(), a.scores)
		for member, score := range z.Range(0, z.Len(), true) {
			writeMember(c.Out, member, score, a.scores)
		}
		return
	}
	ranks := z.Sample(c.Keyspace().Rand, int(a.count))
	openMembers(c.Out, len(ranks), a.scores)
	for _, rank := range ranks {
		member, score := z.At(rank)
		writeMember(c.Out, member, score, a.scores)
	}
}

var randomRows = []command.Row{
	{Name: "zrandmember", Arity: -2, Since: "6.2.0", Run: runZrandmember, Summary: "Returns members picked at random",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
