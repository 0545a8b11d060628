//go:build linux

package bench

import (
	"io"
	"sync/atomic"
	"time"
)

// probe is a client beside the load. It sends the same request again and again, from a
// thread of its own, and records how long each reply takes.
type probe struct {
	stop  atomic.Bool
	times chan []float64 // in µs, once it has stopped
	err   error
}

// startProbe starts a probe. Its request is answered with reply bytes, and it rests between
// a reply and the next request.
func (e *Env) startProbe(request []byte, reply int, rest time.Duration) *probe {
	p := &probe{times: make(chan []float64, 1)}
	c := e.dial()
	go func() {
		defer c.Close()
		var times []float64
		buf := make([]byte, reply)
		for !p.stop.Load() && p.err == nil {
			began := time.Now()
			if _, p.err = c.Write(request); p.err == nil {
				_, p.err = io.ReadFull(c, buf)
			}
			times = append(times, float64(time.Since(began))/1e3)
			time.Sleep(rest)
		}
		p.times <- times
	}()
	return p
}

// end stops the probe and returns what it saw.
func (p *probe) end() []float64 {
	p.stop.Store(true)
	times := <-p.times
	check(p.err)
	return times
}

// probeFor probes for some time, with GET of a key that exists.
func (e *Env) probeFor(d time.Duration) []float64 {
	p := e.startProbe(getKey.Append(nil, 0), sizeValue, probeRest)
	time.Sleep(d)
	return p.end()
}

const probeRest = 200 * time.Microsecond
