package server

import (
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

// redacted takes the place of passwords where commands are shown.
var redacted = []byte("(redacted)")

// secretSettings are the settings whose values are never shown.
var secretSettings = []string{"requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"}

// presentable returns a command line as MONITOR and SLOWLOG show it: without the
// passwords in it.
func presentable(row *command.Row, args [][]byte) [][]byte {
	hide := func(from, n int) {
		args = slices.Clone(args)
		for i := from; i < min(from+n, len(args)); i++ {
			args[i] = redacted
		}
	}
	switch row.FullName() {
	case "auth":
		hide(1, 2)
	case "hello":
		for i := 2; i+2 < len(args); i++ {
			if command.Is(args[i], "auth") {
				hide(i+1, 2)
				i += 2
			}
		}
	case "config|set":
		for i := 2; i+1 < len(args); i += 2 {
			if slices.Contains(secretSettings, strings.ToLower(string(args[i]))) {
				hide(i+1, 1)
			}
		}
	}
	return args
}
