package main

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/tattle-server/tattle/server"
)

// How often giveBack looks, and how many bytes of free memory are not worth its while: while
// data changes, and while it does not.
const (
	giveBackEvery = time.Second
	giveBackSlack = 32 << 20
	restingSlack  = 8 << 20
)

// giveBack gives memory back to the system after keys were dropped, large replies were
// written or much was filled in, until the server ends. Without it Go's collector would first look when the heap
// has grown to twice what it was, or after two minutes, and what it finds would go back
// slowly.
func giveBack(srv *server.Server) {
	var m memory
	tick := time.NewTicker(giveBackEvery)
	defer tick.Stop()
	for {
		select {
		case <-srv.Done():
			return
		case <-tick.C:
		}
		if m.due(srv.UsedMemory(), heldMemory()) {
			debug.FreeOSMemory()
			m.left = heldMemory()
		}
	}
}

// memory is what giveBack has seen, in bytes.
type memory struct {
	most int64 // the most that was used since memory was given back
	left int64 // what was held when it had been given back
	last int64 // what was used at the last look
}

// due reports whether memory is to be given back: there is something new to find, and more
// than twice of what is used is held. While data does not change, a quarter more will do.
func (m *memory) due(used, held int64) bool {
	m.most = max(m.most, used)
	fallen, risen := used < m.most/4*3, held > 2*m.left+giveBackSlack
	due := held > 2*used+giveBackSlack && (fallen || risen)
	if used == m.last {
		due = due || held > used/4*5+restingSlack && held > m.left/4*5+restingSlack
	}
	m.last = used
	if due {
		m.most = used
	}
	return due
}

// heldMemory returns the bytes that Go has from the system.
func heldMemory() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
