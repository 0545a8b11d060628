package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/acl"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file is the ACL command.

const errNoACLFile = resp.Error("ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.")

func runACLWhoAmI(_ *Server, c *client, call *command.Call) error {
	call.Out.BulkString(c.user.Name)
	return nil
}

func runACLCat(s *Server, _ *client, call *command.Call) error {
	if len(call.Args) == 2 {
		call.Out.Array(len(command.CategoryNames))
		for _, name := range command.CategoryNames {
			call.Out.BulkString(name)
		}
		return nil
	}
	if len(call.Args) > 3 {
		return subcommandSyntax(call)
	}
	inside, known := inCategory(call.Args[2])
	if !known {
		return resp.Errorf("ERR Unknown category '%s'", call.Args[2])
	}
	s.writeNames(call.Out, inside)
	return nil
}

func runACLUsers(s *Server, _ *client, call *command.Call) error {
	users := s.access.users.All()
	call.Out.Array(len(users))
	for _, u := range users {
		call.Out.BulkString(u.Name)
	}
	return nil
}

func runACLList(s *Server, _ *client, call *command.Call) error {
	users := s.access.users.All()
	call.Out.Array(len(users))
	for _, u := range users {
		call.Out.BulkString("user " + u.Describe())
	}
	return nil
}

func runACLSetUser(s *Server, _ *client, call *command.Call) error {
	rules := make([]string, len(call.Args)-3)
	for i, word := range call.Args[3:] {
		rules[i] = string(word)
	}
	s.beforeUsersChange()
	u, err := s.access.users.Set(string(call.Args[2]), rules)
	var rule *acl.RuleError
	switch {
	case errors.As(err, &rule):
		return resp.Errorf("ERR Error in ACL SETUSER modifier '%s': %v", rule.Rule, err)
	case err != nil:
		return resp.Errorf("ERR %v", err)
	}
	s.endForbidden(u)
	call.Out.OK()
	return nil
}

func runACLGetUser(s *Server, _ *client, call *command.Call) error {
	u := s.access.users.Named(string(call.Args[2]))
	if u == nil {
		call.Out.Null()
		return nil
	}
	out := call.Out
	out.Map(6)
	out.BulkString("flags")
	flags := u.Flags()
	out.Set(len(flags))
	for _, f := range flags {
		out.BulkString(f)
	}
	out.BulkString("passwords")
	out.Array(len(u.Passwords()))
	for _, p := range u.Passwords() {
		out.BulkString(p)
	}
	writePermissions(out, u.Root())
	out.BulkString("selectors")
	out.Array(len(u.Selectors()))
	for _, p := range u.Selectors() {
		out.Map(3)
		writePermissions(out, p)
	}
	return nil
}

func writePermissions(out *resp.Writer, p acl.Permissions) {
	for _, field := range [][2]string{{"commands", p.Commands}, {"keys", p.Keys}, {"channels", p.Channels}} {
		out.BulkString(field[0])
		out.BulkString(field[1])
	}
}

func runACLDelUser(s *Server, _ *client, call *command.Call) error {
	for _, name := range call.Args[2:] {
		if string(name) == acl.DefaultName {
			return resp.Error("ERR The 'default' user cannot be removed")
		}
	}
	s.beforeUsersChange()
	deleted := 0
	for _, name := range call.Args[2:] {
		u := s.access.users.Delete(string(name))
		if u == nil {
			continue
		}
		deleted++
		for _, c := range s.sortedClients() {
			if c.user == u {
				c.user, c.authenticated = s.access.users.Default, false
				s.expel(c)
			}
		}
	}
	call.Out.Len(deleted)
	return nil
}

func runACLDryRun(s *Server, _ *client, call *command.Call) error {
	u := s.access.users.Named(string(call.Args[2]))
	if u == nil {
		return resp.Errorf("ERR User '%s' not found", call.Args[2])
	}
	args := call.Args[3:]
	row, err := s.lookup(args)
	switch {
	case err != nil, row.Run == nil:
		return resp.Errorf("ERR Command '%s' not found", args[0])
	case !row.FitsArity(len(args)):
		return resp.WrongArity(row.FullName())
	}
	if d := u.Check(row, args, namedKeys(row, args)); d != nil {
		call.Out.BulkString(d.Explain(u.Name))
		return nil
	}
	call.Out.OK()
	return nil
}

// passwordBits is the length of the password that ACL GENPASS makes, unless another is asked
// for.
const passwordBits, passwordBitsMax = 256, 4096

func runACLGenPass(_ *Server, _ *client, call *command.Call) error {
	bits := int64(passwordBits)
	switch len(call.Args) {
	case 2:
	case 3:
		var err error
		if bits, err = command.Int(call.Args[2]); err != nil {
			return err
		}
		if bits <= 0 || bits > passwordBitsMax {
			return resp.Errorf("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to %d", passwordBitsMax)
		}
	default:
		return subcommandSyntax(call)
	}
	digits := (bits + 3) / 4
	random := make([]byte, (digits+1)/2)
	rand.Read(random)
	call.Out.BulkString(hex.EncodeToString(random)[:digits])
	return nil
}

func runACLLog(s *Server, _ *client, call *command.Call) error {
	count := int64(defaultLogCount)
	switch len(call.Args) {
	case 2:
	case 3:
		if command.Is(call.Args[2], "reset") {
			s.access.log.Reset()
			call.Out.OK()
			return nil
		}
		var err error
		if count, err = command.Int(call.Args[2]); err != nil {
			return err
		}
	default:
		return subcommandSyntax(call)
	}
	entries := s.access.log.Newest(int(min(count, math.MaxInt32)))
	call.Out.Array(len(entries))
	for _, e := range entries {
		s.writeLogEntry(call.Out, e)
	}
	return nil
}

// defaultLogCount is how many entries ACL LOG shows without a count.
const defaultLogCount = 10

func (s *Server) writeLogEntry(out *resp.Writer, e *acl.Entry) {
	out.Map(10)
	out.BulkString("count")
	out.Int(e.Count)
	for _, field := range [][2]string{
		{"reason", e.Reason.String()}, {"context", e.Context}, {"object", e.Object}, {"username", e.User},
	} {
		out.BulkString(field[0])
		out.BulkString(field[1])
	}
	out.BulkString("age-seconds")
	out.Double(float64(s.clock.Sub(e.Created).Milliseconds()) / 1000)
	out.BulkString("client-info")
	out.BulkString(e.Client)
	out.BulkString("entry-id")
	out.Int(e.ID)
	out.BulkString("timestamp-created")
	out.Int(e.Created.UnixMilli())
	out.BulkString("timestamp-last-updated")
	out.Int(e.Updated.UnixMilli())
}

func runACLLoad(s *Server, _ *client, call *command.Call) error {
	if s.cfg.ACLFile == "" {
		return errNoACLFile
	}
	us, err := s.readUsers()
	if err != nil {
		return resp.Error("ERR " + strings.ReplaceAll(err.Error(), "\n", " "))
	}
	s.replaceUsers(us)
	call.Out.OK()
	return nil
}

func runACLSave(s *Server, _ *client, call *command.Call) error {
	if s.cfg.ACLFile == "" {
		return errNoACLFile
	}
	if err := config.ReplaceFile(s.cfg.ACLFile, func(w io.Writer) error {
		_, err := io.WriteString(w, s.access.users.File())
		return err
	}); err != nil {
		s.log.Warningf("Saving ACL file: %v", err)
		return resp.Error("ERR There was an error trying to save the ACLs. Please check the server logs for more information")
	}
	call.Out.OK()
	return nil
}

var aclHelp = command.Help("ACL",
	"CAT [<category>]",
	"    List the categories, or the commands of one.",
	"DELUSER <username> [<username> ...]",
	"    Delete users and close their connections.",
	"DRYRUN <username> <command> [<arg> ...]",
	"    Tell whether a user may run a command, without running it.",
	"GETUSER <username>",
	"    Describe a user.",
	"GENPASS [<bits>]",
	"    Make a password of 256 bits, or of as many as asked for.",
	"LIST",
	"    Describe all users, a line each, as in an ACL file.",
	"LOAD",
	"    Read the users from the ACL file.",
	"LOG [<count> | RESET]",
	"    Show what was denied lately, or forget it.",
	"SAVE",
	"    Write the users to the ACL file.",
	"SETUSER <username> <attribute> [<attribute> ...]",
	"    Make or change a user.",
	"USERS",
	"    List the names of the users.",
	"WHOAMI",
	"    Return the user of this connection.",
)

// settingUsers are the flags of the commands that show and change users.
const settingUsers = admin

var aclRow = command.Container("acl", "6.0.0", "Manages users: who may do what",
	cmd("cat", -2, "6.0.0", plain, runACLCat, "Lists the categories, or the commands of one"),
	cmd("deluser", -3, "6.0.0", settingUsers, runACLDelUser, "Deletes users and closes their connections", onAllNodes...),
	cmd("dryrun", -4, "7.0.0", settingUsers, runACLDryRun, "Reports whether a user may run a command"),
	cmd("genpass", -2, "6.0.0", plain, runACLGenPass, "Makes a password that nobody can guess"),
	cmd("getuser", 3, "6.0.0", settingUsers, runACLGetUser, "Describes a user"),
	command.HelpRow("6.0.0", aclHelp),
	cmd("list", 2, "6.0.0", settingUsers, runACLList, "Describes the users"),
	cmd("load", 2, "6.0.0", settingUsers, runACLLoad, "Reads the users from the ACL file"),
	cmd("log", -2, "6.0.0", settingUsers, runACLLog, "Shows what was denied"),
	cmd("save", 2, "6.0.0", settingUsers, runACLSave, "Writes the users to the ACL file", onAllNodes...),
	command.Row{Name: "setuser", Arity: -3, Since: "6.0.0", Run: on(runACLSetUser), Summary: "Makes or changes a user",
		Flags: settingUsers, Tips: onAllNodes, Secrets: wordsFrom(2)},
	cmd("users", 2, "6.0.0", settingUsers, runACLUsers, "Lists the users"),
	cmd("whoami", 2, "6.0.0", plain, runACLWhoAmI, "Returns the user of the connection"),
)
