package server

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file is ACL. There is only the default user, so there is little to say.

func runACLWhoAmI(_ *Server, c *client, call *command.Call) error {
	call.Out.BulkString(c.user)
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
	inside, known := inCategory(call.Args[2])
	if !known || len(call.Args) > 3 {
		return resp.Errorf("ERR Unknown category '%s'", call.Args[2])
	}
	s.writeNames(call.Out, inside)
	return nil
}

func runACLUsers(_ *Server, _ *client, call *command.Call) error {
	call.Out.Array(1)
	call.Out.BulkString(defaultUser)
	return nil
}

func runACLList(s *Server, _ *client, call *command.Call) error {
	call.Out.Array(1)
	password := "nopass"
	if s.cfg.RequirePass != "" {
		password = "#" + sha256Hex(s.cfg.RequirePass)
	}
	call.Out.BulkString("user default on " + password + " sanitize-payload ~* &* +@all")
	return nil
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

var aclHelp = command.Help("ACL",
	"CAT [<category>]",
	"    List the categories, or the commands of one.",
	"LIST",
	"    Describe the users: there is only one, the default user.",
	"USERS",
	"    List the names of the users.",
	"WHOAMI",
	"    Return the user of this connection.",
)
