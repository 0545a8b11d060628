package streams

import (
	"iter"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// existing returns the stream of the key that an XINFO subcommand is about.
func existing(c *command.Call) (*keyspace.Stream, error) {
	s, err := read(c, c.Args[2])
	if s == nil && err == nil {
		err = resp.ErrNoSuchKey
	}
	return s, err
}

// fullCount is how many entries FULL shows of each kind unless COUNT says otherwise.
const fullCount = 10

// parseFull reads [FULL [COUNT n]]; a count of 0 is all.
func parseFull(c *command.Call) (full bool, count int64, err error) {
	words := c.Args[3:]
	count = fullCount
	switch {
	case len(words) == 0:
		return false, 0, nil
	case len(words) != 1 && len(words) != 3, !command.Is(words[0], "full"), len(words) == 3 && !command.Is(words[1], "count"):
		return false, 0, errSubcommand(c)
	case len(words) == 3:
		if count, err = command.Int(words[2]); count < 0 {
			count = fullCount
		}
	}
	return true, count, err
}

// runInfoStream is XINFO STREAM key [FULL [COUNT n]].
func runInfoStream(c *command.Call) error {
	s, err := existing(c)
	if err != nil {
		return err
	}
	full, count, err := parseFull(c)
	if err != nil {
		return err
	}
	r := infoReply{c.Out}
	if full {
		r.Map(9)
	} else {
		r.Map(10)
	}
	r.int("length", s.Len())
	r.int("radix-tree-keys", int64(s.Nodes()))
	r.int("radix-tree-nodes", int64(s.RadixNodes()))
	r.id("last-generated-id", s.Last)
	r.id("max-deleted-entry-id", s.MaxDeleted)
	r.int("entries-added", s.Added)
	r.id("recorded-first-entry-id", s.First)
	if full {
		r.full(s, count)
		return nil
	}
	r.int("groups", int64(len(s.Groups())))
	r.first("first-entry", s.Range(keyspace.StreamID{}, keyspace.LastStreamID))
	r.first("last-entry", s.Backward(keyspace.StreamID{}, keyspace.LastStreamID))
	return nil
}

// infoReply writes fields with their values.
type infoReply struct{ *resp.Writer }

func (r infoReply) int(name string, n int64) {
	r.BulkString(name)
	r.Int(n)
}

func (r infoReply) text(name, text string) {
	r.BulkString(name)
	r.BulkString(text)
}

func (r infoReply) id(name string, id keyspace.StreamID) {
	r.BulkString(name)
	writeID(r.Writer, id)
}

// known writes a count that may not be known.
func (r infoReply) known(name string, n int64, known bool) {
	r.BulkString(name)
	if !known {
		r.Null()
		return
	}
	r.Int(n)
}

// first writes the first of some entries, if there is one.
func (r infoReply) first(name string, entries iter.Seq[keyspace.StreamEntry]) {
	r.BulkString(name)
	for e := range entries {
		writeEntry(r.Writer, e)
		return
	}
	r.Null()
}

func (r infoReply) full(s *keyspace.Stream, count int64) {
	r.BulkString("entries")
	writeEntries(r.Writer, s.Range(keyspace.StreamID{}, keyspace.LastStreamID), count, nil)
	r.BulkString("groups")
	r.Array(len(s.Groups()))
	for _, g := range s.Groups() {
		r.group(g, count)
	}
}

func (r infoReply) group(g *keyspace.Group, count int64) {
	r.Map(7)
	r.text("name", g.Name)
	r.id("last-delivered-id", g.LastID)
	r.progress(g)
	r.int("pel-count", int64(g.PendingLen()))
	r.pending(g, nil, count)
	r.BulkString("consumers")
	r.Array(len(g.Consumers()))
	for _, c := range g.Consumers() {
		r.Map(5)
		r.text("name", c.Name)
		r.int("seen-time", c.Seen)
		r.int("active-time", c.Active)
		r.int("pel-count", int64(c.PendingLen()))
		r.pending(g, c, count)
	}
}

// progress writes how far a group has come.
func (r infoReply) progress(g *keyspace.Group) {
	r.known("entries-read", g.Read, g.Read != keyspace.UnknownRead)
	lag, known := g.Lag()
	r.known("lag", lag, known)
}

// pending writes what is pending for a consumer or, if that is nil, for all, by name.
func (r infoReply) pending(g *keyspace.Group, c *keyspace.Consumer, count int64) {
	r.BulkString("pending")
	mark, n := r.Later(), int64(0)
	g.EachPending(c, keyspace.StreamID{}, func(p *keyspace.Pending) bool {
		if c == nil {
			r.Array(4)
			writeID(r.Writer, p.ID)
			r.BulkString(p.Consumer.Name)
		} else {
			r.Array(3)
			writeID(r.Writer, p.ID)
		}
		r.Int(p.Delivered)
		r.Int(p.Count)
		n++
		return n != count
	})
	r.CloseArray(mark, int(n))
}

// runInfoGroups is XINFO GROUPS key.
func runInfoGroups(c *command.Call) error {
	s, err := existing(c)
	if err != nil {
		return err
	}
	r := infoReply{c.Out}
	r.Array(len(s.Groups()))
	for _, g := range s.Groups() {
		r.Map(6)
		r.text("name", g.Name)
		r.int("consumers", int64(len(g.Consumers())))
		r.int("pending", int64(g.PendingLen()))
		r.id("last-delivered-id", g.LastID)
		r.progress(g)
	}
	return nil
}

// runInfoConsumers is XINFO CONSUMERS key group.
func runInfoConsumers(c *command.Call) error {
	s, err := existing(c)
	if err != nil {
		return err
	}
	g := s.Group(c.Args[3])
	if g == nil {
		return noGroupOf(c.Args[2], c.Args[3])
	}
	r := infoReply{c.Out}
	r.Array(len(g.Consumers()))
	for _, consumer := range g.Consumers() {
		inactive := consumer.Active
		if inactive != keyspace.NeverActive {
			inactive = c.Now() - inactive
		}
		r.Map(4)
		r.text("name", consumer.Name)
		r.int("pending", int64(consumer.PendingLen()))
		r.int("idle", max(c.Now()-consumer.Seen, 0))
		r.int("inactive", inactive)
	}
	return nil
}

var infoHelp = command.Help("XINFO",
	"CONSUMERS <key> <groupname>",
	"    Show the consumers of a group.",
	"GROUPS <key>",
	"    Show the consumer groups of a stream.",
	"STREAM <key> [FULL [COUNT <count>]",
	"    Show a stream.",
)

var infoRows = []command.Row{
	command.Container("xinfo", "5.0.0", "Holds the subcommands that show streams",
		command.Row{Name: "consumers", Arity: 4, Since: "5.0.0", Run: runInfoConsumers, Summary: "Shows the consumers of a group",
			Flags: command.ReadOnly, Keys: []command.KeySpec{command.At(2, command.RO|command.Access)}, Tips: command.Nondeterministic},
		command.Row{Name: "groups", Arity: 3, Since: "5.0.0", Run: runInfoGroups, Summary: "Shows the consumer groups of a stream",
			Flags: command.ReadOnly, Keys: []command.KeySpec{command.At(2, command.RO|command.Access)}},
		command.HelpRow("5.0.0", infoHelp),
		command.Row{Name: "stream", Arity: -3, Since: "5.0.0", Run: runInfoStream, Summary: "Shows a stream",
			Flags: command.ReadOnly, Keys: []command.KeySpec{command.At(2, command.RO|command.Access)}},
	),
}
