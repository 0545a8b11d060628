package server

import (
	"bytes"
	"strings"
	"time"

	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/watch"
)

// stats are the counters of INFO that CONFIG RESETSTAT resets.
type stats struct {
	connections, rejectedConns int64
	commands                   int64
	errorReplies               int64
	outputLimitDisconnections  int64
	queryLimitDisconnections   int64
	evictedClients             int64
	cycles                     int64
	cycleTime, commandTime     time.Duration // of all cycles, and of the commands in them
	reads, writes              int64         // of connections
	expireTime                 time.Duration // that removing expired keys has taken
	exceededSince              time.Time     // since when memory is over maxmemory, or zero
	exceededTime               time.Duration // for which it was before
	lazyFreed                  int64
	peakMemory                 int64
}

// account counts a call of a command that has written a reply.
func (s *Server) account(c *client, row *command.Row, args [][]byte, took time.Duration, reply []byte) {
	s.accountError(row, reply)
	if c.blocked != nil {
		return // counted when it ends, see accountBlocked
	}
	s.calls[row.ID()].Add(took)
	s.stats.commands++
	if row.Is(command.SkipSlowlog) {
		return
	}
	s.noteSlow(c, row, args, took)
	if row.Is(command.Fast) {
		s.noteLatency("fast-command", took)
	} else {
		s.noteLatency("command", took)
	}
}

// accountBlocked counts the call of a command that was blocked. It is one call, however
// often it was tried.
func (s *Server) accountBlocked(c *client, b *blocked, took time.Duration) {
	s.calls[b.row.ID()].Add(took)
	s.stats.commands++
	if !b.row.Is(command.SkipSlowlog) {
		s.noteSlow(c, b.row, b.args, took)
	}
}

// accountError counts a reply if it is an error.
func (s *Server) accountError(row *command.Row, reply []byte) {
	if len(reply) == 0 || reply[0] != '-' {
		return
	}
	s.calls[row.ID()].Failed++
	if !s.exec.counted {
		text, _, _ := bytes.Cut(reply[1:], []byte("\r"))
		s.countError(string(text))
	}
}

// countError counts an error reply, for INFO errorstats under its code.
func (s *Server) countError(text string) {
	s.stats.errorReplies++
	if forgotten := s.errors.Add(text); forgotten != nil {
		s.log.Warningf("Errorstats stopped adding new errors because the number of errors reached the limit (currently %d).", watch.ErrorCodesMax)
		s.log.Warningf("Current errors code list (max %d): %s", watch.ErrorCodesMax, strings.Join(forgotten, ", "))
		s.stats.lazyFreed += int64(len(forgotten))
	}
}

// rates returns how fast the counters grow.
func (s *Server) rates() watch.Rates {
	return s.meter.Rates(s.clock, watch.Totals{
		Commands: s.stats.commands, Cycles: s.stats.cycles, CycleTime: s.stats.cycleTime, NetIn: s.netIn, NetOut: s.netOut,
	})
}
