package main

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/tattle-server/tattle/server"
)

// How often giveBack looks, and how many bytes of free memory are not worth its while.
const (
	giveBackEvery = time.Second
	giveBackSlack = 32 << 20
)

// giveBack gives memory back to the system after keys were dropped or large replies were
// written, until the server ends. Without it Go's collector would first look when the heap
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
}

// due reports whether memory is to be given back: more than twice of what is used is held,
// and there is something new to find.
func (m *memory) due(used, held int64) bool {
	m.most = max(m.most, used)
	fallen, risen := used < m.most/4*3, held > 2*m.left+giveBackSlack
	if held <= 2*used+giveBackSlack || !fallen && !risen {
		return false
	}
	m.most = used
	return true
}

// heldMemory returns the bytes that Go has from the system.
func heldMemory() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
