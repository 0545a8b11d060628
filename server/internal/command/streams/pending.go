package streams

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// runAck is XACK key group id [id ...].
func runAck(c *command.Call) error {
	key := c.Args[1]
	s, err := read(c, key)
	if err != nil {
		return err
	}
	g := s.Group(c.Args[2])
	if g == nil {
		c.Out.Int(0)
		return nil
	}
	ids, err := exactIDs(c.Args[3:])
	if err != nil {
		return err
	}
	n := 0
	for _, id := range ids {
		if g.Ack(id) {
			n++
		}
	}
	changed(c, key, acked, n)
	c.Out.Len(n)
	return nil
}

// listArgs is [IDLE ms] start end count [consumer] of XPENDING.
type listArgs struct {
	minIdle    int64 // ms
	start, end keyspace.StreamID
	count      int64
	consumer   []byte // nil for all
}

func parseList(words [][]byte) (a listArgs, err error) {
	if len(words) < 3 || len(words) > 6 {
		return a, resp.ErrSyntax
	}
	if command.Is(words[0], "idle") {
		if a.minIdle, err = command.Int(words[1]); err != nil {
			return a, err
		}
		if words = words[2:]; len(words) < 3 {
			return a, resp.ErrSyntax
		}
	}
	if a.count, err = maxCount(words[2]); err != nil {
		return a, err
	}
	if a.start, err = parseStart(words[0]); err != nil {
		return a, err
	}
	if len(words) > 3 {
		a.consumer = words[3]
	}
	a.end, err = parseEnd(words[1])
	return a, err
}

// runPending is XPENDING key group [[IDLE ms] start end count [consumer]].
func runPending(c *command.Call) error {
	var a listArgs
	sums := len(c.Args) == 3
	if !sums {
		var err error
		if a, err = parseList(c.Args[3:]); err != nil {
			return err
		}
	}
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	g := s.Group(c.Args[2])
	switch {
	case g == nil:
		return noGroup(c.Args[1], c.Args[2], "")
	case sums:
		writeSums(c.Out, g)
	default:
		a.write(c, g)
	}
	return nil
}

// writeSums replies how many entries are pending, the first and the last, and how many for
// each consumer.
func writeSums(w *resp.Writer, g *keyspace.Group) {
	w.Array(4)
	w.Len(g.PendingLen())
	if g.PendingLen() == 0 {
		w.Null()
		w.Null()
		w.NullArray()
		return
	}
	writeID(w, g.PendingFrom(keyspace.StreamID{}).ID)
	writeID(w, g.PendingLast().ID)
	mark, n := w.Later(), 0
	for _, consumer := range g.Consumers() {
		if consumer.PendingLen() > 0 {
			w.Array(2)
			w.BulkString(consumer.Name)
			w.BulkInt(int64(consumer.PendingLen()))
			n++
		}
	}
	w.CloseArray(mark, n)
}

// write replies with the pending entries themselves.
func (a *listArgs) write(c *command.Call, g *keyspace.Group) {
	var consumer *keyspace.Consumer
	if a.consumer != nil {
		if consumer = g.Consumer(a.consumer); consumer == nil {
			c.Out.Array(0)
			return
		}
	}
	mark, n := c.Out.Later(), int64(0)
	g.EachPending(consumer, a.start, func(p *keyspace.Pending) bool {
		if n == a.count || a.end.Less(p.ID) {
			return false
		}
		idle := c.Now() - p.Delivered
		if a.minIdle == 0 || idle >= a.minIdle {
			c.Out.Array(4)
			writeID(c.Out, p.ID)
			c.Out.BulkString(p.Consumer.Name)
			c.Out.Int(max(idle, 0))
			c.Out.Int(p.Count)
			n++
		}
		return true
	})
	c.Out.CloseArray(mark, int(n))
}

// claimArgs is min-idle-ms id [id ...] [IDLE ms] [TIME ms] [RETRYCOUNT n] [FORCE] [JUSTID]
// [LASTID id] of XCLAIM.
type claimArgs struct {
	minIdle   int64 // ms
	ids       []keyspace.StreamID
	delivered int64 // Unix ms
	count     int64 // deliveries, -1 if it is not given
	force     bool  // also what is not pending
	justID    bool
	last      keyspace.StreamID
}

func parseClaim(words [][]byte, now int64) (a claimArgs, err error) {
	a.delivered, a.count = -1, -1
	var ok bool
	if a.minIdle, ok = command.ParseInt(words[0]); !ok {
		return a, resp.Error("ERR Invalid min-idle-time argument for XCLAIM")
	}
	rest := words[1:]
	for ; len(rest) > 0; rest = rest[1:] {
		id, err := exact(rest[0])
		if err != nil {
			break // the options begin
		}
		a.ids = append(a.ids, id)
	}
	for len(rest) > 0 && err == nil {
		var taken int
		taken, err = a.option(rest, now)
		rest = rest[taken:]
	}
	if a.delivered < 0 || a.delivered > now {
		a.delivered = now // clients may compute it by clocks of their own
	}
	return a, err
}

// option reads the option at the beginning of words and returns how many words it took.
func (a *claimArgs) option(words [][]byte, now int64) (taken int, err error) {
	name, more := words[0], len(words) > 1
	number := func(n *int64, option string) (int, error) {
		var ok bool
		if *n, ok = command.ParseInt(words[1]); !ok {
			return 0, resp.Errorf("ERR Invalid %s option argument for XCLAIM", option)
		}
		return 2, nil
	}
	switch {
	case command.Is(name, "force"):
		a.force = true
		return 1, nil
	case command.Is(name, "justid"):
		a.justID = true
		return 1, nil
	case more && command.Is(name, "idle"):
		taken, err = number(&a.delivered, "IDLE")
		a.delivered = now - a.delivered
		return taken, err
	case more && command.Is(name, "time"):
		return number(&a.delivered, "TIME")
	case more && command.Is(name, "retrycount"):
		return number(&a.count, "RETRYCOUNT")
	case more && command.Is(name, "lastid"):
		a.last, err = exact(words[1])
		return 2, err
	}
	return 0, resp.Errorf("ERR Unrecognized XCLAIM option '%s'", name)
}

// runClaim is XCLAIM key group consumer min-idle-ms id [id ...] [options].
func runClaim(c *command.Call) error {
	key := c.Args[1]
	s, err := read(c, key)
	if err != nil {
		return err
	}
	g := s.Group(c.Args[2])
	if g == nil {
		return noGroup(key, c.Args[2], "")
	}
	a, err := parseClaim(c.Args[4:], c.Now())
	if err != nil {
		return err
	}
	n := 0 // changes
	if g.LastID.Less(a.last) {
		g.LastID = a.last
		n++
	}
	consumer := meet(c, key, g, c.Args[3])
	mark, replied, touched := c.Out.Later(), 0, 0
	for _, id := range a.ids {
		claimed, changed := a.claim(c, s, g, consumer, id)
		if claimed {
			replied++
		}
		if changed {
			touched++
		}
	}
	c.Out.CloseArray(mark, replied)
	if touched > 0 {
		n = touched // as Redis counts: the claims set the id as well
	}
	changed(c, key, claimed, n)
	return nil
}

// claim claims one entry, and replies with it. What was deleted from the stream is not
// pending any more. It returns whether it claimed the entry, and whether it changed anything.
func (a *claimArgs) claim(c *command.Call, s *keyspace.Stream, g *keyspace.Group, consumer *keyspace.Consumer, id keyspace.StreamID) (claimed, changed bool) {
	e, ok := s.Get(id)
	if !ok {
		return false, g.Ack(id)
	}
	p := g.Pending(id)
	switch {
	case p == nil && !a.force:
		return false, false
	case p == nil:
		g.AddPending(keyspace.Pending{ID: id, Consumer: consumer, Count: 1})
		p = g.Pending(id)
	case a.minIdle > 0 && c.Now()-p.Delivered < a.minIdle:
		return false, false
	}
	count := a.count
	if count < 0 {
		count = p.Count + again(a.justID)
	}
	g.Claim(p, consumer, a.delivered, count)
	consumer.Active = c.Now()
	writeClaimed(c.Out, e, a.justID)
	return true, true
}

// again is by how much a claim raises the count of deliveries.
func again(justID bool) int64 {
	if justID {
		return 0
	}
	return 1
}

func writeClaimed(w *resp.Writer, e keyspace.StreamEntry, justID bool) {
	if justID {
		writeID(w, e.ID)
		return
	}
	writeEntry(w, e)
}

// autoClaimArgs is min-idle-ms start [COUNT n] [JUSTID] of XAUTOCLAIM.
type autoClaimArgs struct {
	minIdle int64 // ms
	start   keyspace.StreamID
	count   int64
	justID  bool
}

const (
	errClaimCount = resp.Error("ERR COUNT must be > 0")
	errClaimRoom  = resp.Error("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")

	claimCount         = 100       // if COUNT is not given
	claimAttempts      = 10        // pending entries to look at for each that may be claimed
	mostClaimCount     = 1<<59 - 1 // Redis has 64 bits for 16 bytes each
	mostClaimCountRoom = 1 << 43   // ... and an address space for so many
)

func parseAutoClaim(words [][]byte) (a autoClaimArgs, err error) {
	a.count = claimCount
	var ok bool
	if a.minIdle, ok = command.ParseInt(words[0]); !ok {
		return a, resp.Error("ERR Invalid min-idle-time argument for XAUTOCLAIM")
	}
	if a.start, err = parseStart(words[1]); err != nil {
		return a, err
	}
	for rest := words[2:]; len(rest) > 0; {
		switch {
		case len(rest) > 1 && command.Is(rest[0], "count"):
			if a.count, ok = command.ParseInt(rest[1]); !ok || a.count < 1 || a.count > mostClaimCount {
				return a, errClaimCount
			}
			rest = rest[2:]
		case command.Is(rest[0], "justid"):
			a.justID = true
			rest = rest[1:]
		default:
			return a, resp.ErrSyntax
		}
	}
	return a, nil
}

// runAutoClaim is XAUTOCLAIM key group consumer min-idle-ms start [COUNT n] [JUSTID].
func runAutoClaim(c *command.Call) error {
	key := c.Args[1]
	s, wrong := read(c, key)
	a, err := parseAutoClaim(c.Args[4:])
	if err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	g := s.Group(c.Args[2])
	if g == nil {
		return noGroup(key, c.Args[2], "")
	}
	if a.count >= mostClaimCountRoom {
		return errClaimRoom
	}
	a.claim(c, s, g, meet(c, key, g, c.Args[3]))
	return nil
}

// claim goes through what is pending from start on. It claims what was idle for long enough,
// and drops what was deleted from the stream. It replies where to go on, what it claimed,
// and what it dropped.
func (a *autoClaimArgs) claim(c *command.Call, s *keyspace.Stream, g *keyspace.Group, consumer *keyspace.Consumer) {
	c.Out.Array(3)
	mark := c.Out.Later()
	var dropped []keyspace.StreamID
	n, next, more := 0, a.start, true
	for left := a.count * claimAttempts; left > 0 && a.count > int64(n+len(dropped)) && more; left-- {
		p := g.PendingFrom(next)
		if p == nil {
			more = false
			break
		}
		id := p.ID
		next, more = id.Next()
		e, ok := s.Get(id)
		switch {
		case !ok:
			g.Ack(id)
			dropped = append(dropped, id)
		case a.minIdle <= 0 || c.Now()-p.Delivered >= a.minIdle:
			g.Claim(p, consumer, c.Now(), p.Count+again(a.justID))
			consumer.Active = c.Now()
			writeClaimed(c.Out, e, a.justID)
			n++
		}
	}
	c.Out.CloseArray(mark, n)
	end := keyspace.StreamID{}
	if p := g.PendingFrom(next); more && p != nil {
		end = p.ID
	}
	writeBefore(c.Out, mark, end)
	c.Out.Array(len(dropped))
	for _, id := range dropped {
		writeID(c.Out, id)
	}
	changed(c, c.Args[1], claimed, n+len(dropped))
}

// writeBefore writes an id in front of what follows a mark.
func writeBefore(w *resp.Writer, mark resp.Mark, id keyspace.StreamID) {
	rest := append([]byte(nil), w.Buf[mark:]...)
	w.Buf = w.Buf[:mark]
	writeID(w, id)
	w.Raw(rest)
}

var pendingRows = []command.Row{
	{Name: "xack", Arity: -4, Since: "5.0.0", Run: runAck, Summary: "Acknowledges entries that were handed out",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "xautoclaim", Arity: -6, Since: "6.2.0", Run: runAutoClaim, Summary: "Gives what others have not acknowledged for some time to a consumer",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Delete), Tips: command.Nondeterministic},
	{Name: "xclaim", Arity: -6, Since: "5.0.0", Run: runClaim, Summary: "Gives pending entries to a consumer",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update), Tips: command.Nondeterministic},
	{Name: "xpending", Arity: -3, Since: "5.0.0", Run: runPending, Summary: "Returns what was handed out and is not acknowledged",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
