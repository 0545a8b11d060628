package inspect

import (
	"encoding/json"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// appendEvent appends an event as JSON, until package render does.
func appendEvent(b []byte, e tracking.Event) []byte {
	m := map[string]any{}
	put := func(name string, v any, there bool) {
		if there {
			m[name] = v
		}
	}
	put("id", e.Seq, true)
	put("at", e.At.UTC().Format(time.RFC3339Nano), true)
	put("cycle", e.Cycle, true)
	put("by", e.CausedBy, e.CausedBy != 0)
	put("fault", e.Fault, e.Fault != 0)
	put("kind", e.Kind.String(), true)
	put("client", e.Client, e.Client != 0)
	put("name", e.Name, e.Name != "")
	put("command", e.Command, e.Command != "")
	put("db", e.DB, e.DB != 0)
	put("keys", rawTexts(e.Keys), len(e.Keys) > 0)
	put("all", true, e.Keys == nil && (e.Kind == tracking.Message || e.Kind == tracking.Flushed))
	put("prefix", rawText(e.Prefix), e.Prefix != "")
	put("cause", e.Cause.String(), e.Kind == tracking.Message || e.Kind == tracking.Forgotten || e.Kind == tracking.Gathered || e.Kind == tracking.Flushed)
	put("writer", e.Writer, e.Writer != 0)
	put("writer_name", e.WriterName, e.WriterName != "")
	put("receiver", e.Receiver, e.Receiver != 0)
	put("route", e.Route.String(), e.Kind == tracking.Message)
	put("outcome", e.Outcome.String(), e.Kind == tracking.Message || e.Kind == tracking.NotRemembered)
	put("rule", e.Outcome.Rule(), e.Outcome.Rule() != 0)
	put("suppressed", true, e.Outcome.Suppressed())
	put("words", rawTexts(e.Words), len(e.Words) > 0)
	put("bytes", rawText(string(e.Bytes)), len(e.Bytes) > 0)
	put("text", rawText(e.Text), e.Text != "")
	put("line", e.String(), true)
	text, _ := json.Marshal(m)
	return append(b, text...)
}

func rawText(s string) json.RawMessage { return appendText(nil, s) }

func rawTexts(list []string) (texts []json.RawMessage) {
	for _, s := range list {
		texts = append(texts, rawText(s))
	}
	return texts
}
