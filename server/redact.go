package server

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

// redacted stands for a password where commands are shown.
var redacted = []byte("(redacted)")

// presentable returns a command line as MONITOR, SLOWLOG and events show it: without its
// passwords, even if it is malformed. row is nil for an unknown command, which may be a
// mistyped AUTH.
func presentable(row *command.Row, args [][]byte) [][]byte {
	secrets := wordsFrom(1)
	if row != nil {
		secrets = row.Secrets
	}
	if secrets == nil {
		return args
	}
	args = slices.Clone(args)
	for _, i := range secrets(args) {
		if i < len(args) {
			args[i] = redacted
		}
	}
	return args
}

// wordsFrom finds all words of a command from the nth on.
func wordsFrom(n int) func(args [][]byte) []int {
	return func(args [][]byte) (secrets []int) {
		for i := n; i < len(args); i++ {
			secrets = append(secrets, i)
		}
		return secrets
	}
}

// helloSecrets finds the name and password after each AUTH of HELLO.
func helloSecrets(args [][]byte) (secrets []int) {
	for i := 1; i < len(args); i++ {
		if command.Is(args[i], "auth") {
			secrets = append(secrets, i+1, i+2)
			i += 2
		}
	}
	return secrets
}

// migrateSecrets finds what follows AUTH and AUTH2 in MIGRATE.
func migrateSecrets(args [][]byte) (secrets []int) {
	for i := 6; i < len(args); i++ {
		switch {
		case command.Is(args[i], "auth"):
			secrets = append(secrets, i+1)
		case command.Is(args[i], "auth2"):
			secrets = append(secrets, i+1, i+2)
		}
	}
	return secrets
}

// secretSettings are the settings whose values are never shown.
var secretSettings = []string{"requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"}

// configSetSecrets finds the values of secret settings in CONFIG SET.
func configSetSecrets(args [][]byte) (secrets []int) {
	for i := 2; i < len(args); i++ {
		if slices.Contains(secretSettings, strings.ToLower(string(args[i]))) {
			i++
			secrets = append(secrets, i)
		}
	}
	return secrets
}

// presentableReply returns a reply as events show it: without the passwords in CONFIG GET's
// reply, and without the arguments that the error for an unknown command repeats.
func presentableReply(row *command.Row, reply []byte) []byte {
	if row == nil {
		if before, _, found := bytes.Cut(reply, []byte(", with args beginning with:")); found {
			return append(bytes.Clone(before), "\r\n"...)
		}
		return reply
	}
	if !row.Is(command.ShowsSecrets) {
		return reply
	}
	for _, name := range secretSettings {
		if bytes.Contains(reply, []byte("\r\n"+name+"\r\n")) {
			return []byte("+" + string(redacted) + "\r\n")
		}
	}
	return reply
}
