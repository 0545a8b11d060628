package tattle

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/tracking"
)

// An event as a map has the fields and values that it has as JSON.
func TestEventIsItsJSON(t *testing.T) {
	events := []tracking.Event{
		{}, {Kind: tracking.Flushed, Writer: 2, WriterName: "w", Cause: tracking.Flush}, {Kind: tracking.CycleEnded, Cycle: 7},
		{
			Seq: 1, At: time.Unix(1, 5000), Cycle: 2, CausedBy: 3, Fault: 4, Kind: tracking.Message, Client: 5, Name: "app", Command: "set", DB: 6,
			Keys: []string{"a", "b"}, Prefix: "p", Cause: tracking.Expired, Writer: 7, WriterName: "w", Receiver: 8, Route: tracking.Broadcast, Outcome: tracking.NoLoopBroadcast,
			Words: []string{"SET", "a"}, Bytes: []byte("+OK\r\n"), Text: "text",
		},
	}
	for k := tracking.Enabled; k.String() != tracking.Removed.String(); k++ {
		events = append(events, tracking.Event{Kind: k, Keys: []string{"k"}}, tracking.Event{Kind: k, Outcome: tracking.NoLoop, Bytes: []byte{}})
	}
	for _, e := range events {
		var want any
		require.NoError(t, json.Unmarshal(render.AppendJSON(nil, e), &want))
		got, err := json.Marshal(plain(event(e)))
		require.NoError(t, err)
		var same any
		require.NoError(t, json.Unmarshal(got, &same))
		require.Equal(t, want, same)
	}
}

// plain makes a map of Go of a map of RESP.
func plain(v any) map[string]any {
	m := map[string]any{}
	for _, p := range v.(resp.Map) {
		m[p.Key.(string)] = p.Value
	}
	return m
}

// The words of a value that a client has split are joined again.
func TestValue(t *testing.T) {
	for want, words := range map[string][]string{
		`>invalidate [k]`:          {`>invalidate [k]`},
		`>MOVING 1 15 h:1`:         {">MOVING", "1", "15", "h:1"},
		`>invalidate [a "b c" ]`:   {">invalidate", "[a", "b c", "]"},
		`bytes "$-1\r\n"`:          {"bytes", "$-1\r\n"},
		`bytes "\xff\x00"`:         {"bytes", "\xff\x00"},
		`>x "" ~[1 2] [[3] [4]]`:   {">x", "", "~[1", "2]", "[[3]", "[4]]"},
		`-ERR some text`:           {"-ERR", "some", "text"},
		`>invalidate "a]b" [nil ]`: {">invalidate", `"a]b"`, "[nil", "]"},
	} {
		require.Equal(t, want, value(words))
	}
}
