package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/tattle-server/tattle/tracking"
)

// formats are the formats and what writes each of them.
var formats = []struct {
	name  string
	write func(w io.Writer, events []tracking.Event) error
}{
	{"jsonl", writeJSONL},
	{"text", writeText},
	{"transcript", writeTranscript},
	{"gotest", writeGoTest},
	{"rediscli", writeRedisCLI},
	{"mermaid", writeMermaid},
	{"shiviz", writeShiViz},
	{"perfetto", writePerfetto},
}

// Formats returns the names of the formats.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Write writes the events of a session in a format. The error for an unknown format names those
// there are.
func Write(w io.Writer, format string, events []tracking.Event) error {
	for _, f := range formats {
		if strings.EqualFold(f.name, format) {
			return f.write(w, events)
		}
	}
	return fmt.Errorf("there is no format %q; the formats are %s", format, strings.Join(Formats(), ", "))
}

func writeJSONL(w io.Writer, events []tracking.Event) error {
	var line []byte
	for _, e := range events {
		line = append(AppendJSON(line[:0], e), '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// directAccess is who runs a command that no client has sent.
const directAccess = "direct access"

func writeText(w io.Writer, events []tracking.Event) error {
	drawn, lines := Diagram(events, directAccess)
	if lines == 0 {
		drawn = "nobody ran a command\n"
	}
	_, err := io.WriteString(w, drawn)
	return err
}
