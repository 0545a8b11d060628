package inspect

import "net/http"

// record downloads the events that are there.
func (p *Page) record(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "not yet", http.StatusNotImplemented)
}
