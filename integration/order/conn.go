package order

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// answerLimit is how long a server may take to answer. It only ends runs that would
// hang.
const answerLimit = 10 * time.Second

// conn is a connection whose values are compared as text.
type conn struct {
	nc net.Conn
	r  *resp.Reader
}

// open opens a connection and makes it speak RESP3.
func open(s *Server, kind string) (*conn, error) {
	nc, err := s.Dial(kind)
	if err != nil {
		return nil, err
	}
	k := &conn{nc, resp.NewReader(nc)}
	if err := k.write([]string{"HELLO 3"}); err != nil {
		return nil, err
	}
	_, err = k.read()
	return k, err
}

// packet renders commands whose words are separated by spaces.
func packet(lines []string) (p []byte) {
	for _, line := range lines {
		var words []any
		for word := range strings.FieldsSeq(line) {
			words = append(words, word)
		}
		p = resp.AppendCommand(p, words...)
	}
	return p
}

func (k *conn) write(lines []string) error {
	k.nc.SetDeadline(time.Now().Add(answerLimit))
	_, err := k.nc.Write(packet(lines))
	return err
}

func (k *conn) read() (string, error) {
	v, err := k.r.Read()
	return fmt.Sprint(v), err
}

// barrier sends a PING and returns the values that arrive before its reply.
func (k *conn) barrier() (values []string, err error) {
	if err := k.write([]string{"PING"}); err != nil {
		return nil, err
	}
	for {
		v, err := k.read()
		if err != nil || v == "PONG" {
			return values, err
		}
		values = append(values, v)
	}
}
