// Package tattle answers the TATTLE command: what a server knows of its clients' caches, and what
// an experiment does to it, for whoever can send a command. docs/tattle.md is its reference.
//
// Each word has the name that it has in servertest and on the page of server/inspect, which
// calls [Answer] itself. Every reply can be read by a person in redis-cli and by a
// program: maps and arrays of strings, numbers and truths.
//
// The package has no part in a cycle. It sees the server through [server.Lab] alone, and
// keeps with it what lasts longer than a command: a recording, and who follows the events.
package tattle
