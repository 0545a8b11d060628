package inspect

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tattle-server/tattle/resp"
)

// appendReply appends a reply as JSON. A map becomes an object, if its keys are texts, and else an array of
// pairs. A string that is not UTF-8 becomes {"base64": ...}, an error inside of a reply {"error": ...}.
func appendReply(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendText(b, v)
	case []byte:
		return appendText(b, string(v))
	case resp.Simple:
		return appendText(b, string(v))
	case resp.Verbatim:
		return appendText(b, v.Text)
	case resp.BigNumber:
		return appendText(b, string(v))
	case error:
		return append(appendText(append(b, `{"error":`...), v.Error()), '}')
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return appendText(b, string(resp.AppendDouble(nil, v)))
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	return appendAggregate(b, v)
}

func appendAggregate(b []byte, v any) []byte {
	switch v := v.(type) {
	case []string:
		return appendList(b, v, appendText)
	case []any:
		return appendList(b, v, appendReply)
	case resp.Set:
		return appendList(b, v, appendReply)
	case resp.Push:
		return appendList(b, v, appendReply)
	case resp.Map:
		return appendMap(b, v)
	}
	return append(b, "null"...)
}

func appendList[T any](b []byte, list []T, each func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = each(b, v)
	}
	return append(b, ']')
}

func appendMap(b []byte, m resp.Map) []byte {
	for _, pair := range m {
		if key, ok := pair.Key.(string); !ok || !utf8.ValidString(key) {
			return appendList(b, m, func(b []byte, p resp.Pair) []byte { return appendReply(b, []any{p.Key, p.Value}) })
		}
	}
	b = append(b, '{')
	for i, pair := range m {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, pair.Key.(string)), ':')
		b = appendReply(b, pair.Value)
	}
	return append(b, '}')
}

// appendText appends a string, which need not be UTF-8.
func appendText(b []byte, s string) []byte {
	var v any = s
	if !utf8.ValidString(s) {
		v = map[string][]byte{"base64": []byte(s)}
	}
	text, _ := json.Marshal(v)
	return append(b, text...)
}
