package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// ReadJSONL reads events, one a line, as [AppendJSON] writes them, in UTC. Empty lines and unknown
// fields are skipped. An error names the line.
func ReadJSONL(r io.Reader) (events []tracking.Event, err error) {
	lines := bufio.NewReader(r)
	for number := 1; err == nil; number++ {
		var l []byte
		if l, err = lines.ReadBytes('\n'); len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		e, bad := parseEvent(l)
		if bad != nil {
			return events, fmt.Errorf("line %d: %w", number, bad)
		}
		events = append(events, e)
	}
	if err != io.EOF {
		return events, err
	}
	return events, nil
}

// record is an event in JSON.
type record struct {
	ID, Cycle, By, Fault     uint64
	At                       time.Time
	Kind                     string
	Client, Writer, Receiver uint64
	Name, Command            text
	DB                       uint32
	Keys, Words              []text
	Prefix                   text
	Cause, Route, Outcome    string
	Rule                     int
	WriterName               text `json:"writer_name"`
	Bytes                    *text
	Text                     text
}

// text is a string that may stand in base64.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return json.Unmarshal(b, (*string)(t))
	}
	var raw struct{ Base64 []byte }
	err := json.Unmarshal(b, &raw)
	*t = text(raw.Base64)
	return err
}

func parseEvent(b []byte) (e tracking.Event, err error) {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return e, err
	}
	e = tracking.Event{
		Seq: r.ID, At: r.At.UTC(), Cycle: r.Cycle, CausedBy: r.By, Fault: r.Fault,
		Client: r.Client, Name: string(r.Name), Command: string(r.Command), DB: int(r.DB),
		Keys: texts(r.Keys), Prefix: string(r.Prefix), Writer: r.Writer, WriterName: string(r.WriterName), Receiver: r.Receiver,
		Words: texts(r.Words), Text: string(r.Text),
	}
	if r.Bytes != nil {
		e.Bytes = []byte(*r.Bytes)
	}
	if y := e.At.Year(); y < 0 || y > 9999 {
		return e, fmt.Errorf("the year of at is %d", y)
	}
	return e, r.enumerate(&e)
}

// enumerate finds what is written as a word or two.
func (r *record) enumerate(e *tracking.Event) error {
	var ok bool
	if e.Kind, ok = tracking.KindNamed(r.Kind); !ok {
		return fmt.Errorf("there is no kind %q", r.Kind)
	}
	if e.Cause, ok = tracking.CauseNamed(r.Cause); !ok && r.Cause != "" {
		return fmt.Errorf("there is no cause %q", r.Cause)
	}
	if e.Route, ok = tracking.RouteNamed(r.Route); !ok && r.Route != "" {
		return fmt.Errorf("there is no route %q", r.Route)
	}
	if e.Outcome, ok = tracking.OutcomeNamed(r.Outcome, r.Rule); !ok && r.Outcome != "" {
		return fmt.Errorf("there is no outcome %q by rule %d", r.Outcome, r.Rule)
	}
	return nil
}

func texts(list []text) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}
