package script

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// Flags are what a script declares in its first line, "#!lua flags=no-writes".
type Flags uint8

// The flags.
const (
	NoWrites Flags = 1 << iota
	AllowOOM
	AllowStale
	NoCluster
	AllowCrossSlotKeys
)

// flagNames are the names of the flags, in the order of their bits.
var flagNames = [...]string{"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"}

// flagNamed returns the flag with the name.
func flagNamed(name string) (f Flags, ok bool) {
	i := slices.Index(flagNames[:], name)
	return 1 << max(i, 0), i >= 0
}

// Names returns the names of all flags that are set.
func (f Flags) Names() (names []string) {
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Declared returns the flags that the first line of a body declares. ok is false
// for a script without such a line, or with an invalid one.
func Declared(body []byte) (Flags, bool) {
	if !strings.HasPrefix(string(body[:min(len(body), 2)]), "#!") {
		return 0, false
	}
	flags, _, err := parseShebang(string(body))
	return flags, err == nil
}

// parseShebang reads the first line of a script that begins with #!. In the code
// that it returns that line is empty, so that line numbers stay the same.
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
		f, ok := flagNamed(name)
		if !ok {
			return 0, resp.Errorf("ERR Unexpected flag in script shebang: %s", name)
		}
		flags |= f
	}
	return flags, nil
}

// lineSpaces are the characters that separate words.
const lineSpaces = " \t\r\v\f"

// splitWords splits a line at spaces, except inside quotes, as Redis does for its
// settings. It fails at a quote that is not closed or not followed by a space.
func splitWords(line string) (words []string, ok bool) {
	for {
		line = strings.TrimLeft(line, lineSpaces)
		if line == "" {
			return words, true
		}
		var word string
		if word, line, ok = cutWord(line); !ok {
			return nil, false
		}
		words = append(words, word)
	}
}

func cutWord(line string) (word, rest string, ok bool) {
	var b []byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case strings.IndexByte(lineSpaces, c) >= 0:
			return string(b), line[i:], true
		case c != '"' && c != '\'':
			b = append(b, c)
			continue
		}
		end := i + 1
		for end < len(line) && line[end] != c {
			if line[end] == '\\' && end+1 < len(line) {
				var n int
				b, n = unescape(b, line[end:], c)
				end += n
				continue
			}
			b = append(b, line[end])
			end++
		}
		end++
		closed := end <= len(line) && (end == len(line) || strings.IndexByte(lineSpaces, line[end]) >= 0)
		if !closed {
			return "", "", false
		}
		return string(b), line[end:], true
	}
	return string(b), "", true
}

// unescape reads an escape sequence inside quotes and returns its length. In single
// quotes only the quote itself can be escaped.
func unescape(b []byte, s string, quote byte) ([]byte, int) {
	if quote == '\'' {
		if s[1] == quote {
			return append(b, quote), 2
		}
		return append(b, '\\'), 1
	}
	if len(s) >= 4 && s[1] == 'x' {
		if n, err := strconv.ParseUint(s[2:4], 16, 8); err == nil {
			return append(b, byte(n)), 4
		}
	}
	c := s[1]
	if i := strings.IndexByte("nrtba", c); i >= 0 {
		c = "\n\r\t\b\a"[i]
	}
	return append(b, c), 2
}
