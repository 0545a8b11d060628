// Package inspect serves a web page that shows what happens in a server: commands, replies,
// invalidations and those not sent, the tracking table, and controls to disturb it.
//
// It owns HTTP: who may ask, how events get to a browser, and how a browser's controls get to the
// server. What is shown and done is decided elsewhere: events are those of [server.Server.Watch], each
// control is a TATTLE command, and the files in the folder page are the page itself.
//
// Its one idea is that a browser is a guest. Whoever does not know the token in the address gets
// nothing. The page asks nobody but this server. A page that reads slowly is told less, and the server
// never waits for it.
package inspect
