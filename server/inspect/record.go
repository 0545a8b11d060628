package inspect

import (
	"bytes"
	"cmp"
	"net/http"

	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/tracking"
)

// record answers with the events in the journal, in a format of package render: jsonl, if none is asked
// for.
func (p *Page) record(w http.ResponseWriter, r *http.Request) {
	var events []tracking.Event
	if j := p.srv.Journal(); j != nil {
		events = j.Since(0)
	}
	format := cmp.Or(r.URL.Query().Get("format"), "jsonl")
	var b bytes.Buffer
	if err := render.Write(&b, format, events); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tattle.`+extension(format)+`"`)
	w.Write(b.Bytes())
}

// extensions are those of files, by format.
var extensions = map[string]string{"jsonl": "jsonl", "gotest": "go", "mermaid": "mmd", "perfetto": "json"}

func extension(format string) string { return cmp.Or(extensions[format], "txt") }
