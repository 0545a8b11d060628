package lists

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runLen(c *command.Call) error {
	l, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	n := 0
	if l != nil {
		n = l.Len()
	}
	c.Out.Len(n)
	return nil
}

// runIndex is LINDEX key index. Redis reads the index only if there is a list.
func runIndex(c *command.Call) error {
	l, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if l == nil {
		c.Out.Null()
		return nil
	}
	index, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	i, ok := place(index, l.Len())
	if !ok {
		c.Out.Null()
		return nil
	}
	c.Out.BulkString(l.At(i))
	return nil
}

// place turns an index, which counts from the end if negative, into one in a list of
// n elements.
func place(index int64, n int) (i int, ok bool) {
	if index < 0 {
		index += int64(n)
	}
	if index < 0 || index >= int64(n) {
		return 0, false
	}
	return int(index), true
}

// parseRange reads the first and last index of a range.
func parseRange(args [][]byte) (first, last int64, err error) {
	if first, err = command.Int(args[0]); err != nil {
		return 0, 0, err
	}
	last, err = command.Int(args[1])
	return first, last, err
}

// runRange is LRANGE key first last.
func runRange(c *command.Call) error {
	first, last, err := parseRange(c.Args[2:])
	if err != nil {
		return err
	}
	l, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if l == nil {
		c.Out.Array(0)
		return nil
	}
	from, to := command.Clip(first, last, l.Len())
	c.Out.Array(to - from)
	for s := range l.Range(from, to) {
		c.Out.BulkString(s)
	}
	return nil
}

// posArgs is LPOS key element [RANK rank] [COUNT n] [MAXLEN n].
type posArgs struct {
	element []byte
	rank    int64 // which match to begin with; negative: from the end. Not 0
	count   int64 // how many matches to return, 0 for all
	many    bool  // COUNT is given: the reply is an array
	maxLen  int64 // how many elements to look at, 0 for all
}

const (
	errRankZero  = resp.Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list")
	errCountNeg  = resp.Error("ERR COUNT can't be negative")
	errMaxLenNeg = resp.Error("ERR MAXLEN can't be negative")
)

func parsePos(args [][]byte) (a posArgs, err error) {
	a = posArgs{element: args[2], rank: 1, count: 1}
	for rest := args[3:]; len(rest) > 0 && err == nil; rest = rest[2:] {
		if len(rest) == 1 {
			return a, resp.ErrSyntax
		}
		err = a.option(rest[0], rest[1])
	}
	return a, err
}

func (a *posArgs) option(name, value []byte) (err error) {
	switch {
	case command.Is(name, "rank"):
		a.rank, err = command.SignedInt(value)
		if err == nil && a.rank == 0 {
			err = errRankZero
		}
	case command.Is(name, "count"):
		a.count, err = notNegative(value, errCountNeg)
		a.many = true
	case command.Is(name, "maxlen"):
		a.maxLen, err = notNegative(value, errMaxLenNeg)
	default:
		err = resp.ErrSyntax
	}
	return err
}

// notNegative reads an integer that is 0 or more. It returns the error wrong for anything
// else.
func notNegative(word []byte, wrong error) (int64, error) {
	n, ok := command.ParseInt(word)
	if !ok || n < 0 {
		return 0, wrong
	}
	return n, nil
}

func runPos(c *command.Call) error {
	a, err := parsePos(c.Args)
	if err != nil {
		return err
	}
	l, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	var found []int
	if l != nil {
		found = a.find(l)
	}
	switch {
	case a.many:
		c.Out.Array(len(found))
		for _, i := range found {
			c.Out.Len(i)
		}
	case len(found) == 0:
		c.Out.Null()
	default:
		c.Out.Len(found[0])
	}
	return nil
}

// find returns the indexes of the matches, in the order in which it finds them.
func (a *posArgs) find(l *keyspace.List) []int {
	var found []int
	elements, i, step, skip := l.Range(0, l.Len()), -1, 1, a.rank-1
	if a.rank < 0 {
		elements, i, step, skip = l.Backward(), l.Len(), -1, -a.rank-1
	}
	seen := int64(0)
	for s := range elements {
		if seen++; a.maxLen > 0 && seen > a.maxLen {
			break
		}
		if i += step; s != string(a.element) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if found = append(found, i); int64(len(found)) == a.count {
			break
		}
	}
	return found
}

var readRows = []command.Row{
	{Name: "lindex", Arity: 3, Since: "1.0.0", Run: runIndex, Summary: "Returns the element at an index",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "llen", Arity: 2, Since: "1.0.0", Run: runLen, Summary: "Counts the elements of a list",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "lpos", Arity: -3, Since: "6.0.6", Run: runPos, Summary: "Finds where a value stands in a list",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "lrange", Arity: 4, Since: "1.0.0", Run: runRange, Summary: "Returns a range of a list",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
}
