package server

import (
	"errors"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/watch"
	"github.com/tattle-server/tattle/server/serverlog"
)

// This file is CONFIG, and how settings take effect. The settings themselves are in
// package config.

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
	if err := s.cfg.Rewrite(s.userLines()); err != nil {
		return err
	}
	call.Out.OK()
	return nil
}

// userLines returns the users for the config file, or nil if they have a file of their own.
func (s *Server) userLines() []string {
	if s.cfg.ACLFile != "" {
		return nil
	}
	var lines []string
	for _, u := range s.access.users.All() {
		lines = append(lines, u.Describe())
	}
	return lines
}

// runConfigResetStat resets the counters of INFO.
func runConfigResetStat(s *Server, _ *client, call *command.Call) error {
	s.stats = stats{}
	s.script.evictedBase = s.script.engine.Evicted()
	s.ks.Stats = keyspace.Stats{}
	s.netIn, s.netOut = 0, 0
	s.meter = watch.NewMeter(s.clock)
	s.persistence.count = 0
	clear(s.calls)
	clear(s.errors)
	call.Out.OK()
	return nil
}

// configChanged makes changed settings take effect where that needs no more than a copy.
func (s *Server) configChanged() {
	s.access.users.AllChannels = s.cfg.ACLPubSubDefault == "allchannels"
	s.tracker.MayHear = nil
	if s.cfg.TrackingBCastPermissions {
		s.tracker.MayHear = mayHear
	}
	s.ks.Limits = s.cfg.Limits
	s.ks.LFU = s.cfg.LFU
	s.ks.LazyFree = s.cfg.LazyFree
	s.ks.OwnInts = s.cfg.MaxMemory > 0 && (s.cfg.MaxMemoryPolicy.IsLRU() || s.cfg.MaxMemoryPolicy.IsLFU())
	s.ks.Policy = s.cfg.MaxMemoryPolicy
	s.weighAll(s.cfg.MaxMemory > 0 || s.cfg.MaxMemoryClients != 0)
	s.tcpKeepAlive.Store(int64(s.cfg.TCPKeepAlive))
	s.maxClients.Store(s.cfg.MaxClients)
	s.log.SetLevel(serverlog.ParseLevel(s.cfg.LogLevel))
	s.slowlog.Trim(s.cfg.SlowlogMaxLen)
	s.keepJournal(s.cfg.Journal)
}

// The replies to settings that could not be applied.
var (
	errPort = errors.New("Unable to listen on this port. Check server logs.")
	errBind = errors.New("Failed to bind to specified addresses.")
	errTLS  = errors.New("Unable to update TLS configuration. Check server logs.")
)

// applySetting makes a changed setting take effect where something must be done. CONFIG SET
// calls it, in a cycle; its error takes the change back.
func (s *Server) applySetting(name string) error {
	switch name {
	case "requirepass":
		s.access.users.SetDefaultPassword(s.cfg.RequirePass)
	case "maxmemory":
		s.memoryChanged = true
	case "maxclients":
		return s.checkMaxClients()
	case "client-output-buffer-limit":
		for _, c := range s.clients { // what waits is compared at the end of the cycle
			s.markDirty(c)
		}
	case "port":
		s.closeListeners(kindTCP)
		return s.replied(s.listen(kindTCP), errPort)
	case "bind":
		s.closeListeners(kindTCP)
		s.closeListeners(kindTLS)
		return s.replied(s.listen(kindTCP, kindTLS), errBind)
	case "tls-port":
		s.closeListeners(kindTLS)
		return s.replied(s.listen(kindTLS), errTLS)
	}
	if strings.HasPrefix(name, "tls-") {
		return s.replied(s.loadTLS(), errTLS)
	}
	return nil
}

// replied logs what went wrong and returns the reply.
func (s *Server) replied(err, reply error) error {
	if err == nil {
		return nil
	}
	s.log.Warningf("Failed %v", err)
	return reply
}

var configHelp = command.Help("CONFIG",
	"GET <pattern>",
	"    Return the settings whose names match this or other patterns, and their values.",
	"SET <directive> <value>",
	"    Change one or more settings, all or none.",
	"RESETSTAT",
	"    Set the counters of INFO back.",
	"REWRITE",
	"    Write the settings to the file that they came from.",
)
