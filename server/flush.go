package server

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// parseFlush reads the tail of FLUSHALL and FLUSHDB: nothing, SYNC or ASYNC.
func (s *Server) parseFlush(args [][]byte) (async bool, err error) {
	switch {
	case len(args) == 1:
		return s.cfg.LazyFlush, nil
	case len(args) == 2 && command.Is(args[1], "sync"):
		return false, nil
	case len(args) == 2 && command.Is(args[1], "async"):
		return true, nil
	}
	return false, resp.ErrSyntax
}

func runFlushAll(s *Server, c *client, call *command.Call) error {
	return s.runFlush(c, call, s.ks.DBs())
}

func runFlushDB(s *Server, c *client, call *command.Call) error {
	return s.runFlush(c, call, []*keyspace.DB{call.DB})
}

// runFlush empties databases and answers. Redis 8.0 runs a plain flush as a job, and its
// client waits for the end of it: the client is told of the flush first, of other changes
// at the end of the cycle, and gets its reply after that. In a transaction or a script
// nothing can wait, and with ASYNC nothing does: then all messages follow the reply.
func (s *Server) runFlush(c *client, call *command.Call, dbs []*keyspace.DB) error {
	async, err := s.parseFlush(call.Args)
	if err != nil {
		return err
	}
	if async || s.nested() {
		s.flush(dbs, async)
		call.Out.OK()
		return nil
	}
	s.flush(dbs, true)
	s.block(c, &blocked{by: byFlush, row: call.Row, args: cloneWords(call.Args)})
	s.flushing = append(s.flushing, c)
	return nil
}

// endFlushes answers the clients that wait for the end of their flush.
func (s *Server) endFlushes() {
	for _, c := range s.flushing {
		if c.phase < freed {
			s.unblockWith(c, (*resp.Writer).OK)
			s.loop.Ready(c, 0) // what it has sent since runs in a later cycle
		}
	}
	clear(s.flushing)
	s.flushing = reuse(s.flushing)
}

// flush empties databases and tells the clients. As in Redis all tracking clients are
// told that everything is gone, even if only one database is flushed: the tracking table
// knows no databases.
func (s *Server) flush(dbs []*keyspace.DB, lazy bool) {
	for _, db := range dbs {
		s.touchWatchedIn(db, nil)
		n := db.Flush()
		s.signalGoneAll(db)
		if lazy {
			s.stats.lazyFreed += int64(n) // Redis frees it in its background thread
		}
	}
	s.events.db = dbs[0].Index
	s.tracker.Flush(s.allClients())
}

func runSwapDB(s *Server, _ *client, call *command.Call) error {
	a, ok := command.ParseInt(call.Args[1])
	if !ok {
		return resp.Error("ERR invalid first DB index")
	}
	b, ok := command.ParseInt(call.Args[2])
	if !ok {
		return resp.Error("ERR invalid second DB index")
	}
	x, y := s.db(a), s.db(b)
	if x == nil || y == nil {
		return resp.ErrDBIndex
	}
	if x != y {
		s.touchWatchedIn(x, y)
		s.touchWatchedIn(y, x)
		s.ks.Swap(x, y)
		s.signalReadyAll(x)
		s.signalReadyAll(y)
		s.ks.CountChanges(1)
		// The holders of keys are not told, though their copies may be of the other
		// database now. Redis does not tell them either.
	}
	call.Out.OK()
	return nil
}

func runDBSize(_ *Server, _ *client, call *command.Call) error {
	call.Out.Len(call.DB.Len())
	return nil
}

var flushRows = command.Group(command.Row{Group: "server", Categories: command.CatKeyspace}, []command.Row{
	cmd("dbsize", 1, "1.0.0", command.ReadOnly|command.Fast, runDBSize, "Counts the keys of the database", "request_policy:all_shards", "response_policy:agg_sum"),
	{Name: "flushall", Arity: -1, Since: "1.0.0", Run: on(runFlushAll), Summary: "Removes all keys of all databases",
		Flags: command.Write, Categories: command.CatDangerous, Tips: onAllShards},
	{Name: "flushdb", Arity: -1, Since: "1.0.0", Run: on(runFlushDB), Summary: "Removes all keys of the database",
		Flags: command.Write, Categories: command.CatDangerous, Tips: onAllShards},
	{Name: "swapdb", Arity: 3, Since: "4.0.0", Run: on(runSwapDB), Summary: "Exchanges two databases",
		Flags: command.Write | command.Fast, Categories: command.CatDangerous},
})
