package server

import (
	"sync"

	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/command/geo"
	"github.com/tattle-server/tattle/server/internal/command/hashes"
	"github.com/tattle-server/tattle/server/internal/command/hyperloglog"
	"github.com/tattle-server/tattle/server/internal/command/keys"
	"github.com/tattle-server/tattle/server/internal/command/lists"
	"github.com/tattle-server/tattle/server/internal/command/sets"
	"github.com/tattle-server/tattle/server/internal/command/streams"
	"github.com/tattle-server/tattle/server/internal/command/strings"
	"github.com/tattle-server/tattle/server/internal/command/zsets"
)

// commands returns the command table. All servers of the process share it. It is made when
// the first one starts.
var commands = sync.OnceValue(func() *command.Table {
	return command.NewTable(
		connectionRows, transactionRows, pubsubRows, scriptRows, functionRows, serverRows, flushRows, replicationRows, clusterRows, persistenceRows, tattleRows,
		keys.Rows(), strings.Rows(), hashes.Rows(), lists.Rows(), sets.Rows(), zsets.Rows(),
		streams.Rows(), hyperloglog.Rows(), geo.Rows(),
	)
})

// Flags that many commands about the server or a connection share.
const (
	anytime = command.Loading | command.Stale
	plain   = command.NoScript | anytime
	admin   = command.Admin | plain
)

// Tips that many of them share. They say to which nodes a client of a cluster sends the
// command, and what it makes of the replies.
var (
	onAllNodes  = []string{"request_policy:all_nodes", "response_policy:all_succeeded"}
	onAllShards = []string{"request_policy:all_shards", "response_policy:all_succeeded"}
	fromEach    = []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"}
)

// handler is what runs a command that needs the server and the client.
type handler func(*Server, *client, *command.Call) error

// cmd makes the row of a command about the server or a connection.
func cmd(name string, arity int, since string, flags command.Flags, run handler, summary string, tips ...string) command.Row {
	return command.Row{Name: name, Arity: arity, Since: since, Flags: flags, Run: on(run), Summary: summary, Tips: tips}
}

// on makes a handler for a row.
func on(run handler) func(*command.Call) error {
	return func(call *command.Call) error {
		c := call.Client.(*client)
		return run(c.srv, c, call)
	}
}
