package server

import (
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/acl"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The errors of authentication.
const (
	errNoPassword = resp.Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	errWrongPass  = resp.Error("WRONGPASS invalid username-password pair or user is disabled.")
	errNoProto    = resp.Error("NOPROTO unsupported protocol version")
	errHelloAuth  = resp.Error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	errClientName = resp.Error("ERR Client names cannot contain spaces, newlines or special characters.")
)

// authRequired reports whether the client must give a password first.
func (s *Server) authRequired(c *client) bool {
	return !c.authenticated && !s.access.users.Default.Open()
}

// authenticate makes the caller of a command a user.
func (s *Server) authenticate(c *client, call *command.Call, user, password []byte) error {
	u := s.access.users.Named(string(user))
	if u == nil || !u.Accepts(password) {
		s.logDenial(c, acl.DeniedAuth, string(call.Args[0]), string(user))
		return errWrongPass
	}
	if u != c.user {
		s.beforeUsersChange()
	}
	c.authenticated, c.user = true, u
	return nil
}

// becomeDefault makes a client the default user, as it was when it came.
func (s *Server) becomeDefault(c *client) {
	c.user = s.access.users.Default
	c.authenticated = c.user.Open()
}

func runAuth(s *Server, c *client, call *command.Call) error {
	user, password := []byte(acl.DefaultName), call.Args[1]
	switch {
	case len(call.Args) > 3:
		return resp.ErrSyntax
	case len(call.Args) == 3:
		user, password = call.Args[1], call.Args[2]
	case s.access.users.Default.NoPassword:
		return errNoPassword
	}
	if err := s.authenticate(c, call, user, password); err != nil {
		return err
	}
	call.Out.OK()
	return nil
}

// helloArgs is HELLO [protover [AUTH user password] [SETNAME name]].
type helloArgs struct {
	proto          int // 0: leave it
	user, password []byte
	auth, named    bool
	name           []byte
}

func parseHello(args [][]byte) (a helloArgs, err error) {
	if len(args) < 2 {
		return a, nil
	}
	v, ok := command.ParseInt(args[1])
	if !ok {
		return a, resp.Error("ERR Protocol version is not an integer or out of range")
	}
	if v < 2 || v > 3 {
		return a, errNoProto
	}
	a.proto = int(v)
	for i := 2; i < len(args); i++ {
		switch left := len(args) - 1 - i; {
		case command.Is(args[i], "auth") && left >= 2:
			a.auth, a.user, a.password = true, args[i+1], args[i+2]
			i += 2
		case command.Is(args[i], "setname") && left >= 1:
			a.named, a.name = true, args[i+1]
			if !validName(a.name) {
				return a, errClientName
			}
			i++
		default:
			return a, resp.Errorf("ERR Syntax error in HELLO option '%s'", args[i])
		}
	}
	return a, nil
}

func runHello(s *Server, c *client, call *command.Call) error {
	a, err := parseHello(call.Args)
	if err != nil {
		return err
	}
	if a.auth {
		if err := s.authenticate(c, call, a.user, a.password); err != nil {
			return err
		}
	}
	if s.authRequired(c) {
		return errHelloAuth
	}
	if a.named {
		c.name = string(a.name)
	}
	if a.proto != 0 {
		c.setProto(a.proto)
		call.Out.Proto = a.proto
	}
	out := call.Out
	out.Map(7)
	out.BulkString("server")
	out.BulkString("redis")
	out.BulkString("version")
	out.BulkString(RedisVersion)
	out.BulkString("proto")
	out.Len(c.Proto())
	out.BulkString("id")
	out.Int(int64(c.id))
	out.BulkString("mode")
	out.BulkString("standalone")
	out.BulkString("role")
	out.BulkString("master")
	out.BulkString("modules")
	out.Array(0)
	return nil
}

func runPing(_ *Server, c *client, call *command.Call) error {
	out := call.Out
	if len(call.Args) > 2 {
		return resp.WrongArity("ping")
	}
	if c.Subscribed() && !out.V3() {
		out.Array(2)
		out.BulkString("pong")
		if len(call.Args) == 2 {
			out.Bulk(call.Args[1])
		} else {
			out.BulkString("")
		}
		return nil
	}
	if len(call.Args) == 2 {
		out.Bulk(call.Args[1])
	} else {
		out.Simple("PONG")
	}
	return nil
}

func runEcho(_ *Server, _ *client, call *command.Call) error {
	call.Out.Bulk(call.Args[1])
	return nil
}

func runSelect(s *Server, c *client, call *command.Call) error {
	n, err := command.Int(call.Args[1])
	if err != nil {
		return err
	}
	if n != int64(int32(n)) {
		return resp.Error("ERR value is out of range, value must between -2147483648 and 2147483647")
	}
	db := s.db(n)
	if db == nil {
		return resp.ErrDBIndex
	}
	c.db = db
	call.Out.OK()
	return nil
}

// db returns the database with the number that a client gave, or nil.
func (s *Server) db(n int64) *keyspace.DB {
	if n < 0 || n >= int64(len(s.ks.DBs())) {
		return nil
	}
	return s.ks.DB(int(n))
}

func runQuit(_ *Server, c *client, call *command.Call) error {
	call.Out.OK()
	c.closeAfterReply("QUIT")
	return nil
}

// runReset makes the connection as it was when it came.
func runReset(s *Server, c *client, call *command.Call) error {
	skipped := c.replySkip
	s.resetClient(c)
	if !skipped {
		c.out.w.Simple("RESET") // not call.Out, which may be muted
	}
	return nil
}

func (s *Server) resetClient(c *client) {
	s.unmonitor(c)
	s.tracker.Disable(c)
	s.discard(c)
	s.unsubscribeAll(c)
	c.db = s.ks.DB(0)
	c.setProto(2)
	c.name = ""
	s.becomeDefault(c)
	c.replyOff, c.replySkip, c.skipNext = false, false, false
	c.noEvict, c.noTouch = false, false
}

// validName reports whether a client may have a name: it must be printable ASCII without
// spaces, so that CLIENT LIST stays readable.
func validName(name []byte) bool {
	for _, b := range name {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

func runClientID(_ *Server, c *client, call *command.Call) error {
	call.Out.Int(int64(c.id))
	return nil
}

func runClientSetName(_ *Server, c *client, call *command.Call) error {
	if !validName(call.Args[2]) {
		return errClientName
	}
	c.name = string(call.Args[2])
	call.Out.OK()
	return nil
}

func runClientGetName(_ *Server, c *client, call *command.Call) error {
	if c.name == "" {
		call.Out.Null()
		return nil
	}
	call.Out.BulkString(c.name)
	return nil
}

func runClientSetInfo(_ *Server, c *client, call *command.Call) error {
	attr, value := call.Args[2], call.Args[3]
	field := &c.libName
	switch {
	case command.Is(attr, "lib-name"):
	case command.Is(attr, "lib-ver"):
		field = &c.libVer
	default:
		return resp.Errorf("ERR Unrecognized option '%s'", attr)
	}
	if !validName(value) {
		return resp.Errorf("ERR %s cannot contain spaces, newlines or special characters.", attr)
	}
	*field = string(value)
	call.Out.OK()
	return nil
}

func runClientReply(_ *Server, c *client, call *command.Call) error {
	switch mode := call.Args[2]; {
	case command.Is(mode, "on"):
		c.replyOff, c.replySkip = false, false
		c.out.w.OK() // not call.Out, which may be muted
	case command.Is(mode, "off"):
		c.replyOff = true
	case command.Is(mode, "skip"):
		if !c.replyOff {
			c.skipNext = true
		}
	default:
		return resp.ErrSyntax
	}
	return nil
}

func runClientNoEvict(_ *Server, c *client, call *command.Call) error {
	return onOff(call, &c.noEvict)
}

func runClientNoTouch(_ *Server, c *client, call *command.Call) error {
	return onOff(call, &c.noTouch)
}

func onOff(call *command.Call, flag *bool) error {
	switch {
	case command.Is(call.Args[2], "on"):
		*flag = true
	case command.Is(call.Args[2], "off"):
		*flag = false
	default:
		return resp.ErrSyntax
	}
	call.Out.OK()
	return nil
}

// errUnblocked is the reply of a blocked command that CLIENT UNBLOCK ERROR ends.
const errUnblocked = resp.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK")

func runClientUnblock(s *Server, _ *client, call *command.Call) error {
	withError := false
	if len(call.Args) > 3 {
		switch how := call.Args[3]; {
		case len(call.Args) > 4:
			return subcommandSyntax(call)
		case command.Is(how, "error"):
			withError = true
		case !command.Is(how, "timeout"):
			return resp.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	id, err := command.Int(call.Args[2])
	if err != nil {
		return err
	}
	c := s.clients[uint64(id)]
	if c == nil || c.blocked == nil || c.blocked.by != byKeys {
		call.Out.Int(0)
		return nil
	}
	call.Out.Int(1)
	reply := c.blocked.onTimeout
	if withError {
		reply = func(w *resp.Writer) { w.Error(errUnblocked) }
	}
	s.unblockWith(c, reply)
	return nil
}

// subcommandSyntax is the reply to a subcommand that has more arguments than it takes. Its
// arity is only a minimum.
func subcommandSyntax(call *command.Call) error {
	return resp.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", call.Args[1], strings.ToUpper(call.Row.Parent().Name))
}
