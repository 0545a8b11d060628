package server

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/acl"
	"github.com/tattle-server/tattle/server/internal/command"
)

// sortedClients returns all clients in the order of their ids, in which they came.
func (s *Server) sortedClients() []*client {
	return slices.SortedFunc(maps.Values(s.clients), func(a, b *client) int { return cmp.Compare(a.id, b.id) })
}

// flags returns the letters that CLIENT LIST shows, N for none.
func (c *client) flags() string {
	var b strings.Builder
	add := func(on bool, letter byte) {
		if on {
			b.WriteByte(letter)
		}
	}
	add(c.monitor, 'O')
	add(c.Subscribed(), 'P')
	add(c.multi.on || len(c.multi.queued) > 0, 'x')
	add(c.isBlocked(), 'b')
	add(c.track.On, 't')
	add(c.track.Broken, 'R')
	add(c.track.BCast, 'B')
	add(c.multi.dirty, 'd')
	add(c.phase >= closing && !c.dropped, 'c')
	add(c.phase >= closing && c.dropped, 'A')
	add(c.unix, 'U')
	add(c.noEvict, 'e')
	add(c.noTouch, 'T')
	if b.Len() == 0 {
		return "N"
	}
	return b.String()
}

// line describes the client as CLIENT LIST and CLIENT INFO do, without a line break.
func (c *client) line() string {
	s := c.srv
	multi, watch := -1, len(c.watches)
	if c.multi.on || len(c.multi.queued) > 0 { // they run
		multi = len(c.multi.queued)
	}
	lastCmd := "NULL"
	if c.lastCmd != nil {
		lastCmd = c.lastCmd.FullName()
	}
	words := c.in.Taken() + c.waitingArgs()
	if s.exec != nil && s.exec.door.caller == c {
		words += sizeOf(s.exec.door.call.Args)
	}
	_, lent := c.in.Size()
	// Redis keeps output beyond a fixed buffer in a list of pieces of the same size.
	pending := c.out.pending()
	first := min(pending, keepBuffer)
	rest := pending - first
	events := "r"
	if c.out.full {
		events = "rw"
	}
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d watch=%d "+
		"qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d rbs=%d rbp=%d obl=%d oll=%d omem=%d tot-mem=%d events=%s cmd=%s user=%s redir=%d resp=%d "+
		"lib-name=%s lib-ver=%s io-thread=%d",
		c.id, c.addr, c.laddr, c.id+7, c.name, int64(s.clock.Sub(c.created).Seconds()), int64(s.clock.Sub(c.lastActive).Seconds()), c.flags(), c.db.Index,
		c.subs.channels.len(), c.subs.patterns.len(), c.subs.shards.len(), multi, watch,
		c.size+c.in.Unread(), c.in.Room(), words, c.multi.bytes, min(c.out.before+cap(c.out.w.Buf), keepBuffer), c.out.peak, first, (rest+keepBuffer-1)/keepBuffer, rest, c.memory()+lent, events, lastCmd, c.user.Name, c.track.Redirection(), c.Proto(),
		c.libName, c.libVer, 0)
}

// kindOf returns the type by which CLIENT LIST TYPE and CLIENT KILL TYPE select.
func (c *client) kindOf() string {
	if c.Subscribed() {
		return "pubsub"
	}
	return "normal"
}

// clientTypes are the types that CLIENT LIST and KILL know. No client here is a master or
// a replica.
var clientTypes = map[string]string{
	"normal": "normal", "slave": "replica", "replica": "replica", "pubsub": "pubsub", "master": "master",
}

func parseClientType(word []byte) (string, error) {
	t, ok := clientTypes[strings.ToLower(string(word))]
	if !ok {
		return "", resp.Errorf("ERR Unknown client type '%s'", word)
	}
	return t, nil
}

func runClientList(s *Server, _ *client, call *command.Call) error {
	list, err := s.selectClients(call.Args)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.line())
		b.WriteByte('\n')
	}
	call.Out.Verbatim("txt", b.String())
	return nil
}

// selectClients reads CLIENT LIST [TYPE t] [ID id ...].
func (s *Server) selectClients(args [][]byte) ([]*client, error) {
	switch {
	case len(args) == 2:
		return s.sortedClients(), nil
	case len(args) == 4 && command.Is(args[2], "type"):
		t, err := parseClientType(args[3])
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(s.sortedClients(), func(c *client) bool { return c.kindOf() != t }), nil
	case len(args) > 3 && command.Is(args[2], "id"):
		return s.clientsByID(args[3:])
	}
	return nil, resp.ErrSyntax
}

func (s *Server) clientsByID(words [][]byte) ([]*client, error) {
	var list []*client
	for _, word := range words {
		id, ok := command.ParseInt(word)
		if !ok {
			return nil, resp.Error("ERR Invalid client ID")
		}
		if c := s.clients[uint64(id)]; c != nil {
			list = append(list, c)
		}
	}
	return list, nil
}

func runClientInfo(_ *Server, c *client, call *command.Call) error {
	call.Out.Verbatim("txt", c.line()+"\n")
	return nil
}

// killFilter is what CLIENT KILL selects by; zero fields select everything.
type killFilter struct {
	id          uint64
	addr, laddr string
	kind        string
	user        *acl.User
	skipMe      bool
	maxAge      int64
}

func (s *Server) parseKill(args [][]byte) (f killFilter, err error) {
	f.skipMe = true
	for args = args[2:]; len(args) > 0; args = args[2:] {
		if len(args) == 1 {
			return f, resp.ErrSyntax
		}
		if err := f.set(s, args[0], args[1]); err != nil {
			return f, err
		}
	}
	return f, nil
}

// set sets one option of the filter.
func (f *killFilter) set(s *Server, option, value []byte) (err error) {
	switch {
	case command.Is(option, "id"):
		id, ok := command.ParseInt(value)
		if !ok || id <= 0 {
			return resp.Error("ERR client-id should be greater than 0")
		}
		f.id = uint64(id)
	case command.Is(option, "maxage"):
		age, ok := command.ParseInt(value)
		switch {
		case !ok:
			return resp.Error("ERR maxage is not an integer or out of range")
		case age <= 0:
			return resp.Error("ERR maxage should be greater than 0")
		}
		f.maxAge = age
	case command.Is(option, "type"):
		f.kind, err = parseClientType(value)
	case command.Is(option, "addr"):
		f.addr = string(value)
	case command.Is(option, "laddr"):
		f.laddr = string(value)
	case command.Is(option, "user"):
		if f.user = s.access.users.Named(string(value)); f.user == nil {
			return resp.Errorf("ERR No such user '%s'", value)
		}
	case command.Is(option, "skipme") && (command.Is(value, "yes") || command.Is(value, "no")):
		f.skipMe = command.Is(value, "yes")
	default:
		return resp.ErrSyntax
	}
	return err
}

func (f *killFilter) matches(c, caller *client) bool {
	switch {
	case f.skipMe && c == caller,
		f.id != 0 && f.id != c.id,
		f.addr != "" && f.addr != c.addr,
		f.laddr != "" && f.laddr != c.laddr,
		f.kind != "" && f.kind != c.kindOf(),
		f.user != nil && f.user != c.user,
		f.maxAge > 0 && int64(c.srv.clock.Sub(c.created).Seconds()) < f.maxAge:
		return false
	}
	return true
}

// candidates returns the client with an id, or all clients if the id is 0.
func (s *Server) candidates(id uint64) []*client {
	if id == 0 {
		return s.sortedClients()
	}
	if c := s.clients[id]; c != nil {
		return []*client{c}
	}
	return nil
}

// runClientKill is CLIENT KILL addr, or CLIENT KILL with filters. The old form may kill its
// caller, and answers OK or an error. The new form spares the caller and answers a number.
func runClientKill(s *Server, caller *client, call *command.Call) error {
	old := len(call.Args) == 3
	f := killFilter{}
	if old {
		f.addr = string(call.Args[2])
	} else {
		var err error
		if f, err = s.parseKill(call.Args); err != nil {
			return err
		}
	}
	killed := 0
	for _, c := range s.candidates(f.id) {
		if !f.matches(c, caller) {
			continue
		}
		killed++
		if c == caller {
			c.closeAfterReply("CLIENT KILL")
		} else {
			s.kill(c, "CLIENT KILL")
		}
	}
	switch {
	case !old:
		call.Out.Len(killed)
	case killed == 0:
		return resp.Error("ERR No such client")
	default:
		call.Out.OK()
	}
	return nil
}
