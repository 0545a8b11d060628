package server

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/watch"
)

// This file is CONFIG; the settings themselves are in package config.

func runConfigGet(s *Server, _ *client, call *command.Call) error {
	pairs := s.cfg.Get(call.Args[2:]...)
	call.Out.Map(len(pairs))
	for _, p := range pairs {
		call.Out.BulkString(p[0])
		call.Out.BulkString(p[1])
	}
	return nil
}

func runConfigSet(s *Server, c *client, call *command.Call) error {
	if len(call.Args)%2 != 0 {
		return resp.ErrSyntax
	}
	if _, err := s.cfg.SetFrom(c.local(), call.Args[2:]); err != nil {
		return err
	}
	s.configChanged()
	call.Out.OK()
	return nil
}

func runConfigRewrite(s *Server, _ *client, call *command.Call) error {
	if err := s.cfg.Rewrite(nil); err != nil {
		return err
	}
	call.Out.OK()
	return nil
}

// runConfigResetStat sets the counters of INFO back.
func runConfigResetStat(s *Server, _ *client, call *command.Call) error {
	s.stats = stats{}
	s.script.evictedBase = s.script.engine.Evicted()
	s.ks.Stats = keyspace.Stats{}
	s.netIn, s.netOut = 0, 0
	s.meter = watch.NewMeter(s.clock)
	clear(s.calls)
	clear(s.errors)
	call.Out.OK()
	return nil
}

var configHelp = command.Help("CONFIG",
	"GET <pattern> [<pattern> ...]",
	"    Return the settings whose names match, and their values.",
	"SET <directive> <value> [<directive> <value> ...]",
	"    Change settings, all or none.",
	"RESETSTAT",
	"    Set the counters of INFO back.",
	"REWRITE",
	"    Write the settings to the file that they came from.",
)
