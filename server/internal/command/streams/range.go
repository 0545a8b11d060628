package streams

import (
	"iter"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runLen(c *command.Call) error {
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	n := int64(0)
	if s != nil {
		n = s.Len()
	}
	c.Out.Int(n)
	return nil
}

// rangeArgs is start end [COUNT n].
type rangeArgs struct {
	start, end keyspace.StreamID
	count      int64 // 0 for all
	nothing    bool  // COUNT is 0 or less
}

func parseRange(start, end []byte, options [][]byte) (a rangeArgs, err error) {
	if a.start, err = parseStart(start); err != nil {
		return a, err
	}
	if a.end, err = parseEnd(end); err != nil {
		return a, err
	}
	for ; len(options) > 0; options = options[2:] {
		if len(options) == 1 || !command.Is(options[0], "count") {
			return a, resp.ErrSyntax
		}
		if a.count, err = maxCount(options[1]); err != nil {
			return a, err
		}
		a.nothing = a.count == 0
	}
	return a, nil
}

func runRange(c *command.Call) error {
	return replyRange(c, c.Args[2], c.Args[3], (*keyspace.Stream).Range)
}

func runRevRange(c *command.Call) error {
	return replyRange(c, c.Args[3], c.Args[2], (*keyspace.Stream).Backward)
}

// replyRange replies with an interval of a stream, in the order of walk.
func replyRange(c *command.Call, start, end []byte, walk func(*keyspace.Stream, keyspace.StreamID, keyspace.StreamID) iter.Seq[keyspace.StreamEntry]) error {
	a, err := parseRange(start, end, c.Args[4:])
	if err != nil {
		return err
	}
	s, err := read(c, c.Args[1])
	switch {
	case err != nil:
		return err
	case s == nil:
		c.Out.Array(0)
	case a.nothing:
		c.Out.NullArray()
	default:
		writeEntries(c.Out, walk(s, a.start, a.end), a.count, nil)
	}
	return nil
}

// writeEntries writes an array of up to count entries, or of all if that is 0. It calls
// each, if it is not nil, for each of them.
func writeEntries(w *resp.Writer, entries iter.Seq[keyspace.StreamEntry], count int64, each func(keyspace.StreamID)) {
	mark, n := w.Later(), int64(0)
	for e := range entries {
		writeEntry(w, e)
		if each != nil {
			each(e.ID)
		}
		if n++; n == count {
			break
		}
	}
	w.CloseArray(mark, int(n))
}

var rangeRows = []command.Row{
	{Name: "xlen", Arity: 2, Since: "5.0.0", Run: runLen, Summary: "Counts the entries of a stream",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "xrange", Arity: -4, Since: "5.0.0", Run: runRange, Summary: "Returns the entries of an interval",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "xrevrange", Arity: -4, Since: "5.0.0", Run: runRevRange, Summary: "Returns the entries of an interval, the last one first",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
}
