package server

import "github.com/tattle-server/tattle/server/internal/command"

// The rows of the group "connection", whose handlers are in connection.go, clientlist.go,
// clienttracking.go and pause.go.

var connectionRows = command.Group(command.Row{Group: "connection", Categories: command.CatConnection, Flags: command.NeedsConnection}, []command.Row{
	{Name: "auth", Arity: -2, Since: "1.0.0", Run: on(runAuth), Summary: "Gives the password",
		Flags: plain | command.Fast | command.NoAuth | command.AllowBusy, Secrets: wordsFrom(1)},
	command.Container("client", "2.4.0", "Describes connections and changes how they behave", command.Group(command.Row{Flags: command.KeepsCaching}, []command.Row{
		cmd("caching", 3, "6.0.0", plain, runClientCaching, "Sets whether to track the keys of the next command"),
		cmd("getname", 2, "2.6.9", plain, runClientGetName, "Returns the name of the connection"),
		cmd("getredir", 2, "6.0.0", plain, runClientGetRedir, "Returns the id to which invalidations are redirected"),
		command.HelpRow("5.0.0", clientHelp),
		cmd("id", 2, "5.0.0", plain, runClientID, "Returns the id of the connection"),
		cmd("info", 2, "6.2.0", plain, runClientInfo, "Describes the connection", command.Nondeterministic...),
		cmd("kill", -3, "2.4.0", admin, runClientKill, "Closes connections"),
		cmd("list", -2, "2.4.0", admin, runClientList, "Describes all connections", command.Nondeterministic...),
		cmd("no-evict", 3, "7.0.0", admin, runClientNoEvict, "Exempts the connection from eviction"),
		cmd("no-touch", 3, "7.2.0", plain, runClientNoTouch, "Keeps the commands of the connection from counting as use of their keys"),
		cmd("pause", -3, "3.0.0", admin, runClientPause, "Holds back the commands of all clients for a time"),
		cmd("reply", 3, "3.2.0", plain, runClientReply, "Turns replies on and off"),
		cmd("setinfo", 4, "7.2.0", plain, runClientSetInfo, "Sets the name and version of the client library", onAllNodes...),
		cmd("setname", 3, "2.6.9", plain, runClientSetName, "Names the connection", onAllNodes...),
		cmd("tracking", -3, "6.0.0", plain, runClientTracking, "Turns server-assisted client-side caching on and off"),
		cmd("trackinginfo", 2, "6.2.0", plain, runClientTrackingInfo, "Describes how the connection tracks keys"),
		cmd("unblock", -3, "5.0.0", admin, runClientUnblock, "Ends the blocking command of another connection"),
		cmd("unpause", 2, "6.2.0", admin, runClientUnpause, "Ends CLIENT PAUSE"),
	})...),
	cmd("echo", 2, "1.0.0", anytime|command.Fast, runEcho, "Returns its argument"),
	{Name: "hello", Arity: -1, Since: "6.0.0", Run: on(runHello), Summary: "Changes the protocol version and describes the server",
		Flags: plain | command.Fast | command.NoAuth | command.AllowBusy, Secrets: helloSecrets},
	cmd("ping", -1, "1.0.0", command.Fast|command.WhileSubscribed, runPing, "Answers PONG or its argument", onAllShards...),
	cmd("quit", -1, "1.0.0", plain|command.Fast|command.NoAuth|command.AllowBusy|command.Unqueued|command.WhileSubscribed, runQuit, "Closes the connection"),
	cmd("reset", 1, "6.2.0", plain|command.Fast|command.NoAuth|command.AllowBusy|command.Unqueued|command.WhileSubscribed, runReset, "Resets the connection to how it began"),
	cmd("select", 2, "1.0.0", anytime|command.Fast, runSelect, "Changes the database of the connection"),
})
