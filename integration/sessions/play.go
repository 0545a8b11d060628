package sessions

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// How long things take.
const (
	patience = 800 * time.Millisecond // for both to become equal
	shortTTL = 8 * time.Millisecond   // until a time to live of 5 ms is over
	pace     = 200 * time.Microsecond // between two looks
)

// Player plays sessions to two servers.
type Player struct {
	ref, our *side
	owed     map[byte]bool // connections whose short times have not run out yet
	last     status        // of the reference after the last round
	round    round         // what is played
	commands []string      // what tattle has
	pauses   bool          // CLIENT PAUSE was sent
	before   Session       // the last one that was begun

	// Commands and Rounds count the commands that were sent and the rounds played.
	Commands, Rounds int
}

// Difference is what a session found.
type Difference struct {
	Session  Session // up to the step that shows it
	Ref, Our []string

	final    bool // more time would not change it
	shortest bool
}

// Error returns the session and what differs.
func (d *Difference) Error() string {
	return fmt.Sprintf("a difference after:\n%s\n  reference:\n    %s\n  tattle:\n    %s",
		d.Session, strings.Join(d.Ref, "\n    "), strings.Join(d.Our, "\n    "))
}

// NewPlayer connects to the reference and to tattle. Both must allow DEBUG, and must have
// no other clients.
func NewPlayer(ref, our string) (*Player, error) {
	r, err := openSide(ref)
	if err != nil {
		return nil, fmt.Errorf("the reference: %w", err)
	}
	o, err := openSide(our)
	if err != nil {
		return nil, fmt.Errorf("tattle: %w", err)
	}
	list, err := o.control.do("COMMAND", "LIST")
	if err != nil {
		return nil, fmt.Errorf("tattle: %w", err)
	}
	p := &Player{ref: r, our: o}
	for _, name := range list.([]any) {
		p.commands = append(p.commands, name.(string))
	}
	return p, nil
}

// Close closes the connections.
func (p *Player) Close() {
	p.ref.close()
	p.our.close()
}

// Play plays a session on empty servers. The error is a *Difference, or says why
// it could not be played.
func (p *Player) Play(session Session) error {
	if err := p.begin(); err != nil {
		return fmt.Errorf("%w, after the session:\n%s", err, p.before)
	}
	p.before = session
	mode, steps := session.mode()
	for played := 0; played < len(steps); {
		p.round = p.nextRound(mode, steps[played:])
		played += len(p.round.steps)
		d, err := p.play()
		if err != nil {
			return fmt.Errorf("%w, after:\n%s", err, steps[:played].in(mode))
		}
		if d != nil {
			d.Session = steps[:played].in(mode)
			return d
		}
	}
	d, err := p.end()
	if d != nil {
		d.Session = session
		return d
	}
	return err
}

// both does something on both sides.
func (p *Player) both(do func(*side) error) error {
	if err := do(p.ref); err != nil {
		return fmt.Errorf("the reference: %w", err)
	}
	if err := do(p.our); err != nil {
		return fmt.Errorf("tattle: %w", err)
	}
	return nil
}

// begin empties both servers and opens the five connections.
func (p *Player) begin() error {
	p.owed, p.last, p.round = map[byte]bool{}, status{}, round{bcast: map[byte]int{}}
	p.pauses = false
	if err := p.both((*side).clear); err != nil {
		return err
	}
	if err := p.level(); err != nil {
		return err
	}
	for _, name := range []byte(Names) {
		if err := p.both(func(s *side) error { return s.open(name) }); err != nil {
			return err
		}
	}
	return p.both(func(s *side) error {
		_, err := s.control.do("CONFIG", "RESETSTAT")
		if err != nil {
			return err
		}
		s.denied = map[string]int{}
		_, err = s.look()
		return err
	})
}

// clear puts a server back to how it started, as far as sessions change it.
func (s *side) clear() error {
	for name, c := range s.conns {
		if !c.closed {
			if err := s.hangUp(name); err != nil {
				return err
			}
		}
	}
	clear(s.conns)
	for _, words := range [][]any{
		{"CLIENT", "UNPAUSE"}, {"SELECT", "0"}, {"FLUSHALL"}, {"SCRIPT", "FLUSH"}, {"FUNCTION", "FLUSH"}, {"DEBUG", "SET-ACTIVE-EXPIRE", "0"},
		{"CONFIG", "SET", "notify-keyspace-events", "", "acl-pubsub-default", "resetchannels", "client-output-buffer-limit", "normal 0 0 0 pubsub 0 0 0",
			"client-query-buffer-limit", "1073741824", "maxmemory-clients", "0"},
		{"ACL", "DELUSER", "alice", "bob"}, {"ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all"}, {"ACL", "LOG", "RESET"},
	} {
		if _, err := s.control.do(words...); err != nil {
			return err
		}
	}
	return nil
}

// level opens connections on the server whose client ids are behind, until the next ids are
// equal.
func (p *Player) level() error {
	var next [2]int64
	for {
		for i, s := range []*side{p.ref, p.our} {
			if next[i] > next[1-i] {
				continue
			}
			c, err := s.dial()
			if err != nil {
				return err
			}
			s.conns[0] = c
			if err := s.hangUp(0); err != nil {
				return err
			}
			delete(s.conns, 0)
			next[i] = c.id
		}
		if next[0] == next[1] {
			return nil
		}
	}
}

// play plays a round. Steps are skipped where the connection is closed, as after QUIT,
// until it reconnects, and see unplayed.
func (p *Player) play() (*Difference, error) {
	if step := p.round.steps[0]; step.Words[0] == Reconnect {
		return p.reconnect(step.Conn)
	}
	p.round.steps = slices.DeleteFunc(slices.Clone(p.round.steps), p.skip)
	if len(p.round.steps) == 0 {
		return nil, nil
	}
	p.Commands += len(p.round.steps)
	p.Rounds++
	p.ref.send(p.round.steps)
	p.our.send(p.round.steps)
	return p.compare()
}

// skip reports whether a step is left out. If not, it records what follows from the step.
func (p *Player) skip(step Step) bool {
	c := p.ref.conns[step.Conn]
	if c.closed || p.unplayed(step) || p.round.undefined(step, p.last.clients[c.id]["flags"]) {
		return true
	}
	c.silenced = c.silenced || len(step.Words) == 3 && step.Words[1] == "REPLY"
	p.pauses = p.pauses || verb(step) == "CLIENT PAUSE"
	c.loose = c.loose || slices.Contains(unordered, step.Words[0])
	if isShort(step) {
		p.owed[step.Conn] = true
	}
	return false
}

func (p *Player) reconnect(name byte) (*Difference, error) {
	if err := p.both(func(s *side) error { return s.reconnect(name) }); err != nil {
		return nil, err
	}
	return p.compare()
}

func (s *side) reconnect(name byte) error {
	if !s.conns[name].closed {
		if err := s.hangUp(name); err != nil {
			return err
		}
	}
	return s.open(name)
}

// isShort reports whether a step sets a time to live or a timeout that is to run out
// before the next one.
func isShort(step Step) bool {
	return slices.ContainsFunc(step.Words, func(w string) bool {
		return w == "5" || w == "0.005" || strings.Contains(w, "'PX', 5)")
	})
}

// compare waits until both sides have finished a step and have sent the same. It returns the
// difference if they do not.
func (p *Player) compare() (*Difference, error) {
	refStatus, err := p.settle()
	if err != nil {
		return nil, err
	}
	p.outwait(refStatus)
	for limit := time.Now().Add(patience); ; time.Sleep(pace) {
		refStatus, err := p.ref.now()
		if err != nil {
			return nil, fmt.Errorf("the reference: %w", err)
		}
		ourStatus, err := p.our.now()
		if err != nil {
			return nil, fmt.Errorf("tattle: %w", err)
		}
		p.round.hear(p.receivers(refStatus))
		d := p.difference(refStatus, ourStatus)
		if d == nil {
			p.last = refStatus
			p.forget()
			return nil, nil
		}
		if d.final || time.Now().After(limit) {
			return d, nil
		}
	}
}

// settle waits until the reference has done what was sent to it.
func (p *Player) settle() (status, error) {
	for limit := time.Now().Add(answerLimit); ; {
		st, err := p.ref.now()
		if err != nil {
			return st, fmt.Errorf("the reference: %w", err)
		}
		if !st.flushing() || p.pauses || time.Now().After(limit) {
			return st, nil
		}
	}
}

// now returns the frames and the status of a server after everything sent so far.
func (s *side) now() (status, error) {
	if err := s.cycles(); err != nil {
		return status{}, err
	}
	st, err := s.look()
	if err != nil {
		return st, err
	}
	return st, s.receive()
}

// outwait waits until short times have run out on both servers. Those of queued commands
// have not begun yet.
func (p *Player) outwait(st status) {
	if len(p.owed) == 0 {
		return
	}
	time.Sleep(shortTTL)
	for name := range p.owed {
		if !st.busy(p.ref.conns[name].id) {
			delete(p.owed, name)
		}
	}
}

// difference compares the frames, and then the status of both servers.
func (p *Player) difference(ref, our status) *Difference {
	d := &Difference{}
	for _, name := range []byte(Names) {
		r, o := p.ref.conns[name], p.our.conns[name]
		rf, of := p.view(name, r.frames, o.frames)
		if !slices.EqualFunc(rf, of, same) || !p.sameRest(r, o) {
			d.Ref = append(d.Ref, fmt.Sprintf("%c< %.3000q %.3000q", name, r.frames, r.unparsed))
			d.Our = append(d.Our, fmt.Sprintf("%c< %.3000q %.3000q", name, o.frames, o.unparsed))
			n := min(len(r.frames), len(o.frames))
			rf, of = p.view(name, r.frames[:n], o.frames[:n])
			d.final = d.final || p.round.mode != Async && !slices.EqualFunc(rf, of, same)
		}
	}
	if len(d.Ref) == 0 {
		d.Ref, d.Our = unequal(ref.lines, our.lines)
	}
	if len(d.Ref)+len(d.Our) == 0 {
		return nil
	}
	return d
}

// sameRest reports whether two connections have received the same of an unfinished frame. CLIENT
// REPLY leaves one behind in a transaction.
func (p *Player) sameRest(r, o *conn) bool {
	return same(string(r.unparsed), string(o.unparsed)) || r.loose && len(r.unparsed) == len(o.unparsed)
}

// unequal returns the lines that the other side does not have.
func unequal(ref, our []string) (onlyRef, onlyOur []string) {
	missing := func(in []string) func(string) bool {
		return func(line string) bool { return slices.Contains(in, line) }
	}
	return slices.DeleteFunc(slices.Clone(ref), missing(our)), slices.DeleteFunc(slices.Clone(our), missing(ref))
}

// view returns the frames that a connection received in the form in which they are compared.
func (p *Player) view(name byte, ref, our []string) (refs, ours []string) {
	if p.ref.conns[name].loose {
		ref, our = inOrder(ref), inOrder(our)
	}
	return p.round.view(name, ref, our)
}

// forget drops the frames that were compared.
func (p *Player) forget() {
	for _, c := range p.ref.conns {
		c.loose = c.loose && (p.last.busy(c.id) || len(c.unparsed) > 0)
	}
	for _, s := range []*side{p.ref, p.our} {
		for _, c := range s.conns {
			c.frames = c.frames[:0]
		}
	}
}
