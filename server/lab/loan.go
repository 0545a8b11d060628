package lab

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"time"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
)

// Loan is somebody's server, to play labs on. It loses its keys, its cached scripts and its
// statistics.
type Loan struct {
	Name     string // "Redis 8.0.2"
	Keys     int    // how many it has
	addr     string
	settings map[string]string
}

// patience is how long to wait for a reply.
const patience = 10 * time.Second

var keyCount = regexp.MustCompile(`(?m)^db\d+:keys=(\d+)`)

// Borrow looks at the server at an address, and changes nothing.
func Borrow(addr string) (*Loan, error) {
	l := &Loan{addr: addr}
	info, err := l.do("INFO")
	if err != nil {
		return nil, err
	}
	text, _ := info.(string)
	l.Name = transcript.ServerName(text)
	for _, m := range keyCount.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		l.Keys += n
	}
	l.settings, err = l.config()
	return l, err
}

// Return leaves the server empty, with the settings that it had.
func (l *Loan) Return() error {
	now, err := l.config()
	if err != nil {
		return err
	}
	for name, value := range l.settings {
		if now[name] == value {
			continue
		}
		if _, err := l.do("CONFIG", "SET", name, value); err != nil {
			return fmt.Errorf("setting %s to %q again: %w", name, value, err)
		}
	}
	l.do("DEBUG", "SET-ACTIVE-EXPIRE", "1") // forbidden here, it was to the labs as well
	_, err = l.do("FLUSHALL")
	return err
}

// config returns the settings.
func (l *Loan) config() (map[string]string, error) {
	reply, err := l.do("CONFIG", "GET", "*")
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	list, _ := reply.([]any)
	for ; len(list) > 1; list = list[2:] {
		settings[fmt.Sprint(list[0])] = fmt.Sprint(list[1])
	}
	return settings, nil
}

// do sends a command on a connection of its own.
func (l *Loan) do(words ...any) (any, error) {
	conn, err := net.DialTimeout("tcp", l.addr, patience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(resp.AppendCommand(nil, words...)); err != nil {
		return nil, err
	}
	reply, err := resp.NewReader(conn).Read()
	if e, ok := reply.(resp.Error); ok && err == nil {
		err = e
	}
	return reply, err
}
