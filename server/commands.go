package server

import (
	"sync"

	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/command/hashes"
	"github.com/tattle-server/tattle/server/internal/command/keys"
	"github.com/tattle-server/tattle/server/internal/command/lists"
	"github.com/tattle-server/tattle/server/internal/command/sets"
	"github.com/tattle-server/tattle/server/internal/command/strings"
	"github.com/tattle-server/tattle/server/internal/command/zsets"
)

// commands returns the command table. It is the same for all servers of the
// process and made when the first one starts.
var commands = sync.OnceValue(func() *command.Table {
	return command.NewTable(
		needConnection(connectionRows), needConnection(transactionRows), pubsubRows, needConnection(scriptRows),
		serverRows, flushRows, monitorRows, slowlogRows,
		keys.Rows(), strings.Rows(), hashes.Rows(), lists.Rows(), sets.Rows(), zsets.Rows(),
	)
})

func needConnection(rows []command.Row) []command.Row {
	return command.Group(command.Row{Flags: command.NeedsConnection}, rows...)
}

// on makes a handler of a function that needs the server and the client.
func on(run func(*Server, *client, *command.Call) error) func(*command.Call) error {
	return func(call *command.Call) error {
		c := call.Client.(*client)
		return run(c.srv, c, call)
	}
}

// denyBlocking tells that the running command stands in a transaction or a
// script, where nobody may wait.
func (s *Server) denyBlocking(*client) bool { return s.nesting > 1 }
