package server

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
)

// This file holds the commands about the server that need no file of their own.

func runTime(s *Server, _ *client, call *command.Call) error {
	call.Out.Array(2)
	call.Out.BulkInt(s.clock.Unix())
	call.Out.BulkInt(int64(s.clock.Nanosecond() / 1000))
	return nil
}

// runRole answers what a master without replicas does.
func runRole(_ *Server, _ *client, call *command.Call) error {
	call.Out.Array(3)
	call.Out.BulkString("master")
	call.Out.Int(0)
	call.Out.Array(0)
	return nil
}

// runShutdown is SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]. With save points, or with SAVE,
// it writes the RDB file first; if that fails the server goes on, unless with FORCE. While a
// script takes too long only NOSAVE and ABORT do more than to answer BUSY.
func runShutdown(s *Server, c *client, call *command.Call) error {
	var save, nosave, now, force, abort bool
	for _, word := range call.Args[1:] {
		switch {
		case command.Is(word, "save") && !nosave:
			save = true
		case command.Is(word, "nosave") && !save:
			nosave = true
		case command.Is(word, "now"):
			now = true // without replicas there is nothing to wait for
		case command.Is(word, "force"):
			force = true
		case command.Is(word, "abort"):
			abort = true
		default:
			return resp.ErrSyntax
		}
	}
	switch {
	case abort && (save || nosave || now || force):
		return resp.ErrSyntax
	case abort:
		return resp.Error("ERR No shutdown in progress.")
	case s.beside != nil && !nosave:
		return script.ErrBusy
	case s.nested():
		return resp.Error("ERR SHUTDOWN isn't allowed for DENY BLOCKING client")
	}
	s.log.Noticef("User requested shutdown...")
	save = save || !nosave && len(s.cfg.SavePoints) > 0
	if save && s.save() != nil && !force {
		return resp.Error("ERR Errors trying to SHUTDOWN. Check logs.")
	}
	s.persistence.skip = true
	s.closeListeners("") // before any client is told of the end
	go s.Close()
	s.kill(c, "SHUTDOWN")
	return nil
}

// lolwut is what LOLWUT draws: which client holds which key.
const lolwut = `
     a  GET k       b  GET k            k -> {a, b}
     |              |
     '---. .--------'     c  SET k  ->  a < k     b < k     k -> {}
          k
     Every reader is remembered, every change is told once.

`

func runLolwut(_ *Server, _ *client, call *command.Call) error {
	if len(call.Args) > 2 && command.Is(call.Args[1], "version") {
		if _, err := command.Int(call.Args[2]); err != nil {
			return err
		}
	}
	call.Out.Verbatim("txt", lolwut+"Redis ver. "+RedisVersion+" (tattle "+Version+")\n")
	return nil
}

func runModuleList(_ *Server, _ *client, call *command.Call) error {
	call.Out.Array(0)
	return nil
}
