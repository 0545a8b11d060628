package server

import "github.com/tattle-server/tattle/server/internal/command"

// The rows of TATTLE, which are tattle's own. Package server/tattle answers them: see tattle.go.

// instrument are the flags of all of them.
const instrument = command.Instrument | admin | command.NoMulti | command.AllowBusy | command.SkipSlowlog | command.KeepsCaching | command.NeedsConnection

var tattleRows = command.Group(command.Row{Group: "server"}, []command.Row{{
	Name: "tattle", Arity: -2, Since: "1.0.0", Summary: "Shows what tracking does, holds the server still, and disturbs it",
	Flags: command.Instrument, // so that a mistyped subcommand does not wait for a step
	Sub: []command.Row{
		tattle("as", -4, "Runs a command as another client"),
		tattle("breakredirect", 3, "Makes the target of a client's redirection count as gone"),
		tattle("clients", -2, "Describes the clients and how they track keys"),
		tattle("clock", -3, "Stops the clock, moves it and lets it run"),
		tattle("cut", 3, "Ends a client's connection in place of its next push"),
		tattle("delay", 4, "Delays a client's pushes"),
		tattle("drop", -3, "Drops a client's next pushes"),
		tattle("duplicate", -3, "Sends a client's pushes twice"),
		tattle("error", -3, "Makes commands fail"),
		tattle("events", -2, "Returns what has happened"),
		tattle("evict", 3, "Takes a key out of the tracking table, as its limit does"),
		tattle("explain", -3, "Tells for each client whether it would hear of a change to a key, and why"),
		tattle("follow", -2, "Sends what happens to this connection, as it happens"),
		tattle("help", 2, "Lists the subcommands"),
		tattle("hold", -3, "Withholds a client's pushes"),
		tattle("loop", -3, "Stops the loop, steps it and lets it run"),
		tattle("prefixes", -2, "Returns the prefix table"),
		tattle("push", -4, "Sends a push of any form to a client"),
		tattle("record", -3, "Keeps what happens, and returns it in some format"),
		tattle("release", -3, "Sends the pushes that were withheld from a client"),
		tattle("reorder", 3, "Sends the pushes that were withheld from a client in reverse order"),
		tattle("reset", 2, "Ends all disturbances, and lets loop and clock run"),
		tattle("stall", -3, "Keeps everything from being written to a client, or what it sends from running"),
		tattle("stats", -2, "Returns counters of tracking"),
		tattle("table", -2, "Returns the tracking table, a page at a time"),
		tattle("tree", -2, "Returns a node of the tracking table with its children"),
		tattle("why", 4, "Tells what happened between a client and a key"),
	},
}})

// tattle makes the row of a subcommand.
func tattle(name string, arity int, summary string) command.Row {
	return cmd(name, arity, "1.0.0", instrument, runTattle, summary)
}
