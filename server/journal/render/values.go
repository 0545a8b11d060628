package render

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// plain shows what a terminal could not as Go writes it.
func plain(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// values returns the values in bytes of the protocol, as text.
func values(raw []byte) string {
	r := resp.NewReader(bytes.NewReader(raw))
	var parts []string
	for {
		v, err := r.Read()
		if err != nil {
			break
		}
		parts = append(parts, value(v))
	}
	if len(parts) == 0 && len(raw) > 0 { // a reply that was cut
		return plain(string(raw)) + "…"
	}
	return plain(strings.Join(parts, " "))
}

func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "(nil)"
	case resp.Error:
		return "-" + string(v)
	case resp.Push:
		list := value([]any(v))
		return ">" + list[1:len(list)-1]
	case resp.Set:
		return value([]any(v))
	case resp.Map:
		return "{" + all(v, func(p resp.Pair) string { return value(p.Key) + ":" + value(p.Value) }) + "}"
	case []any:
		return "[" + all(v, value) + "]"
	}
	return fmt.Sprint(v)
}

func all[T any](list []T, show func(T) string) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = show(x)
	}
	return strings.Join(parts, " ")
}
