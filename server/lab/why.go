package lab

import (
	"regexp"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/tracking"
)

// Why returns a function for [Terminal.Why]: what the tracking of a server has decided since
// the last call, messages that were not sent included.
func Why(srv *server.Server) func() []string {
	w := srv.Watch(tracking.Remembered, tracking.NotRemembered, tracking.Gathered, tracking.Removed,
		tracking.Flushed, tracking.Message)
	last := uint64(0)
	return func() (lines []string) {
		for _, e := range w.Since(last) {
			last = e.Seq
			lines = append(lines, named.ReplaceAllString(e.String(), "$1"))
		}
		return lines
	}
}

// named is how an event names a client of a lab.
var named = regexp.MustCompile(`client \d+ \((\w+)\)`)
