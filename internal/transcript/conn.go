package transcript

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// patience is how long to wait for a value or a condition. It only ends transcripts that
// would wait for ever.
const patience = 10 * time.Second

// conn is a connection of a transcript.
type conn struct {
	name string
	nc   net.Conn
	r    *resp.Reader
	id   int64
	over bool // the server has closed it, as expected
}

func dial(name, addr string, version int, named bool) (*conn, error) {
	nc, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	c := &conn{name: name, nc: nc, r: resp.NewReader(nc)}
	id, err := c.do("CLIENT", "ID")
	if n, ok := id.(int64); ok {
		c.id = n
	}
	if err == nil && version == 3 {
		_, err = c.do("HELLO", "3")
	}
	if err == nil && named {
		_, err = c.do("CLIENT", "SETNAME", name)
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("connecting %s: %w", name, err)
	}
	return c, nil
}

func (c *conn) write(b []byte) error {
	c.nc.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.nc.Write(b)
	return err
}

// read returns the next value, or closed.
func (c *conn) read() (any, error) {
	if c.over {
		return closed{}, nil
	}
	c.nc.SetReadDeadline(time.Now().Add(patience))
	v, err := c.r.Read()
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil, fmt.Errorf("%s waits in vain", c.name)
	case errors.Is(err, io.EOF) || errors.As(err, new(*net.OpError)):
		c.over = true
		return closed{}, nil
	}
	return v, err
}

// readRaw returns the next bytes as they are.
func (c *conn) readRaw(n int) (any, error) {
	c.nc.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, n)
	got, err := io.ReadFull(c.r.Raw(), b)
	if err != nil {
		return nil, fmt.Errorf("%s receives %q and waits in vain", c.name, b[:got])
	}
	return raw(b), nil
}

// do sends a command and returns the next value. An error reply is an error.
func (c *conn) do(words ...any) (any, error) {
	if err := c.write(resp.AppendCommand(nil, words...)); err != nil {
		return nil, err
	}
	v, err := c.read()
	if _, ended := v.(closed); ended {
		return nil, fmt.Errorf("the server closes the connection")
	}
	if e, ok := v.(resp.Error); ok && err == nil {
		err = e
	}
	return v, err
}

// quiet makes sure that nothing has arrived.
func (c *conn) quiet() error {
	list, err := c.arrived()
	if err == nil && len(list) > 0 {
		err = fmt.Errorf("%s receives %s, and nothing was expected", c.name, describe(list[0]))
	}
	return err
}

// arrived returns what has arrived: all that comes before the answer to a PING.
func (c *conn) arrived() (list []any, err error) {
	const mark = "nothing-else"
	if err := c.write(resp.AppendCommand(nil, "PING", mark)); err != nil {
		return nil, err
	}
	for {
		v, err := c.read()
		if err != nil {
			return list, fmt.Errorf("%w for the answer to PING", err)
		}
		pong, isList := v.([]any)
		if v == mark || isList && len(pong) == 2 && pong[1] == mark {
			return list, nil
		}
		list = append(list, v)
		if v == (closed{}) {
			return list, nil
		}
	}
}

// describe is Format for everything that read may return.
func describe(v any) string {
	switch v := v.(type) {
	case closed:
		return "the end of the connection"
	case raw:
		return "bytes " + strconv.Quote(string(v))
	case several:
		return v.String()
	}
	return Format(v)
}
