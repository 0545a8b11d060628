package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// plain shows what a terminal could not as Go writes it.
func plain(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// parse returns the values in bytes of the protocol, and reports whether the last one was cut.
func parse(raw []byte) (list []any, cut bool) {
	r := resp.NewReader(bytes.NewReader(raw))
	for {
		v, err := r.Read()
		if err != nil {
			return list, err != io.EOF
		}
		list = append(list, v)
	}
}

// values returns the values in bytes of the protocol, as text.
func values(raw []byte) string {
	list, cut := parse(raw)
	if len(list) == 0 && cut {
		return plain(string(raw)) + "…"
	}
	return plain(all(list, value, " "))
}

func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "(nil)"
	case ident:
		return "ID-OF-" + v.name
	case resp.Error:
		return "-" + string(v)
	case resp.Push:
		list := value([]any(v))
		return ">" + list[1:len(list)-1]
	case resp.Set:
		return value([]any(v))
	case resp.Map:
		return "{" + all(v, func(p resp.Pair) string { return value(p.Key) + ":" + value(p.Value) }, " ") + "}"
	case []any:
		return "[" + all(v, value, " ") + "]"
	}
	return fmt.Sprint(v)
}

// all shows the elements of a list, with a separator.
func all[T any](list []T, show func(T) string, between string) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = show(x)
	}
	return strings.Join(parts, between)
}
