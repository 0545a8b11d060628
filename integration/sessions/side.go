package sessions

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// answerLimit is how long a server may take to answer the connection that steers it.
const answerLimit = 10 * time.Second

// side is one of the two servers, with the connections of the session.
type side struct {
	addr    string
	control *control
	conns   map[byte]*conn
	denied  map[string]int // what INFO counted before the session, and CONFIG RESETSTAT leaves
}

// conn is a connection of a session.
type conn struct {
	nc       *net.TCPConn
	id       int64
	before   int64 // the id before it reconnected
	unparsed []byte
	frames   []string // received and not compared yet
	closed   bool
	silenced bool // CLIENT REPLY OFF or SKIP was sent
	loose    bool // a command was sent whose reply is in no defined order
}

// closedFrame is the end of a connection among its frames.
const closedFrame = "<closed>"

// control is the connection that controls and inspects a server.
type control struct {
	nc net.Conn
	r  *resp.Reader
}

func openSide(addr string) (*side, error) {
	c, err := openControl(addr)
	if err != nil {
		return nil, err
	}
	return &side{addr: addr, control: c, conns: map[byte]*conn{}}, c.login()
}

func openControl(addr string) (*control, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &control{nc, resp.NewReader(nc)}, nil
}

// login makes the connection that of a user of its own, since sessions change the default user,
// and keeps it where they limit the memory of clients.
func (c *control) login() error {
	if _, err := c.do("ACL", "SETUSER", "control", "on", "nopass", "~*", "&*", "+@all"); err != nil {
		return err
	}
	if _, err := c.do("AUTH", "control", "any"); err != nil {
		return err
	}
	_, err := c.do("CLIENT", "NO-EVICT", "ON")
	return err
}

// do runs a command and returns its reply.
func (c *control) do(words ...any) (any, error) {
	c.nc.SetDeadline(time.Now().Add(answerLimit))
	if _, err := c.nc.Write(resp.AppendCommand(nil, words...)); err != nil {
		return nil, err
	}
	v, err := c.r.Read()
	if e, ok := v.(resp.Error); ok {
		return v, fmt.Errorf("%v: %w", words, e)
	}
	return v, err
}

// text runs a command that replies with text.
func (c *control) text(words ...any) (string, error) {
	v, err := c.do(words...)
	s, _ := v.(string)
	return s, err
}

func (s *side) close() {
	for _, c := range s.conns {
		c.nc.Close()
	}
	s.control.nc.Close()
}

// dial opens a connection and learns its id.
func (s *side) dial() (*conn, error) {
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	c := &conn{nc: nc.(*net.TCPConn)}
	for limit := time.Now().Add(answerLimit); ; {
		if c.id, err = s.idOf(nc.LocalAddr().String()); c.id != 0 || err != nil {
			return c, err
		}
		if time.Now().After(limit) {
			return nil, errors.New("a new connection does not appear in CLIENT LIST")
		}
	}
}

// idOf finds the id of the client with an address, 0 if there is none.
func (s *side) idOf(addr string) (id int64, err error) {
	list, err := s.control.text("CLIENT", "LIST")
	for line := range strings.Lines(list) {
		if strings.Contains(line, " addr="+addr+" ") {
			fmt.Sscanf(line, "id=%d", &id)
		}
	}
	return id, err
}

// open opens a connection of the session.
func (s *side) open(name byte) error {
	c, err := s.dial()
	if err != nil {
		return err
	}
	if old := s.conns[name]; old != nil {
		c.before = old.id
	}
	s.conns[name] = c
	return nil
}

// hangUp closes a connection and waits until the server knows.
func (s *side) hangUp(name byte) error {
	c := s.conns[name]
	addr := c.nc.LocalAddr().String()
	c.nc.Close()
	c.closed, c.frames = true, nil
	for limit := time.Now().Add(answerLimit); ; {
		id, err := s.idOf(addr)
		if id == 0 || err != nil {
			return err
		}
		if time.Now().After(limit) {
			return errors.New("a connection that was closed stays in CLIENT LIST")
		}
	}
}

// packet is one write to a connection.
type packet struct {
	to *conn
	b  []byte
}

// send sends the commands of steps. Those that follow each other on one connection go out in
// one write, and nothing happens between two writes. If a write fails, the connection is
// being closed, which shows when it is read.
func (s *side) send(steps []Step) {
	var packets []packet
	for _, step := range steps {
		words := make([]any, len(step.Words))
		for i, w := range step.Words {
			words[i] = s.expand(w)
		}
		c := s.conns[step.Conn]
		if n := len(packets); n == 0 || packets[n-1].to != c {
			packets = append(packets, packet{to: c})
		}
		last := &packets[len(packets)-1]
		last.b = resp.AppendCommand(last.b, words...)
	}
	for _, p := range packets {
		p.to.nc.Write(p.b)
	}
}

// expand puts ids for $a and $a', and N letters for $*N.
func (s *side) expand(word string) string {
	if number, ok := strings.CutPrefix(word, "$*"); ok {
		n, _ := strconv.Atoi(number)
		return strings.Repeat("x", n)
	}
	if len(word) < 2 || word[0] != '$' || s.conns[word[1]] == nil {
		return word
	}
	switch c := s.conns[word[1]]; word[2:] {
	case "":
		return fmt.Sprint(c.id)
	case "'":
		return fmt.Sprint(c.before)
	}
	return word
}

// cycles returns when the server has run everything that was sent before and, if it is a
// real Redis, has ended the cycle in which it did.
func (s *side) cycles() error {
	for range 2 {
		if _, err := s.control.do("PING"); err != nil {
			return err
		}
	}
	return nil
}

// receive takes all frames that have arrived on all connections.
func (s *side) receive() error {
	var buf [16 << 10]byte
	for _, c := range s.conns {
		for !c.closed {
			n, err := readNow(c.nc, buf[:])
			if n == 0 && err == nil {
				break
			}
			var frames []string
			frames, c.unparsed = cutFrames(append(c.unparsed, buf[:n]...))
			c.frames = append(c.frames, s.monitored(frames)...)
			if err != nil {
				c.closed, c.frames = true, append(c.frames, closedFrame)
				c.nc.Close()
				if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !isReset(err) {
					return err
				}
			}
		}
	}
	return nil
}

// monitorLine matches what MONITOR shows of a command, up to the command.
var monitorLine = regexp.MustCompile(`^\+\d+\.\d{6} \[(\d+) ([\d.:]+|lua)\] `)

// monitored puts connections in place of the times and addresses that MONITOR shows, and leaves
// out the commands of the control.
func (s *side) monitored(frames []string) (kept []string) {
	for _, f := range frames {
		m := monitorLine.FindStringSubmatch(f)
		switch {
		case m == nil:
			kept = append(kept, f)
		case m[2] != s.control.nc.LocalAddr().String():
			kept = append(kept, fmt.Sprintf("+[%s %s] %s", m[1], s.nameOf(m[2]), f[len(m[0]):]))
		}
	}
	return kept
}

// nameOf returns the name of the connection with an address, or what was given if there is none.
func (s *side) nameOf(addr string) string {
	for name, c := range s.conns {
		if c.nc.LocalAddr().String() == addr {
			return string(name)
		}
	}
	return addr
}

func isReset(err error) bool { return strings.Contains(err.Error(), "reset") }
