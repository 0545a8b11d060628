package server

import (
	"time"

	"github.com/tattle-server/tattle/keyspace"
)

// stats are the counters of INFO that CONFIG RESETSTAT sets back.
type stats struct {
	connections, rejectedConns int64
	commands                   int64
	errorReplies               int64
	authFailures               int64
	outputLimitDisconnections  int64
	cycles                     int64
	cycleTime, commandTime     time.Duration // of all cycles, and of the commands in them
	lazyFreed                  int64
	peakMemory                 int64
}

// rowStats counts the calls of one command (INFO commandstats, latencystats,
// LATENCY HISTOGRAM).
type rowStats struct {
	calls, rejected, failed int64
	total                   time.Duration
	// histogram counts calls by time: [i] those that took at most 2^i
	// microseconds and more than half of it. Made at the first call.
	histogram *[40]uint32
}

func (r *rowStats) count(took time.Duration) {
	r.calls++
	r.total += took
	if r.histogram == nil {
		r.histogram = new([40]uint32)
	}
	r.histogram[bucket(took)]++
}

// bucket returns the histogram's bucket of a time.
func bucket(d time.Duration) int {
	us := d.Microseconds()
	i := 0
	for us > 1<<i && i < 39 {
		i++
	}
	return i
}

// usedMemory estimates the memory that counts against maxmemory: keys and
// values, as package keyspace accounts them.
func (s *Server) usedMemory() int64 { return keyspace.Baseline + s.ks.Used() }
