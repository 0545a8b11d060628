package streams

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errOnlyGroup    = resp.Error("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
	errOnlyNoAck    = resp.Error("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
	errNoGroupGiven = resp.Error("ERR Missing GROUP option for XREADGROUP")
	errOnlyNew      = resp.Error("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")

	errUnbalanced      = resp.Error("ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.")
	errUnbalancedGroup = resp.Error("ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.")
)

// errMeaningless refuses an id that XREADGROUP cannot use.
func errMeaningless(id []byte) error {
	return resp.Errorf("ERR The %s ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The %[1]s ID would just return an empty result set.", id)
}

// readArgs is [GROUP group consumer] [COUNT n] [BLOCK ms] [NOACK] STREAMS key [key ...] id [id ...].
type readArgs struct {
	grouped         bool // XREADGROUP
	group, consumer []byte
	noAck           bool
	count           int64 // 0 for all
	block           int64 // ms, 0 for ever
	waits           bool  // BLOCK is given
	keys, ids       [][]byte
	first           int // the index of the first id in the command line
}

func parseRead(args [][]byte, grouped bool) (a readArgs, err error) {
	a.grouped = grouped
	rest := args[1:]
	for a.keys == nil && len(rest) > 0 {
		taken, err := a.option(rest)
		if err != nil {
			return a, err
		}
		rest = rest[taken:]
	}
	switch {
	case a.keys == nil:
		return a, resp.ErrSyntax
	case grouped && a.group == nil:
		return a, errNoGroupGiven
	}
	a.first = len(args) - len(a.ids)
	return a, nil
}

// option reads the option at the beginning of words and returns how many words it took.
func (a *readArgs) option(words [][]byte) (taken int, err error) {
	name, more := words[0], len(words)-1
	switch {
	case command.Is(name, "block") && more > 0:
		a.waits = true
		a.block, err = command.TimeoutMs(words[1])
		return 2, err
	case command.Is(name, "count") && more > 0:
		a.count, err = maxCount(words[1])
		return 2, err
	case command.Is(name, "streams") && more > 0:
		return len(words), a.streams(words[1:])
	case command.Is(name, "group") && more > 1:
		if !a.grouped {
			return 0, errOnlyGroup
		}
		a.group, a.consumer = words[1], words[2]
		return 3, nil
	case command.Is(name, "noack"):
		if !a.grouped {
			return 0, errOnlyNoAck
		}
		a.noAck = true
		return 1, nil
	}
	return 0, resp.ErrSyntax
}

func (a *readArgs) streams(words [][]byte) error {
	n := len(words) / 2
	a.keys, a.ids = words[:n], words[n:]
	switch {
	case len(words)%2 == 0:
		return nil
	case a.grouped:
		return errUnbalancedGroup
	}
	return errUnbalanced
}

// source says what to read of a stream: what comes after an id or, for a group, what is
// pending for the consumer after it.
type source struct {
	after  keyspace.StreamID
	group  *keyspace.Group
	newest bool // only the last entry: the id is +
	unread bool // what the group has not handed out: the id is >
}

// source finds out what to read from one stream.
func (a *readArgs) source(c *command.Call, key, id []byte) (src source, err error) {
	s, err := read(c, key)
	if err != nil {
		return src, err
	}
	if a.grouped {
		if src.group = s.Group(a.group); src.group == nil {
			return src, noGroup(key, a.group, " in XREADGROUP with GROUP option")
		}
	}
	word := string(id)
	switch {
	case a.grouped && (word == "$" || word == "+"):
		return src, errMeaningless(id)
	case !a.grouped && word == ">":
		return src, errOnlyNew
	case word == ">":
		src.unread = true
		return src, nil
	case word == "$" || word == "+":
		src.newest = word == "+"
		if s != nil {
			src.after = s.Last
		}
		return src, nil
	}
	src.after, err = exact(id)
	src.unread = a.grouped && src.after == keyspace.LastStreamID
	return src, err
}

// runRead and runReadGroup read from all streams that have something, or wait for one.
func runRead(c *command.Call) error      { return replyRead(c, false) }
func runReadGroup(c *command.Call) error { return replyRead(c, true) }

func replyRead(c *command.Call, grouped bool) error {
	a, err := parseRead(c.Args, grouped)
	if err != nil {
		return err
	}
	sources := make([]source, len(a.keys))
	for i, key := range a.keys {
		if sources[i], err = a.source(c, key, a.ids[i]); err != nil {
			return err
		}
	}
	mark, n := c.Out.Later(), 0
	for i, key := range a.keys {
		if a.serve(c, key, sources[i]) {
			n++
		}
	}
	switch {
	case n > 0 && c.Out.V3():
		c.Out.CloseMap(mark, n)
	case n > 0:
		c.Out.CloseArray(mark, n)
	case a.waits:
		a.keepLast(c, sources)
		return c.BlockFor(a.keys, a.block)
	default:
		c.Out.NullArray()
	}
	return nil
}

// keepLast replaces $ in the words of a call that is about to wait: when it is tried again
// it must go on from where the stream ends now.
func (a *readArgs) keepLast(c *command.Call, sources []source) {
	words := slices.Clone(c.Args)
	for i, id := range a.ids {
		if string(id) == "$" {
			words[a.first+i] = sources[i].after.Append(nil)
		}
	}
	c.Args = words
}

// serve replies with what one stream has, and reports whether it has anything.
func (a *readArgs) serve(c *command.Call, key []byte, src source) bool {
	s, err := read(c, key)
	if s == nil || err != nil {
		return false
	}
	var consumer *keyspace.Consumer
	if src.group != nil {
		consumer = meet(c, key, src.group, a.consumer)
		if src.unread {
			src.after = src.group.LastID
		} else {
			a.open(c, key)
			writeHistory(c, s, src.group, consumer, src.after, a.count)
			return true
		}
	}
	top, ok := s.LastEntry()
	if ok && src.newest {
		src.after, _ = top.Prev()
	}
	if !ok || !src.after.Less(top) {
		s.Heard()
		return false
	}
	a.open(c, key)
	a.write(c, key, s, src, consumer)
	return true
}

// open begins the reply of one stream.
func (a *readArgs) open(c *command.Call, key []byte) {
	if !c.Out.V3() {
		c.Out.Array(2)
	}
	c.Out.Bulk(key)
}

// write replies with the entries after an id, and hands them out if there is a consumer.
func (a *readArgs) write(c *command.Call, key []byte, s *keyspace.Stream, src source, consumer *keyspace.Consumer) {
	start, _ := src.after.Next()
	unread := s.Range(start, keyspace.LastStreamID)
	if consumer == nil {
		writeEntries(c.Out, unread, a.count, nil)
		return
	}
	writeEntries(c.Out, unread, a.count, func(id keyspace.StreamID) {
		src.group.Deliver(id, consumer, c.Now(), !a.noAck)
	})
	changed(c, key, delivered, 1)
}

// meet returns the consumer of that name, seen now. It makes it if there is none.
func meet(c *command.Call, key []byte, g *keyspace.Group, name []byte) *keyspace.Consumer {
	consumer, created := g.CreateConsumer(name, c.Now())
	if created {
		changed(c, key, consumers, 1)
		c.Event(keyspace.ClassStream, "xgroup-createconsumer", key)
	}
	consumer.Seen = c.Now()
	return consumer
}

// writeHistory replies with what is pending for a consumer after an id. Reading it counts
// as another delivery; of an entry that is gone only the id is left.
func writeHistory(c *command.Call, s *keyspace.Stream, g *keyspace.Group, consumer *keyspace.Consumer, after keyspace.StreamID, count int64) {
	start, _ := after.Next()
	mark, n := c.Out.Later(), int64(0)
	g.EachPending(consumer, start, func(p *keyspace.Pending) bool {
		if e, ok := s.Get(p.ID); ok {
			writeEntry(c.Out, e)
			p.Delivered = c.Now()
			p.Count++
		} else {
			c.Out.Array(2)
			writeID(c.Out, p.ID)
			c.Out.NullArray()
		}
		n++
		return n != count
	})
	c.Out.CloseArray(mark, int(n))
}

// streamKeys finds the keys of XREAD and XREADGROUP: the first half of what follows STREAMS.
func streamKeys(from int) []command.KeySpec {
	return []command.KeySpec{{Flags: command.RO | command.Access, Begin: command.Begin{Keyword: "STREAMS", From: from},
		Find: command.Find{LastKey: -1, Step: 1, Limit: 2}}}
}

// streamRefs makes what finds these keys. Where only one word follows STREAMS, Redis falls
// back on an older method, which goes through the options and does not know what happens to
// a key.
func streamRefs(from int) func([][]byte) ([]command.KeyRef, error) {
	return func(args [][]byte) ([]command.KeyRef, error) {
		i := from
		for i < len(args)-1 && !command.Is(args[i], "streams") {
			i++
		}
		if i >= len(args)-1 {
			return nil, nil
		}
		if refs := firstHalf(args, i+1, command.RO|command.Access); refs != nil {
			return refs, nil
		}
		if i = streamsOption(args); i > 0 && (len(args)-i)%2 == 1 {
			return firstHalf(args, i+1, 0), nil
		}
		return nil, nil
	}
}

// firstHalf returns the first half of the words from an index on.
func firstHalf(args [][]byte, first int, flags command.KeyFlags) (refs []command.KeyRef) {
	for i := range (len(args) - first) / 2 {
		refs = append(refs, command.KeyRef{Pos: first + i, Flags: flags})
	}
	return refs
}

// streamsOption returns the index of STREAMS behind other options, or 0.
func streamsOption(args [][]byte) int {
	for i := 1; i < len(args); i++ {
		switch word := args[i]; {
		case command.Is(word, "streams"):
			return i
		case command.Is(word, "block"), command.Is(word, "count"):
			i++
		case command.Is(word, "group"):
			i += 2
		case !command.Is(word, "noack"):
			return 0
		}
	}
	return 0
}

// wakesOnAny lets XREADGROUP find out about whatever happens to its streams: that the key is
// gone or of another type, or the group destroyed, ends the wait as well.
func wakesOnAny(*keyspace.Entry) bool { return true }

var readRows = []command.Row{
	{Name: "xread", Arity: -4, Since: "5.0.0", Run: runRead, Summary: "Returns the entries after given ones of several streams, waiting for one",
		Flags: command.ReadOnly | command.Blocking, Keys: streamKeys(1), GetKeys: streamRefs(1), Wakes: command.WakesOn(keyspace.TypeStream)},
	{Name: "xreadgroup", Arity: -7, Since: "5.0.0", Run: runReadGroup, Summary: "Hands out the entries of several streams to a consumer, waiting for one",
		Flags: command.Write | command.Blocking, Keys: streamKeys(4), GetKeys: streamRefs(4), Wakes: wakesOnAny},
}
