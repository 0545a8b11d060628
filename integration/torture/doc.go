// Package torture attacks a server and reports what it does wrong.
//
// An [Attack] is a name, a sentence, and a function. The frame around it gives it a [Target],
// a seed and a time, counts what it does, watches the memory of the server's process, and
// afterwards asks whether the server still lives and whether its log tells of a panic or
// a data race. Whatever is wrong becomes a [Finding], with the last commands of the
// connection that saw it. The frame of all of them is [Options.Run].
//
// The seed decides what every connection sends. It does not decide in which order the server
// gets it, so a finding that needs two connections may take a few runs to come back.
//
// Attacks go to loopback addresses only, empty the server, and change its settings. They say
// nothing about speed: a slow reply is reported as a figure, never as a finding.
package torture
