package server

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// parseFlush reads the tail of FLUSHALL and FLUSHDB: nothing, SYNC or ASYNC.
func parseFlush(args [][]byte) (async bool, err error) {
	switch {
	case len(args) == 1 || len(args) == 2 && command.Is(args[1], "sync"):
		return false, nil
	case len(args) == 2 && command.Is(args[1], "async"):
		return true, nil
	}
	return false, resp.ErrSyntax
}

func runFlushAll(s *Server, _ *client, call *command.Call) error {
	async, err := parseFlush(call.Args)
	if err != nil {
		return err
	}
	s.flush(s.ks.DBs(), async)
	call.Out.OK()
	return nil
}

func runFlushDB(s *Server, _ *client, call *command.Call) error {
	async, err := parseFlush(call.Args)
	if err != nil {
		return err
	}
	s.flush([]*keyspace.DB{call.DB}, async)
	call.Out.OK()
	return nil
}

// flush empties databases and tells everybody whom it concerns. Redis tells all
// tracking clients that all is gone even where one of many databases is flushed:
// the tracking table knows no databases.
//
// Redis 8.0 runs a plain flush as a job whose end the client waits for, so that
// the flusher hears of it before its reply. In a transaction or a script nobody
// can wait, and after ASYNC nobody does: then the message follows the reply.
func (s *Server) flush(dbs []*keyspace.DB, async bool) {
	for _, db := range dbs {
		s.touchWatchedIn(db, nil)
		n := db.Flush()
		if async || !s.nested() {
			s.stats.lazyFreed += int64(n) // what Redis leaves to its background thread
		}
	}
	tell := func() { s.tracker.Flush(s.allClients()) }
	if async || s.nested() {
		tell()
	} else {
		s.exec.beforeReply(tell)
	}
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
		// Holders are not told, though their copies may be of the other database
		// now: Redis does not tell them either.
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
