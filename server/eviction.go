package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// makeRoom evicts keys until memory is under maxmemory. It fails if that is not possible
// and the command may need memory.
func (s *Server) makeRoom(row *command.Row, flags command.Flags) error {
	if s.cfg.MaxMemory == 0 || s.beside != nil {
		return nil
	}
	if s.evict() {
		s.stats.exceededTime += s.exceeded()
		s.stats.exceededSince = time.Time{}
		return nil
	}
	if s.stats.exceededSince.IsZero() {
		s.stats.exceededSince = s.clock
	}
	if (flags|s.running().execFlags(row))&command.DenyOOM != 0 {
		return resp.ErrOOM
	}
	return nil
}

// exceeded returns for how long memory has been over maxmemory.
func (s *Server) exceeded() time.Duration {
	if s.stats.exceededSince.IsZero() {
		return 0
	}
	return s.clock.Sub(s.stats.exceededSince)
}

// fitMemory evicts keys when maxmemory was just set.
func (s *Server) fitMemory() {
	if s.memoryChanged {
		s.memoryChanged = false
		if s.cfg.MaxMemory > 0 {
			s.evict()
		}
	}
}

// evict removes keys by the policy until as much is free as memory is over maxmemory. It reports
// whether that worked. The messages that tell of these keys do not count meanwhile: they would
// have more keys removed, and so on to the last.
func (s *Server) evict() bool {
	over := s.usedMemory() - int64(s.cfg.MaxMemory)
	if over <= 0 {
		return true
	}
	for enough := s.ks.Used() - over; s.ks.Used() > enough; {
		if !s.ks.EvictOne(s.cfg.MaxMemoryPolicy, int(s.cfg.MaxMemorySamples)) {
			return false
		}
	}
	return true
}
