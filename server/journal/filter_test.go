package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/tracking"
)

func TestFilter(t *testing.T) {
	events := map[string]tracking.Event{
		"read":     {Kind: tracking.Remembered, Client: 1, Keys: []string{"user:1"}},
		"spaced":   {Kind: tracking.Remembered, Client: 2, Keys: []string{"a b"}},
		"ignored":  {Kind: tracking.NotRemembered, Client: 1, Keys: []string{"user:1"}, Outcome: tracking.OptInUnused},
		"sent":     {Kind: tracking.Message, Client: 1, Name: "app", Receiver: 3, Writer: 2, WriterName: "w", Keys: []string{"x", "user:1"}},
		"silent":   {Kind: tracking.Message, Client: 1, Receiver: 1, Writer: 1, Keys: []string{"user:1"}, Outcome: tracking.NoLoop},
		"flush":    {Kind: tracking.Message, Client: 1, Receiver: 1, Writer: 2},
		"flushed":  {Kind: tracking.Flushed, Writer: 2},
		"set":      {Kind: tracking.Began, Client: 2, Words: []string{"SET", "user:1", "v"}},
		"user:1":   {Kind: tracking.Began, Client: 2, Words: []string{"user:1"}},
		"ok":       {Kind: tracking.Ended, Client: 2},
		"push":     {Kind: tracking.Pushed, Client: 3},
		"cycle":    {Kind: tracking.CycleEnded},
		"fault":    {Kind: tracking.Faulted, Client: 1},
		"no words": {Kind: tracking.Began, Client: 4},
	}
	for text, want := range map[string][]string{
		"key:user:*":                       {"read", "ignored", "sent", "silent", "flush", "flushed", "set"},
		"key:user:? client:2":              {"sent", "flush", "flushed", "set"},
		`key:"a b"`:                        {"spaced", "flush", "flushed"},
		"key:a key:x":                      {"sent", "flush", "flushed"},
		"client:3":                         {"sent", "push"},
		"client:app":                       {"sent"},
		"client:w client:4":                {"sent", "no words"},
		"kind:command client:2":            {"set", "user:1"},
		"kind:reply":                       {"ok"},
		"client:3 client:4":                {"sent", "push", "no words"},
		"kind:push":                        {"sent", "silent", "flush", "push"},
		"kind:message":                     {"sent", "silent", "flush"},
		"  kind:Not-Remembered kind:fault": {"ignored", "fault"},
		"not-sent":                         {"silent"},
		"kind:not-sent":                    {"silent"},
		"kind:push not-sent":               {"silent"},
		"NOT-SENT kind:remembered":         {"read", "spaced"},
		"kind:not-sent kind:remembered":    {"silent", "read", "spaced"},
		"not-sent client:2":                nil,
	} {
		f, err := journal.ParseFilter(text)
		require.NoError(t, err, text)
		var got []string
		for name, e := range events {
			if f.Match(e) {
				got = append(got, name)
				require.Contains(t, f.Wants(), e.Kind, text)
			}
		}
		require.ElementsMatch(t, want, got, text)
	}
	all := journal.Filter{}
	for _, e := range events {
		require.True(t, all.Match(e))
	}
	for _, text := range []string{"user:1", "kind:news", "kind:", `key:"a`, "x:1", "client:", ":"} {
		_, err := journal.ParseFilter(text)
		require.Error(t, err, text)
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add(`key:user:* client:7 kind:push not-sent key:"a b"`)
	f.Fuzz(func(t *testing.T, text string) {
		if filter, err := journal.ParseFilter(text); err == nil {
			filter.Match(tracking.Event{Kind: tracking.Message, Keys: []string{text}})
		}
	})
}
