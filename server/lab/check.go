package lab

import (
	"fmt"
	"io"

	"github.com/tattle-server/tattle/internal/transcript"
)

// List prints the labs.
func List(w io.Writer, labs []*Lab) {
	for _, l := range labs {
		fmt.Fprintf(w, "\n%4d  %s (level %d): %s\n", l.Number, l.Name, l.Level, l.Title)
		for _, part := range wrap(l.Question, width-6) {
			fmt.Fprintf(w, "      %s\n", part)
		}
	}
}

// Check plays labs on the server at an address and prints a line for each. It returns how
// many of them are not as written.
func Check(w io.Writer, labs []*Lab, addr string) (failed int) {
	for _, l := range labs {
		note := ""
		err := l.Play(addr, func(s transcript.Step) error {
			if s.Table != nil && s.Table.Of(s.Server) == nil {
				note = " (its table has no row for " + s.Server + ")"
			}
			return nil
		})
		if err != nil {
			failed++
			fmt.Fprintf(w, "failed  %s: %v\n", l.file(), err)
			continue
		}
		fmt.Fprintf(w, "ok      %s%s\n", l.file(), note)
	}
	return failed
}
