package server

import (
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

// redacted takes the place of passwords where commands are shown.
var redacted = []byte("(redacted)")

// presentable returns a command line as MONITOR and SLOWLOG show it: without the
// passwords in it.
func presentable(row *command.Row, args [][]byte) [][]byte {
	if row.Secrets == nil {
		return args
	}
	args = slices.Clone(args)
	for _, i := range row.Secrets(args) {
		args[i] = redacted
	}
	return args
}

// authSecrets are all words of AUTH, of which no more than two count.
func authSecrets(args [][]byte) []int { return []int{1, 2}[:min(2, len(args)-1)] }

// helloSecrets are the name and password after each AUTH of HELLO.
func helloSecrets(args [][]byte) (secrets []int) {
	for i := 2; i+2 < len(args); i++ {
		if command.Is(args[i], "auth") {
			secrets = append(secrets, i+1, i+2)
			i += 2
		}
	}
	return secrets
}

// secretSettings are the settings whose values are never shown.
var secretSettings = []string{"requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"}

// configSetSecrets are the values of such settings in CONFIG SET.
func configSetSecrets(args [][]byte) (secrets []int) {
	for i := 2; i+1 < len(args); i += 2 {
		if slices.Contains(secretSettings, strings.ToLower(string(args[i]))) {
			secrets = append(secrets, i+1)
		}
	}
	return secrets
}
