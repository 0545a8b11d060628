// Package render owns the text of a session: it turns the events of a server into lines of
// JSON, a diagram, a transcript that can be played, a Go test, and the files of other programs
// that show what caused what. It also reads the JSON back.
//
// What happened, and how it is recorded, is the business of others. A format needs nothing but
// the events, so that a session can be rendered where it is loaded, on any machine, later.
package render
