package torture

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

const (
	// patience is how long a server may take to answer. It only ends attacks that would
	// hang: the race detector and extreme arguments are slow.
	patience = time.Minute
	// lately is how many of its last commands a connection remembers.
	lately = 12
	// wordShown is how much of an argument a finding shows.
	wordShown = 60
)

// conn is a connection to the target.
type conn struct {
	nc         net.Conn
	r          *resp.Reader
	id         int64
	subscribed bool            // RESP2, and Pub/Sub messages stand among the replies
	pushed     func(resp.Push) // is called for invalidations; other pushes are dropped
	recent     []string
}

// dial opens a connection that speaks version 2 or 3 of the protocol.
func (t *Target) dial(version int) (*conn, error) {
	nc, err := net.DialTimeout("tcp", t.Addr, patience)
	if err != nil {
		return nil, err
	}
	c := &conn{nc: nc, r: resp.NewReader(nc)}
	if version == 3 {
		_, err = c.do("HELLO", "3")
	}
	if err == nil {
		var id any
		id, err = c.do("CLIENT", "ID")
		c.id, _ = id.(int64)
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

// send writes commands at once.
func (c *conn) send(commands ...[]any) error {
	var b []byte
	for _, words := range commands {
		b = resp.AppendCommand(b, words...)
		c.remember(show(words))
	}
	return c.write(b)
}

func (c *conn) write(b []byte) error {
	c.nc.SetDeadline(time.Now().Add(patience))
	_, err := c.nc.Write(b)
	return err
}

func (c *conn) remember(line string) {
	if c.recent = append(c.recent, line); len(c.recent) > 2*lately {
		c.recent = append(c.recent[:0], c.recent[len(c.recent)-lately:]...)
	}
}

// show is a command as a finding shows it.
func show(words []any) string {
	parts := make([]string, len(words))
	for i, w := range words {
		text := fmt.Sprintf("%q", w)
		if s, ok := w.(string); !ok {
			text = fmt.Sprint(w)
		} else if len(s) > wordShown {
			text = fmt.Sprintf("%q...(%d bytes)", s[:wordShown], len(s))
		}
		parts[i] = text
	}
	return strings.Join(parts, " ")
}

// read returns the next reply.
func (c *conn) read() (any, error) {
	for {
		v, err := c.r.Read()
		if err != nil {
			return nil, err
		}
		push, isPush := v.(resp.Push)
		if list, ok := v.([]any); ok && c.subscribed && len(list) == 3 && list[0] == "message" {
			push, isPush = resp.Push{"invalidate", list[2]}, true
		}
		if !isPush {
			return v, nil
		}
		if c.pushed != nil {
			c.pushed(push)
		}
	}
}

// do runs a command. An error of the server is a reply of type resp.Error.
func (c *conn) do(words ...any) (any, error) {
	if err := c.send(words); err != nil {
		return nil, err
	}
	return c.read()
}

// all runs commands and returns their replies.
func (c *conn) all(commands ...[]any) (replies []any, err error) {
	if err := c.send(commands...); err != nil {
		return nil, err
	}
	for range commands {
		v, err := c.read()
		if err != nil {
			return nil, err
		}
		replies = append(replies, v)
	}
	return replies, nil
}

// text runs a command that replies with text.
func (c *conn) text(words ...any) (string, error) {
	v, err := c.do(words...)
	switch v := v.(type) {
	case string:
		return v, err
	case resp.Verbatim:
		return v.Text, err
	case resp.Error:
		return "", fmt.Errorf("%s: %w", show(words), v)
	}
	return "", err
}

func (c *conn) close() {
	if c != nil {
		c.nc.Close()
	}
}
