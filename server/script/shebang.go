package script

import (
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// Flags are what a script says of itself in its first line, "#!lua
// flags=no-writes".
type Flags uint8

// The flags.
const (
	NoWrites Flags = 1 << iota
	AllowOOM
	AllowStale
	NoCluster
	AllowCrossSlotKeys
)

var flagNames = map[string]Flags{
	"no-writes":             NoWrites,
	"allow-oom":             AllowOOM,
	"allow-stale":           AllowStale,
	"no-cluster":            NoCluster,
	"allow-cross-slot-keys": AllowCrossSlotKeys,
}

// parseShebang reads the first line of a script that begins with #!. The code
// that it returns has that line empty, so that lines keep their numbers.
func parseShebang(body string) (flags Flags, code string, err error) {
	end := strings.IndexByte(body, '\n')
	if end < 0 {
		return 0, "", resp.Error("ERR Invalid script shebang")
	}
	words, ok := splitWords(body[:end])
	if !ok || len(words) == 0 {
		return 0, "", resp.Error("ERR Invalid engine in script shebang")
	}
	if words[0] != "#!lua" {
		return 0, "", resp.Errorf("ERR Unexpected engine in script shebang: %s", words[0])
	}
	for _, word := range words[1:] {
		list, ok := strings.CutPrefix(word, "flags=")
		if !ok {
			return 0, "", resp.Errorf("ERR Unknown lua shebang option: %s", word)
		}
		more, err := parseFlags(list)
		if err != nil {
			return 0, "", err
		}
		flags |= more
	}
	return flags, body[end:], nil
}

func parseFlags(list string) (flags Flags, err error) {
	if list == "" {
		return 0, nil
	}
	for _, name := range strings.Split(list, ",") {
		f, ok := flagNames[name]
		if !ok {
			return 0, resp.Errorf("ERR Unexpected flag in script shebang: %s", name)
		}
		flags |= f
	}
	return flags, nil
}

// splitWords splits a line at spaces, where quotes hold words together. It fails
// on a quote that is not closed.
func splitWords(line string) (words []string, ok bool) {
	var word []byte
	in, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word = append(word, c)
		case c == '"' || c == '\'':
			in, quote = true, c
		case strings.IndexByte(" \t\r\v\f", c) >= 0:
			if in {
				words, word, in = append(words, string(word)), nil, false
			}
		default:
			in, word = true, append(word, c)
		}
	}
	if in {
		words = append(words, string(word))
	}
	return words, quote == 0
}
