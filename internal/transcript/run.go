package transcript

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// run is a transcript that is being played.
type run struct {
	addr  string
	named bool
	id    identity
	admin *conn // for questions that are not in the transcript
	conns map[string]*conn
	names names
	got   []any // by the line that is being played
}

// Run plays a transcript on a server, which loses its keys and some of its settings.
// The error says what was received instead, and begins with file:line.
func (s *Script) Run(addr string) error {
	return s.Play(addr, func(Step) error { return nil })
}

// Play is Run, and calls show after each step, text included. An error of show ends it.
func (s *Script) Play(addr string, show func(Step) error) error {
	admin, err := dial("the runner", addr, 2, false)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	defer admin.nc.Close()
	r := &run{addr: addr, named: s.Named, admin: admin, conns: map[string]*conn{}, names: names{}}
	defer r.hangUp()
	if err := r.reset(); err != nil {
		return fmt.Errorf("%s: preparing the server: %w", s.Name, err)
	}
	last := 0
	for i, l := range s.lines {
		if !r.applies(l) {
			continue
		}
		last, r.got = l.number, nil
		if err := r.step(l, s.written(i)); err != nil {
			return fmt.Errorf("%s:%d: %w", s.Name, l.number, err)
		}
		if err := show(r.shown(l)); err != nil {
			return err
		}
	}
	if err := r.leaveAll(); err != nil {
		return fmt.Errorf("%s:%d: at the end: %w", s.Name, last, err)
	}
	return nil
}

// written returns the lines that go out in one write, beginning with a send. It returns
// none if an earlier line has included the send in its write.
func (s *Script) written(i int) (batch []line) {
	if s.lines[i].do != send || s.lines[i].more {
		return nil
	}
	batch = s.lines[i : i+1]
	for _, l := range s.lines[i+1:] {
		if l.do != send || !l.more || l.conn != s.lines[i].conn {
			break
		}
		batch = append(batch[:len(batch):len(batch)], l)
	}
	return batch
}

func (r *run) applies(l line) bool {
	return !slices.ContainsFunc(l.on, func(b branch) bool { return b.where.holds(r.id) == b.negate })
}

func (r *run) step(l line, batch []line) error {
	switch l.do {
	case send:
		return r.send(batch)
	case expect:
		return r.expect(l)
	case quiet:
		c, err := r.conn(l.conn)
		if err != nil {
			return err
		}
		return c.quiet()
	case gather:
		return r.gather(l)
	case info:
		return r.keepField(l.words[0].text, l.words[1].text)
	case table:
		return r.judge(l.table)
	case note:
		return nil
	case open:
		return r.open(l)
	case closing:
		for _, w := range l.words {
			if err := r.close(w.text); err != nil {
				return err
			}
		}
		return nil
	case wait:
		return r.wait(l.words[0].text, l.words[1].text)
	case reset:
		return r.startOver()
	}
	return r.pass(time.Duration(l.ms) * time.Millisecond)
}

// conn returns the connection with a name. It opens the connection if the name is new.
func (r *run) conn(name string) (*conn, error) {
	if c := r.conns[name]; c != nil {
		return c, nil
	}
	return r.connect(name, 2)
}

func (r *run) connect(name string, version int) (*conn, error) {
	c, err := dial(name, r.addr, version, r.named)
	if err != nil {
		return nil, err
	}
	r.conns[name], r.names[name] = c, c.id
	return c, nil
}

func (r *run) send(batch []line) error {
	if len(batch) == 0 {
		return nil
	}
	c, err := r.conn(batch[0].conn)
	if err != nil {
		return err
	}
	var b []byte
	for _, l := range batch {
		var words []any
		for _, w := range l.words {
			v, known := r.names[w.name]
			switch {
			case w.name == "":
				v = w.text
			case !known:
				return fmt.Errorf("there is no $%s", w.name)
			}
			words = append(words, v)
		}
		b = resp.AppendCommand(b, words...)
	}
	return c.write(b)
}

func (r *run) expect(l line) error {
	c := r.conns[l.conn]
	if c == nil {
		return fmt.Errorf("%s has not sent anything yet", l.conn)
	}
	want := l.want
	for _, d := range l.differs {
		if d.where.holds(r.id) {
			want = d.want
			break
		}
	}
	read := c.read
	if b, ok := want.(raw); ok {
		read = func() (any, error) { return c.readRaw(len(b)) }
	}
	v, err := read()
	if err != nil {
		return fmt.Errorf("%w for %s", err, r.expected(want))
	}
	r.got = []any{v}
	if !r.names.match(want, v) {
		return fmt.Errorf("%s receives %s, expected was %s", c.name, describe(v), r.expected(want))
	}
	return nil
}

// gather keeps what has arrived.
func (r *run) gather(l line) error {
	c, err := r.conn(l.conn)
	if err != nil {
		return err
	}
	r.got, err = c.arrived()
	r.names[l.text] = several(r.got)
	return err
}

// expected formats a pattern for an error message.
func (r *run) expected(pattern any) string {
	switch p := pattern.(type) {
	case anything:
		return "anything"
	case keep:
		return "@" + p.name
	case kept:
		return fmt.Sprintf("$%s, which is %v", p.name, r.names[p.name])
	case anyError:
		return "an error"
	case found:
		return "/" + p.expr + "/"
	}
	return describe(pattern)
}

func (r *run) open(l line) error {
	for _, w := range l.words {
		if c := r.conns[w.text]; c != nil {
			if err := r.leave(c); err != nil {
				return err
			}
			c.nc.Close()
		}
		if _, err := r.connect(w.text, l.resp); err != nil {
			return err
		}
	}
	return nil
}

// leave makes sure that a connection has received everything that it was expected to.
func (r *run) leave(c *conn) error {
	if c.over {
		return nil
	}
	return c.quiet()
}

func (r *run) leaveAll() error {
	for _, c := range r.conns {
		if err := r.leave(c); err != nil {
			return err
		}
	}
	return nil
}

// startOver ends what was played so far and begins again, on the same server.
func (r *run) startOver() error {
	if err := r.leaveAll(); err != nil {
		return err
	}
	for name := range r.conns {
		if err := r.close(name); err != nil {
			return err
		}
	}
	return r.reset()
}

// close ends a connection, and waits until the server has noticed.
func (r *run) close(name string) error {
	c := r.conns[name]
	if c == nil {
		return fmt.Errorf("%s is not open", name)
	}
	c.nc.Close()
	delete(r.conns, name)
	return r.until("the server to notice that "+name+" is gone", func() (bool, error) {
		list, err := r.admin.do("CLIENT", "LIST", "ID", strconv.FormatInt(c.id, 10))
		return list == "", err
	})
}

// until asks again and again until a condition is met.
func (r *run) until(what string, cond func() (bool, error)) error {
	limit := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		ok, err := cond()
		if ok || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-limit:
			return fmt.Errorf("waited in vain for %s", what)
		}
	}
}

func (r *run) wait(field, value string) error {
	var last string
	err := r.until("it", func() (bool, error) {
		info, err := r.info("everything")
		last = fieldOf(info, field)
		return last == value, err
	})
	if err != nil {
		return fmt.Errorf("%s is %q, expected was %q: %w", field, last, value, err)
	}
	return nil
}

// keepField keeps a field of INFO.
func (r *run) keepField(name, field string) error {
	text, err := r.info("everything")
	value := fieldOf(text, field)
	var v any = value
	if n, notNumber := strconv.ParseInt(value, 10, 64); notNumber == nil {
		v = n
	}
	r.names[name], r.got = v, []any{v}
	return err
}

func (r *run) info(section string) (string, error) {
	v, err := r.admin.do("INFO", section)
	text, _ := v.(string)
	return text, err
}

// fieldOf returns the value of a field of INFO, or of a part of a field: name:part.
func fieldOf(info, field string) string {
	name, part, inner := strings.Cut(field, ":")
	_, after, _ := strings.Cut("\r\n"+info, "\r\n"+name+":")
	value, _, _ := strings.Cut(after, "\r\n")
	if !inner {
		return value
	}
	for pair := range strings.SplitSeq(value, ",") {
		if k, v, _ := strings.Cut(pair, "="); k == part {
			return v
		}
	}
	return ""
}

// pass waits by the server's clock, since that is the one by which keys expire.
func (r *run) pass(d time.Duration) error {
	start, err := r.now()
	if err != nil {
		return err
	}
	<-time.After(d) // most of the time; the clocks need not agree
	return r.until("the time to pass", func() (bool, error) {
		now, err := r.now()
		return now.Sub(start) > d, err
	})
}

func (r *run) now() (time.Time, error) {
	v, err := r.admin.do("TIME")
	if err != nil {
		return time.Time{}, err
	}
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		return time.Time{}, fmt.Errorf("TIME is answered with %s", describe(v))
	}
	sec, _ := strconv.ParseInt(fmt.Sprint(pair[0]), 10, 64)
	usec, _ := strconv.ParseInt(fmt.Sprint(pair[1]), 10, 64)
	return time.Unix(sec, usec*1000), nil
}

// reset brings the server to the state in which every transcript begins; so does a reset
// line.
func (r *run) reset() error {
	info, err := r.info("server")
	if err != nil {
		return err
	}
	if r.id = identify("\n" + info); len(r.id) == 0 {
		return fmt.Errorf("INFO names no version")
	}
	// Connections of the previous transcript may not be quite gone.
	if err := r.wait("tracking_clients", "0"); err != nil {
		return err
	}
	for _, words := range [][]any{
		{"CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction"},
		{"CONFIG", "SET", "tracking-table-max-keys", "1000000", "notify-keyspace-events", ""},
		{"DEBUG", "SET-ACTIVE-EXPIRE", "1"},
		{"SCRIPT", "FLUSH"}, {"FLUSHALL"}, {"CONFIG", "RESETSTAT"},
	} {
		if _, err := r.admin.do(words...); err != nil && words[0] != "DEBUG" { // DEBUG may be forbidden
			return fmt.Errorf("%v: %w", words, err)
		}
	}
	return nil
}

// hangUp closes the open connections, in the way that surprises the server least.
func (r *run) hangUp() {
	for _, c := range r.conns {
		if tcp, ok := c.nc.(*net.TCPConn); ok {
			tcp.CloseWrite()
		}
		c.nc.Close()
	}
}
