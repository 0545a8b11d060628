package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/tracking"
)

var at = time.Date(2026, 11, 22, 1, 2, 3, 4000, time.UTC)

// The form of an event is a promise to programs in other languages.
func TestJSON(t *testing.T) {
	for _, test := range []struct {
		e    tracking.Event
		want string
	}{
		{tracking.Event{
			Seq: 12, At: at, Cycle: 4, CausedBy: 11, Fault: 9, Kind: tracking.Message, Client: 1, Name: "app", Command: "set", DB: 3,
			Keys: []string{"k", "\xff"}, Prefix: "u:", Cause: tracking.Expired, Writer: 2, WriterName: "x", Receiver: 5,
			Route: tracking.Broadcast, Outcome: tracking.NoLoopBroadcast,
		}, `{"id":12,"at":"2026-11-22T01:02:03.000004Z","cycle":4,"by":11,"fault":9,"kind":"message","client":1,"name":"app","command":"set","db":3,` +
			`"keys":["k",{"base64":"/w=="}],"prefix":"u:","cause":"expired","writer":2,"writer_name":"x","receiver":5,"route":"broadcast",` +
			`"outcome":"not sent: NOLOOP","rule":42,"suppressed":true,` +
			`"line":"invalidate [k \"\\xff\"] for client 1 (app) by broadcast of u: to client 5: not sent: NOLOOP (expired in db 3)"}`},
		{tracking.Event{Seq: 1, Kind: tracking.Message}, `{"id":1,"kind":"message","all":true,"cause":"write","route":"push","outcome":"sent",` +
			`"line":"invalidate everything for direct access by push: sent (write)"}`},
		{tracking.Event{Kind: tracking.Began, Client: 1, Words: []string{"SET", "k", "a\"\\\r\n\x00<é"}},
			`{"kind":"began","client":1,"words":["SET","k","a\"\\\r\n\u0000<é"],"line":"client 1 \u003e SET k a\"\\\r\n\u0000\u003cé"}`},
		{tracking.Event{Kind: tracking.Ended, Bytes: []byte("$1\r\n\xfe\r\n")}, `{"kind":"ended","bytes":{"base64":"JDENCv4NCg=="},"line":"direct access \u003c \"$1\\r\\n\\xfe\\r\\n\""}`},
		{tracking.Event{Kind: tracking.NotRemembered, Keys: []string{}, Outcome: tracking.OptInUnused},
			`{"kind":"not remembered","keys":[],"outcome":"not remembered: OPTIN without CLIENT CACHING YES","rule":16,` +
				`"line":"direct access read []: not remembered: OPTIN without CLIENT CACHING YES ()"}`},
	} {
		got := AppendJSON([]byte("before "), test.e)
		require.Equal(t, "before ", string(got[:7]))
		require.JSONEq(t, test.want, string(got[7:]))
		require.Equal(t, names(test.want), names(string(got[7:])), "in this order")
		events, err := ReadJSONL(bytes.NewReader(got[7:]))
		require.NoError(t, err)
		require.Equal(t, []tracking.Event{test.e}, events)
	}
}

// names returns the names of the fields of an object in their order.
func names(object string) (list []string) {
	d := json.NewDecoder(strings.NewReader(object))
	for depth, name := 0, true; ; name = !name {
		tok, err := d.Token()
		if err != nil {
			return list
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
			name = depth == 1 == name
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if s, ok := tok.(string); ok && depth == 1 {
			list = append(list, s)
		}
	}
}

// Every kind and outcome is read as it was written.
func TestJSONOfEveryKind(t *testing.T) {
	var events []tracking.Event
	for k := tracking.Enabled; k <= tracking.Faulted; k++ {
		for o := tracking.Sent; o <= tracking.NotReadOnly; o++ {
			events = append(events, tracking.Event{Seq: uint64(len(events)), Kind: k, Outcome: o, Cause: tracking.Cause(o % 5), Route: tracking.Route(o % 3)})
		}
	}
	read, err := ReadJSONL(bytes.NewReader(lined(events)))
	require.NoError(t, err)
	require.Equal(t, events, read)
}

func lined(events []tracking.Event) (b []byte) {
	for _, e := range events {
		b = append(AppendJSON(b, e), '\n')
	}
	return b
}

func TestReadJSONL(t *testing.T) {
	events, err := ReadJSONL(strings.NewReader("\n{\"kind\":\"began\",\"from\":\"later\"}\r\n  \n{\"kind\":\"ended\"}"))
	require.NoError(t, err)
	require.Equal(t, []tracking.Event{{Kind: tracking.Began}, {Kind: tracking.Ended}}, events)
	for text, say := range map[string]string{
		"{\"kind\":\"began\"}\n{":                 "line 2: unexpected end",
		`{"kind":"x"}`:                            `line 1: there is no kind "x"`,
		`{"kind":"message","cause":"x"}`:          `there is no cause "x"`,
		`{"kind":"message","route":"x"}`:          `there is no route "x"`,
		`{"kind":"message","outcome":"x"}`:        `there is no outcome "x" by rule 0`,
		`{"kind":"ended","bytes":{"base64":"*"}}`: "illegal base64",
		`{"kind":"ended","id":-1}`:                "line 1: json: cannot unmarshal",
	} {
		_, err := ReadJSONL(strings.NewReader(text))
		require.ErrorContains(t, err, say, text)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte("k"), "w", "t", uint8(7), uint8(5), int64(0), true)
	f.Add([]byte("\xff\x00\"\\\u2028"), "\x7f", "\xc3", uint8(0), uint8(0), int64(1), false)
	f.Fuzz(func(t *testing.T, b []byte, word, text string, kind, outcome uint8, seconds int64, some bool) {
		e := tracking.Event{
			Seq: uint64(kind), Kind: tracking.Kind(kind) % (tracking.Faulted + 1), Outcome: tracking.Outcome(outcome) % (tracking.NotReadOnly + 1),
			At: time.Unix(seconds%(1<<35), seconds%1e9).UTC(), Bytes: b, Text: text, Name: word, Prefix: text,
		}
		if some {
			e.Words, e.Keys = []string{word, text}, []string{text}
		}
		line := AppendJSON(nil, e)
		require.True(t, json.Valid(line))
		require.NotContains(t, string(line), "\n")
		read, err := ReadJSONL(bytes.NewReader(line))
		require.NoError(t, err)
		require.Equal(t, []tracking.Event{e}, read)
	})
}

// Whatever is loaded, reading ends, and what was read is written and read alike.
func FuzzReadJSONL(f *testing.F) {
	f.Add(lined([]tracking.Event{{Seq: 1, At: at, Kind: tracking.Message, Keys: []string{"\xff"}}, {Kind: tracking.Ended, Bytes: []byte("+OK\r\n")}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, _ := ReadJSONL(bytes.NewReader(b))
		again, err := ReadJSONL(bytes.NewReader(lined(events)))
		require.NoError(t, err)
		require.Equal(t, events, again)
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	e := tracking.Event{Seq: 12, At: at, Cycle: 4, CausedBy: 11, Kind: tracking.Message, Client: 1, Name: "app", Command: "set", Keys: []string{"user:1"}, Writer: 2, Receiver: 1}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendJSON(buf[:0], e)
	}
}
