package render

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/tracking"
)

// session is what connections did, as steps that can be done again, and what they received,
// each in its order.
type session struct {
	began time.Time
	conns []*conn // in the order in which they open
	byID  map[uint64]*conn
	steps []step
}

// conn is a connection of a session.
type conn struct {
	id       uint64 // 0 for direct access
	client   string // its name, if it has one
	name     string // in what is written
	proto    int
	complete bool // its beginning is in the record
	opened   bool
	over     bool

	// What a command leaves behind.
	began   uint64 // the event of the command that has not ended, 0 for none
	waited  bool   // until the server had it among those that are blocked
	skipped bool   // it cannot be done again, so that its reply is skipped too
	greets  bool   // it is the HELLO with which the connection opens
	multi   bool   // a transaction is open
	varies  bool   // one of whose commands has another reply each time
	silent  bool   // the last command had no reply
	db      int

	// The step with which it has sent last, and the server's cycle then.
	sent  int
	cycle uint64
}

// step is a thing that is done or seen.
type step struct {
	do    action
	at    time.Duration // since the first event
	conn  *conn
	words []word // that it sends
	more  bool   // in one write with those of the step before
	want  any    // that it receives, as [resp.Reader] has it, or ...
	any   bool   // ... anything
	n     int64  // clients that wait, milliseconds that pass
	text  string // what is said
}

type action int

const (
	says action = iota
	opens
	sends
	receives
	closes // from the client's side
	ends   // from the server's side
	waits  // until n clients are blocked
	passes // so that what is due happens
)

// word is a word of a command: a text, or the client id of a connection.
type word struct {
	text string
	id   *conn
}

// ident is the client id of a connection, where a value has it.
type ident struct{ *conn }

// String writes it as a transcript does.
func (i ident) String() string { return "$" + i.name }

// builder makes a session of events.
type builder struct {
	session
	expire map[uint64]time.Time // by the command that finds that keys have expired
	passed time.Time            // the time that has passed in the session
}

func newSession(events []tracking.Event) *session {
	b := &builder{session: session{byID: map[uint64]*conn{}}, expire: map[uint64]time.Time{}}
	if len(events) > 0 {
		b.began, b.passed = events[0].At, events[0].At
	}
	b.introduce(events)
	b.foresee(events)
	for i := range events {
		b.take(&events[i])
	}
	b.finish()
	return &b.session
}

// introduce finds the connections, how they are called and what they speak.
func (b *builder) introduce(events []tracking.Event) {
	spoke, settled := map[uint64]bool{}, map[uint64]bool{}
	for i := range events {
		e := &events[i]
		c := b.byID[e.Client]
		switch {
		case e.Kind != tracking.Connected && e.Kind != tracking.Began && e.Kind != tracking.Ended && e.Kind != tracking.Pushed:
			continue
		case c == nil:
			c = &conn{id: e.Client, proto: 2, complete: e.Kind == tracking.Connected || e.Client == 0}
			b.byID[e.Client] = c
		}
		if e.Name != "" {
			c.client = e.Name
		}
		switch {
		case settled[c.id]:
		case e.Kind == tracking.Began && is(e.Words, 0, "HELLO"):
			settled[c.id] = true
			if c.greets = !spoke[c.id] && !b.refused(events[i+1:], e.Seq); c.greets && is(e.Words, 1, "3") {
				c.proto = 3
			}
		case c.id == 0 || len(e.Bytes) > 0 && strings.IndexByte(">_%~,#=(", e.Bytes[0]) >= 0:
			c.proto = 3
		}
		spoke[c.id] = spoke[c.id] || e.Kind == tracking.Began
	}
	b.name()
}

// refused reports whether the reply to a command is an error.
func (b *builder) refused(events []tracking.Event, began uint64) bool {
	i := slices.IndexFunc(events, func(e tracking.Event) bool { return e.Kind == tracking.Ended && e.CausedBy == began })
	return i < 0 || bytes.HasPrefix(events[i].Bytes, []byte("-"))
}

// name gives each connection the name that its client has, if it suits, or else one of its
// number.
func (b *builder) name() {
	taken := map[string]bool{}
	ids := make([]uint64, 0, len(b.byID))
	for id := range b.byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		c := b.byID[id]
		switch {
		case suits(c.client) && !taken[c.client]:
			c.name = c.client
		case id == 0:
			c.name = "direct"
		default:
			c.name = fmt.Sprintf("c%d", id)
		}
		taken[c.name] = true
	}
}

// suits reports whether a name is one in a transcript and in Go, and none that is used there.
func suits(name string) bool {
	if name == "" || len(name) > 20 || !letter(name[0]) || name[0] == 'c' && strings.Trim(name[1:], "0123456789") == "" {
		return false
	}
	for i := range len(name) {
		if !letter(name[i]) && (name[i] < '0' || name[i] > '9') {
			return false
		}
	}
	return !reserved[name]
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// foresee finds the commands that find that keys have expired. Where the server never was
// faster, it must not be when the session is done again.
func (b *builder) foresee(events []tracking.Event) {
	active := false
	for _, e := range events {
		if e.Kind == tracking.Removed && e.Cause == tracking.Expired {
			active = active || e.CausedBy == 0
			if _, known := b.expire[e.CausedBy]; !known {
				b.expire[e.CausedBy] = e.At
			}
		}
	}
	if len(b.expire) > 0 && !active {
		c := &conn{name: "c0", proto: 2, complete: true, opened: true}
		b.conns = append(b.conns, c)
		b.add(b.began, step{do: says, text: "Keys expire when somebody meets them, and not before."}, step{do: opens, conn: c},
			step{do: sends, conn: c, words: []word{{text: "DEBUG"}, {text: "SET-ACTIVE-EXPIRE"}, {text: "0"}}},
			step{do: receives, conn: c, want: "OK"})
	}
}

func (b *builder) add(at time.Time, steps ...step) {
	for _, s := range steps {
		s.at = at.Sub(b.began)
		b.steps = append(b.steps, s)
	}
}

func (b *builder) say(e *tracking.Event, format string, args ...any) {
	b.add(e.At, step{do: says, text: plain(fmt.Sprintf(format, args...))})
}

// open opens a connection before its first use.
func (b *builder) open(at time.Time, c *conn) {
	if !c.opened {
		c.opened = true
		b.conns = append(b.conns, c)
		b.add(at, step{do: opens, conn: c})
	}
}

func (b *builder) take(e *tracking.Event) {
	c := b.byID[e.Client]
	switch e.Kind {
	case tracking.Began:
		b.takeBegan(e, c)
	case tracking.Ended:
		b.takeEnded(e, c)
	case tracking.Pushed:
		b.open(e.At, c)
		b.receive(e, c)
	case tracking.Closed:
		b.takeClosed(e, c)
	case tracking.Removed:
		if e.CausedBy == 0 && e.Cause == tracking.Expired {
			b.pass(e.At)
		}
		b.say(e, "%s: %s", e.Cause, keyList(e.Keys))
	case tracking.Faulted:
		b.say(e, "%s: %s; this is not done again", b.nameOf(e.Client), e.Text)
	case tracking.NotRemembered:
		if e.Outcome != tracking.TrackingOff && e.Outcome != tracking.InBCast {
			b.say(e, "%s read %s: %s (rule %d)", b.nameOf(e.Client), keyList(e.Keys), e.Outcome, e.Outcome.Rule())
		}
	case tracking.Message:
		if rule := e.Outcome.Rule(); e.Outcome.Suppressed() && rule > 0 {
			b.say(e, "invalidate %s for %s: %s (rule %d)", keyList(e.Keys), b.nameOf(e.Client), e.Outcome, rule)
		} else if e.Outcome != tracking.Sent && e.Outcome != tracking.AfterReply {
			b.say(e, "invalidate %s for %s: %s", keyList(e.Keys), b.nameOf(e.Client), e.Outcome)
		}
	}
}

func (b *builder) nameOf(client uint64) string {
	if c := b.byID[client]; c != nil {
		return c.name
	}
	if client == 0 {
		return "all"
	}
	return fmt.Sprintf("client %d", client)
}

// takeBegan sends a command.
func (b *builder) takeBegan(e *tracking.Event, c *conn) {
	b.awaitBlocked(e.At, c)
	if at, due := b.expire[e.Seq]; due {
		b.pass(at)
	}
	b.open(e.At, c)
	c.began, c.waited = e.Seq, false
	if c.greets {
		b.greet(e, c)
		return
	}
	if c.cycle == 0 && e.Command == "command|docs" { // redis-cli asks that first, for its hints
		c.skipped = true
		return
	}
	if why := unrepeatable(e); why != "" {
		c.skipped = true
		b.say(e, "%s: %s", c.name, why)
		return
	}
	if c.id == 0 && c.db != e.DB {
		c.db = e.DB
		b.add(e.At, step{do: sends, conn: c, words: []word{{text: "SELECT"}, {text: strconv.Itoa(e.DB)}}}, step{do: receives, conn: c, want: "OK"})
	}
	words := b.words(e)
	c.remember(e)
	b.send(e, c, words)
}

// send sends a command. What the server ran in one cycle for a client came in one write: no
// reply leaves before the cycle ends.
func (b *builder) send(e *tracking.Event, c *conn, words []word) {
	s := step{do: sends, at: e.At.Sub(b.began), conn: c, words: words}
	since := b.steps[min(c.sent+1, len(b.steps)):]
	other := func(s step) bool { return s.do != says && s.do != receives }
	if s.more = e.Cycle != 0 && e.Cycle == c.cycle && !slices.ContainsFunc(since, other); s.more {
		c.sent++
		b.steps = slices.Insert(b.steps, c.sent, s)
		return
	}
	c.sent, c.cycle = len(b.steps), e.Cycle
	b.steps = append(b.steps, s)
}

// greet does what HELLO did beside choosing the protocol, which the connection has from its
// beginning.
func (b *builder) greet(e *tracking.Event, c *conn) {
	c.greets, c.skipped = false, true
	for i, w := range e.Words {
		switch {
		case strings.EqualFold(w, "AUTH"):
			b.say(e, "%s: HELLO with AUTH, whose password is not recorded", c.name)
		case strings.EqualFold(w, "SETNAME") && i+1 < len(e.Words):
			b.add(e.At, step{do: sends, conn: c, words: []word{{text: "CLIENT"}, {text: "SETNAME"}, {text: e.Words[i+1]}}},
				step{do: receives, conn: c, want: "OK"})
		}
	}
}

// awaitBlocked waits until commands that have not ended are blocked, before a client goes on.
func (b *builder) awaitBlocked(at time.Time, next *conn) {
	var n int64
	news := false
	for _, c := range b.conns {
		if c.began != 0 && !c.skipped && c != next {
			n++
			news = news || !c.waited
			c.waited = true
		}
	}
	if news {
		b.add(at, step{do: waits, n: n})
	}
}

// unrepeatable says why a command cannot be done again, if it cannot.
func unrepeatable(e *tracking.Event) string {
	size := 0
	for _, w := range e.Words {
		size += len(w) + 1
		if w == "(redacted)" {
			return strings.Join(e.Words, " ") + ": what is secret is not recorded"
		}
	}
	if n := len(e.Words); n > 0 && size >= recorded && strings.HasSuffix(e.Words[n-1], "…") {
		return e.Words[0] + ": the command is longer than 4 KiB, and the rest is not recorded"
	}
	if is(e.Words, 0, "MONITOR") || is(e.Words, 0, "SHUTDOWN") {
		return e.Words[0] + " is left out"
	}
	return ""
}

// recorded is how much of a command or a reply an event keeps, in bytes.
const recorded = 4 << 10

// words returns the words of a command. Where it names a client, that is the connection.
func (b *builder) words(e *tracking.Event) []word {
	list := make([]word, len(e.Words))
	for i, w := range e.Words {
		list[i] = word{text: w}
		id, err := strconv.ParseUint(w, 10, 64)
		named := i > 1 && (is(e.Words, i-1, "REDIRECT") || is(e.Words, i-1, "ID") || is(e.Words, i-1, "UNBLOCK") || list[i-1].id != nil)
		if c := b.byID[id]; err == nil && id != 0 && named && c != nil && is(e.Words, 0, "CLIENT") {
			b.open(e.At, c)
			list[i].id = c
		}
	}
	return list
}

func is(words []string, i int, want string) bool {
	return i < len(words) && strings.EqualFold(words[i], want)
}

// remember keeps what a command means for those that follow on its connection.
func (c *conn) remember(e *tracking.Event) {
	switch {
	case is(e.Words, 0, "MULTI"):
		c.varies, c.multi = c.varies && c.multi, true
	case is(e.Words, 0, "EXEC"), is(e.Words, 0, "DISCARD"), is(e.Words, 0, "RESET"):
		c.multi = false
	}
	c.varies = c.varies || c.multi && (varies(e.Command) || withID[e.Command])
}

// takeEnded receives a reply.
func (b *builder) takeEnded(e *tracking.Event, c *conn) {
	done := c.began != 0 && !c.skipped
	c.began, c.skipped, c.silent = 0, false, len(e.Bytes) == 0
	if done {
		b.receive(e, c)
	}
}

// receive receives what an event's bytes are.
func (b *builder) receive(e *tracking.Event, c *conn) {
	loose := e.Kind == tracking.Ended && (e.Command == "" || varies(e.Command) || c.varies && e.Command == "exec")
	list, cut := parse(e.Bytes)
	for _, v := range list {
		b.add(e.At, step{do: receives, conn: c, want: b.identify(v, e.Command), any: loose || v == "(redacted)"})
	}
	if cut {
		why := "is not whole" // a SUBSCRIBE or CLIENT REPLY in MULTI may break it
		if len(e.Bytes) >= recorded {
			why = "is longer than 4 KiB, and the rest is not recorded"
		}
		b.say(e, "%s: the reply %s", c.name, why)
		b.add(e.At, step{do: receives, conn: c, any: true})
	}
}

// identify puts connections in place of their client ids, in replies and pushes that have such.
func (b *builder) identify(v any, command string) any {
	push, _ := v.(resp.Push)
	switch {
	case len(push) == 2 && push[0] == "tracking-redir-broken":
		push[1] = b.ident(push[1])
	case command != "client|trackinginfo" && withID[command]:
		return b.ident(v)
	}
	switch x := v.(type) {
	case resp.Map:
		for i, p := range x {
			if command == "client|trackinginfo" && p.Key == "redirect" {
				x[i].Value = b.ident(p.Value)
			}
		}
	case []any:
		if command == "client|trackinginfo" && len(x) > 3 {
			x[3] = b.ident(x[3])
		}
	}
	return v
}

// ident returns the connection with a client id, or else the value as it is.
func (b *builder) ident(v any) any {
	if id, ok := v.(int64); ok && id > 0 {
		if c := b.byID[uint64(id)]; c != nil && c.opened {
			return ident{c}
		}
	}
	return v
}

// takeClosed ends a connection.
func (b *builder) takeClosed(e *tracking.Event, c *conn) {
	if c == nil || !c.opened || c.over || e.Text == "shutdown" {
		return
	}
	c.over, c.began = true, 0
	do := ends
	if e.Text == hungUp || e.Fault != 0 {
		do = closes
	}
	b.add(e.At, step{do: do, conn: c})
}

// pass lets the time pass up to then.
func (b *builder) pass(then time.Time) {
	if d := then.Sub(b.passed); d > 0 {
		b.add(then, step{do: passes, n: int64((d + time.Millisecond - 1) / time.Millisecond)})
		b.passed = then
	}
}

// finish closes the connections that could not tell whether anything is left to read.
func (b *builder) finish() {
	for _, c := range b.conns {
		if !c.over && (c.began != 0 || c.multi || c.silent) {
			c.over = true
			b.steps = append(b.steps, step{do: closes, conn: c})
		}
	}
}

// varies reports whether a command has another reply each time.
func varies(command string) bool {
	container, _, _ := strings.Cut(command, "|")
	return varying[command] || varying[container]
}

// varying are the commands with another reply each time: about time, chance, memory, ids and
// addresses. A container stands for its subcommands.
var varying = set("acl|genpass acl|log client|info client|list command debug dump expiretime hello hrandfield info keys lastsave latency " +
	"lolwut memory object pexpiretime pttl randomkey role scan slowlog spop srandmember sscan hscan zscan time ttl xadd zrandmember")

// withID are the commands whose replies have client ids.
var withID = set("client|id client|getredir client|trackinginfo")

// reserved are names that are used in a Go test.
var reserved = set("break case chan const continue default defer else fallthrough for func go goto if import interface map package " +
	"range return select struct switch type var any bool byte error false int int64 len nil string true t resp require servertest srv testing time direct")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
