package zsets

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runZcard(c *command.Call) error {
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil {
		c.Out.Len(0)
		return nil
	}
	c.Out.Len(z.Len())
	return nil
}

func runZscore(c *command.Call) error {
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil {
		c.Out.Null()
		return nil
	}
	score, there := z.Score(c.Args[2])
	writeScore(c.Out, score, there)
	return nil
}

func runZmscore(c *command.Call) error {
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	members := c.Args[2:]
	c.Out.Array(len(members))
	for _, m := range members {
		if z == nil {
			c.Out.Null()
			continue
		}
		score, there := z.Score(m)
		writeScore(c.Out, score, there)
	}
	return nil
}

func runZrank(c *command.Call) error    { return replyRank(c, false) }
func runZrevrank(c *command.Call) error { return replyRank(c, true) }

// replyRank runs ZRANK key member [WITHSCORE], or ZREVRANK if reverse.
func replyRank(c *command.Call, reverse bool) error {
	withScore := len(c.Args) == 4
	switch {
	case len(c.Args) > 4:
		return resp.WrongArity(c.Row.FullName())
	case withScore && !command.Is(c.Args[3], "withscore"):
		return resp.ErrSyntax
	}
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	rank, there := 0, false
	if z != nil {
		rank, there = z.Rank(c.Args[2])
	}
	if there && reverse {
		rank = z.Len() - 1 - rank
	}
	switch {
	case !there && withScore:
		c.Out.NullArray()
	case !there:
		c.Out.Null()
	case withScore:
		c.Out.Array(2)
		c.Out.Len(rank)
		score, _ := z.Score(c.Args[2])
		c.Out.Double(score)
	default:
		c.Out.Len(rank)
	}
	return nil
}

// counting makes the handler of ZCOUNT and ZLEXCOUNT: key min max.
func counting(parse rangeParser) func(*command.Call) error {
	return func(c *command.Call) error {
		r, err := parse(c.Args[2], c.Args[3])
		if err != nil {
			return err
		}
		z, err := read(c, c.Args[1])
		if err != nil {
			return err
		}
		if z == nil {
			c.Out.Len(0)
			return nil
		}
		from, to := z.Span(r, 0, false)
		c.Out.Len(to - from)
		return nil
	}
}

var scoreRows = []command.Row{
	{Name: "zcard", Arity: 2, Since: "1.2.0", Run: runZcard, Summary: "Counts the members",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "zscore", Arity: 3, Since: "1.2.0", Run: runZscore, Summary: "Returns the score of a member",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "zmscore", Arity: -3, Since: "6.2.0", Run: runZmscore, Summary: "Returns the scores of several members",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrank", Arity: -3, Since: "2.0.0", Run: runZrank, Summary: "Returns how many members stand before one",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrevrank", Arity: -3, Since: "2.0.0", Run: runZrevrank, Summary: "Returns how many members stand after one",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "zcount", Arity: 4, Since: "2.0.0", Run: counting(parseScores), Summary: "Counts the members in a range of scores",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "zlexcount", Arity: 4, Since: "2.8.9", Run: counting(parseLex), Summary: "Counts the members in a range of texts",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
}
