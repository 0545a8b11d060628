package server

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/acl"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// This file asks package acl what a client's user may do, and does what follows from the
// answer. The ACL command is in acl.go.

// access is what a server knows of its users.
type access struct {
	users  *acl.Users
	nobody *acl.User // may do everything: the caller of Server.Call
	log    acl.Log
	denied [acl.Reasons]int64 // counters of INFO
}

// permits asks whether a client's user may run a command. A denial is counted and logged.
func (s *Server) permits(c *client, row *command.Row, args [][]byte) *acl.Denial {
	if c.user.Unrestricted() {
		return nil
	}
	d := c.user.Check(row, args, namedKeys(row, args))
	if d != nil {
		s.logDenial(c, d.Reason, d.Object, c.user.Name)
	}
	return d
}

// mayHear reports whether the client's user may read a key.
func mayHear(c tracking.Client, key string) bool { return c.(*client).user.MayRead([]byte(key)) }

// beforeUsersChange sends what waits under a prefix, while permissions are what they were
// when the keys changed.
func (s *Server) beforeUsersChange() {
	if s.tracker.MayHear != nil {
		s.tracker.BeforeSleep()
	}
}

// forbidden returns the error of a command that the client's user may not run, or nil.
func (s *Server) forbidden(c *client, row *command.Row, args [][]byte) error {
	if d := s.permits(c, row, args); d != nil {
		return resp.Error("NOPERM " + d.Error(c.user.Name))
	}
	return nil
}

// namedKeys returns the keys of a command line. Words that do not fit the command name none.
func namedKeys(row *command.Row, args [][]byte) []command.KeyRef {
	refs, err := row.AppendKeys(nil, args)
	if err != nil {
		return nil
	}
	return refs
}

// logDenial counts a denial of the running command and adds it to ACL LOG.
func (s *Server) logDenial(c *client, reason acl.Reason, object, user string) {
	context := "toplevel"
	switch {
	case s.exec.script != nil:
		context = "lua"
	case c.multi.on || s.exec.depth > 0:
		context = "multi"
	}
	s.access.denied[reason]++
	s.access.log.Add(acl.Entry{
		Reason: reason, Context: context, Object: object, User: user, Client: c.line(), Created: s.clock,
	}, int(s.cfg.ACLLogMaxLen))
}

// MayReadAll reports whether the client's user may run a command with any key to read.
func (c *client) MayReadAll(row *command.Row) bool { return c.user.MayReadAll(row) }

// loadUsers makes the users that the settings name. A server that ignored them would be open
// to everybody.
func (s *Server) loadUsers() error {
	us := acl.New(s.table)
	us.AllChannels = s.cfg.ACLPubSubDefault == "allchannels"
	s.access.users, s.access.nobody = us, acl.New(s.table).Default
	us.SetDefaultPassword(s.cfg.RequirePass)
	switch {
	case s.cfg.ACLFile == "":
		return s.declareUsers(s.cfg.Users)
	case len(s.cfg.Users) > 0:
		return errors.New("Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users directly in your redis.conf, but not both.")
	}
	loaded, err := s.readUsers()
	if err != nil {
		return fmt.Errorf("Aborting Redis startup because of ACL errors: %w", err)
	}
	s.access.users = loaded
	return nil
}

// readUsers reads the ACL file.
func (s *Server) readUsers() (*acl.Users, error) {
	text, err := os.ReadFile(s.cfg.ACLFile)
	if err != nil {
		return nil, fmt.Errorf("Error loading ACLs, opening file '%s': %s", s.cfg.ACLFile, config.SystemText(err))
	}
	return s.access.users.Load(s.cfg.ACLFile, string(text))
}

// declareUsers makes the users of the config file.
func (s *Server) declareUsers(lines []config.Directive) error {
	var seen []string
	for _, line := range lines {
		name := line.Args[0]
		if slices.Contains(seen, name) {
			return line.Fail(fmt.Sprintf("Error in user declaration '%s': Duplicate user found. A user can only be defined once in config files", name))
		}
		seen = append(seen, name)
		rules := append([]string{"reset"}, line.Args[1:]...)
		if _, err := s.access.users.Set(name, rules); err != nil {
			return line.Fail(declarationError(line.Args, err))
		}
	}
	return nil
}

// declarationError says what is wrong in a user line.
func declarationError(words []string, err error) string {
	var rule *acl.RuleError
	var open *acl.ParenthesisError
	switch {
	case errors.As(err, &open):
		return fmt.Sprintf("Error in user declaration '%s': Unmatched parenthesis", open.Rule)
	case errors.As(err, &rule):
		return fmt.Sprintf("Error in user declaration '%s': %v", rule.Rule, err)
	}
	return fmt.Sprintf("Error in user declaration '%s': %v", words[0], err)
}

// endForbidden closes the clients of a user that have subscriptions which it may not have
// any more.
func (s *Server) endForbidden(u *acl.User) {
	if u.Unrestricted() {
		return
	}
	for _, c := range s.sortedClients() {
		if c.user == u && !c.maySubscribe() {
			s.expel(c)
		}
	}
}

// maySubscribe reports whether the client's user may have all subscriptions of the client.
func (c *client) maySubscribe() bool {
	for _, k := range []*kind{channelKind, patternKind, shardKind} {
		for t := range k.mine(&c.subs).all() {
			if !c.user.MaySubscribe(t.name, k == patternKind) {
				return false
			}
		}
	}
	return true
}

// expel closes a connection whose user is gone or has lost a right. The one that is running
// a command gets its reply first.
func (s *Server) expel(c *client) {
	if s.runs(c) {
		c.closeAfterReply("ACL")
	} else {
		s.kill(c, "ACL")
	}
}

// replaceUsers puts other users in place of those that are there. Clients stay with the user
// of the same name; without one they are closed.
func (s *Server) replaceUsers(us *acl.Users) {
	s.beforeUsersChange()
	s.access.users = us
	for _, c := range s.sortedClients() {
		u := us.Named(c.user.Name)
		if u == nil {
			c.user, c.authenticated = us.Default, false
			s.expel(c)
			continue
		}
		if c.user = u; !c.maySubscribe() {
			s.expel(c)
		}
	}
}

// errDeniedAtExec refuses a queued command that the user may not run any more.
func errDeniedAtExec(d *acl.Denial) error {
	why := "no permission to execute the command or subcommand"
	switch d.Reason {
	case acl.DeniedKey:
		why = "no permission to touch the specified keys"
	case acl.DeniedChannel:
		why = "no permission to access one of the channels used as arguments"
	}
	return resp.Errorf("NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: %s", why)
}
