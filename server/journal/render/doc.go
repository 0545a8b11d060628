// Package render owns the text of a session: it turns the events of a server into text, and
// reads the JSON back. What happened, and how it is recorded, is the business of others. A
// format needs nothing but the events, so that a session can be rendered where it is loaded,
// on any machine, later.
//
// These are the formats of [Write]:
//
//	jsonl       an event a line; loses nothing, and ReadJSONL reads it
//	text        the diagram that the log of a failed test shows
//	transcript  what package transcript plays on any server
//	gotest      a Go test that does the same with package servertest
//	rediscli    a script for a person with a redis-cli for each connection
//	mermaid     a sequence diagram, as GitHub shows it in Markdown
//	shiviz      a log for ShiViz, which draws what happened before what
//	perfetto    a trace for ui.perfetto.dev and chrome://tracing, with arrows from causes to effects
//
// Messages that were not sent are in all of them, with the reason. Times are from the first
// event on, but for jsonl, where they are those of the server's clock.
//
// A transcript, a Go test and a script do a session again. They are made in two steps: events
// become the steps of a session, each of which is written as a line. What is secret, or
// was cut when it was recorded, cannot be done again and is left out with a comment; faults,
// too. Replies that differ each time, such as that of TIME, are not compared.
//
// A session that is done again has a cycle for each client's write. Where the server ran
// several clients in one cycle, or what one had sent while it was blocked, its BCAST messages
// had keys together that come apart now.
package render
