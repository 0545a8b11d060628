package server

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

// redacted takes the place of passwords where commands are shown.
var redacted = []byte("(redacted)")

// secretSettings are the settings whose values are never shown.
var secretSettings = []string{"requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"}

// presentable returns a command line as MONITOR, SLOWLOG and events show it: without
// the passwords in it, also where it is malformed.
func presentable(row *command.Row, args [][]byte) [][]byte {
	hide := func(from, n int) {
		args = slices.Clone(args)
		for i := from; i < min(from+n, len(args)); i++ {
			args[i] = redacted
		}
	}
	switch rowName(row) {
	case "": // unknown: it may be an ACL SETUSER, or an AUTH mistyped
		hide(1, len(args))
	case "auth":
		hide(1, len(args))
	case "acl|setuser":
		hide(2, len(args))
	case "hello":
		for i := 1; i < len(args); i++ {
			if command.Is(args[i], "auth") {
				hide(i+1, 2)
				i += 2
			}
		}
	case "config|set":
		for i := 2; i < len(args); i++ {
			if slices.Contains(secretSettings, strings.ToLower(string(args[i]))) {
				i++
				hide(i, 1)
			}
		}
	}
	return args
}

// presentableReply returns a reply as events show it: without the passwords that CONFIG
// GET returns, and without the arguments that the error for an unknown command repeats.
func presentableReply(row *command.Row, reply []byte) []byte {
	switch rowName(row) {
	case "":
		if before, _, found := bytes.Cut(reply, []byte(", with args beginning with:")); found {
			return append(bytes.Clone(before), "\r\n"...)
		}
	case "config|get", "exec":
		for _, name := range secretSettings {
			if bytes.Contains(reply, []byte("\r\n"+name+"\r\n")) {
				return []byte("+" + string(redacted) + "\r\n")
			}
		}
	}
	return reply
}
