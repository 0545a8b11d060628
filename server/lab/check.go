package lab

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"time"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
)

// List prints the labs.
func List(w io.Writer, labs []*Lab) {
	level := 0
	for _, l := range labs {
		if l.Level != level {
			level = l.Level
			fmt.Fprintf(w, "\nLevel %d\n", level)
		}
		fmt.Fprintf(w, "\n%4d  %s: %s\n", l.Number, l.Name, l.Title)
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

var keyCount = regexp.MustCompile(`(?m)^db\d+:keys=(\d+)`)

// Look returns the name and version of the server at an address, and how many keys it has.
func Look(addr string) (name string, keys int, err error) {
	const patience = 10 * time.Second
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return "", 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(resp.AppendCommand(nil, "INFO")); err != nil {
		return "", 0, err
	}
	reply, err := resp.NewReader(conn).Read()
	if err != nil {
		return "", 0, err
	}
	info, ok := reply.(string)
	if !ok {
		return "", 0, fmt.Errorf("INFO is answered with %s", transcript.Format(reply))
	}
	for _, m := range keyCount.FindAllStringSubmatch(info, -1) {
		n, _ := strconv.Atoi(m[1])
		keys += n
	}
	return transcript.ServerName(info), keys, nil
}
