package render

import (
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// Fields takes the fields of an event, one after the other: see [Describe].
type Fields interface {
	Number(name string, n uint64)
	Text(name, text string)
	Texts(name string, list []string)
	True(name string)
}

// Describe gives the fields of an event, by the names that they have as JSON and in TATTLE's
// replies. Those without a value are left out. Kinds, causes, routes and outcomes are their texts.
func Describe(e tracking.Event, to Fields) {
	f := present{to}
	f.number("id", e.Seq)
	if !e.At.IsZero() {
		f.Text("at", e.At.UTC().Format(time.RFC3339Nano))
	}
	f.number("cycle", e.Cycle)
	f.number("by", e.CausedBy)
	f.number("fault", e.Fault)
	f.Text("kind", e.Kind.String())
	f.number("client", e.Client)
	f.text("name", e.Name)
	f.text("command", e.Command)
	f.number("db", uint64(uint32(e.DB)))
	f.texts("keys", e.Keys)
	f.truth("all", e.Keys == nil && (e.Kind == tracking.Message || e.Kind == tracking.Flushed))
	f.text("prefix", e.Prefix)
	f.message(e)
	f.texts("words", e.Words)
	if e.Bytes != nil {
		f.Text("bytes", string(e.Bytes))
	}
	f.text("text", e.Text)
	f.Text("line", e.String())
}

// message gives what became of keys: why, for whom, on which way.
func (f present) message(e tracking.Event) {
	has := tracking.KindsOf(tracking.Message)
	if e.Cause != 0 || (has | tracking.KindsOf(tracking.Forgotten, tracking.Flushed, tracking.Gathered, tracking.Removed)).Has(e.Kind) {
		f.Text("cause", e.Cause.String())
	}
	f.number("writer", e.Writer)
	f.text("writer_name", e.WriterName)
	f.number("receiver", e.Receiver)
	if e.Route != 0 || has.Has(e.Kind) {
		f.Text("route", e.Route.String())
	}
	if e.Outcome != 0 || (has | tracking.KindsOf(tracking.NotRemembered)).Has(e.Kind) {
		f.Text("outcome", e.Outcome.String())
		f.number("rule", uint64(e.Outcome.Rule()))
		f.truth("suppressed", e.Outcome.Suppressed())
	}
}

// present passes on the fields that have a value.
type present struct{ Fields }

func (f present) number(name string, n uint64) {
	if n != 0 {
		f.Number(name, n)
	}
}

func (f present) text(name, s string) {
	if s != "" {
		f.Text(name, s)
	}
}

func (f present) texts(name string, list []string) {
	if list != nil {
		f.Texts(name, list)
	}
}

func (f present) truth(name string, is bool) {
	if is {
		f.True(name)
	}
}
