package inspect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestReply(t *testing.T) {
	for want, v := range map[string]any{
		`null`: nil, `"a\"b"`: []byte(`a"b`), `1`: 1, `-2`: int64(-2), `2.5`: 2.5, `"inf"`: math.Inf(1), `true`: true, `"123"`: resp.BigNumber("123"), `"OK"`: resp.Simple("OK"), `"v"`: resp.Verbatim{Format: "txt", Text: "v"},
		`{"base64":"/w=="}`:                    "\xff",
		`{"error":"ERR x"}`:                    resp.Error("ERR x"),
		`[1,[],["a"],["b"],["c",null]]`:        []any{1, []any{}, []string{"a"}, resp.Set{"b"}, resp.Push{"c", nil}},
		`{"k":{"":1}}`:                         resp.Map{{Key: "k", Value: resp.Map{{Key: "", Value: 1}}}},
		`[["k",1],[2,3]]`:                      resp.Map{{Key: "k", Value: 1}, {Key: 2, Value: 3}},
		`[[{"base64":"/w=="},{"k":"\u2028"}]]`: resp.Map{{Key: "\xff", Value: resp.Map{{Key: "k", Value: "\u2028"}}}},
	} {
		require.JSONEq(t, want, string(appendReply(nil, v)))
	}
}
