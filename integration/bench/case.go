//go:build linux

package bench

import (
	"fmt"
	"sync"
	"time"
)

// Case is one measurement, which is done on every server.
type Case struct {
	Name  string
	About string
	// Servers are the names of the servers on which the case makes sense; nil for all but
	// miniredis.
	Servers []string
	// Long cases run only when they are asked for by name.
	Long bool
	// Figures are what it reports, in the order of the table.
	Figures []Figure

	// run measures one server that has just been started.
	run func(e *Env)
}

// Figure is one kind of number that a case reports, for one X or for several.
type Figure struct {
	Name string
	Unit string
	Plot string // what X is, if a plot against it makes sense
	Goal Goal
}

// Goal is the bound that a figure must meet. The zero Goal is no bound.
type Goal struct {
	Op       string  // "<=" or ">="
	Value    float64 // for each X, unless ByX has it
	ByX      map[int]float64
	Absolute bool // for the figure itself and not for its ratio to Redis
}

// At returns the goal for an X; ok is false if there is none.
func (g Goal) At(x int) (value float64, ok bool) {
	if v, there := g.ByX[x]; there {
		return v, true
	}
	return g.Value, g.Op != "" && g.ByX == nil
}

func atLeast(ratio float64) Goal { return Goal{Op: ">=", Value: ratio} }
func atMost(ratio float64) Goal  { return Goal{Op: "<=", Value: ratio} }
func below(value float64) Goal   { return Goal{Op: "<=", Value: value, Absolute: true} }

// Env is what a case runs in: one server, and where the figures go.
//
// If something goes wrong, its methods panic with a failure, which ends the case on this
// server; see Suite.once. So the code of a case is a plain list of steps.
type Env struct {
	kind    Kind
	server  *Process
	started time.Duration // from the start of the process to its first PONG
	loop    *Loop
	window  time.Duration // for how long throughput is measured
	figures map[point]float64
	foreign *foreign
}

// point is a figure at an X; cases without one have X 0.
type point struct {
	name string
	x    int
}

// failure is an error on its way out of a case.
type failure struct{ err error }

func check(err error) {
	if err != nil {
		panic(failure{err})
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func (e *Env) report(name string, x int, value float64) { e.figures[point{name, x}] = value }

// dial connects and sends commands, whose replies must not be errors.
func (e *Env) dial(commands ...[]string) *Conn {
	c := must(Dial(e.server.Addr))
	for _, args := range commands {
		must(c.Do(args...))
	}
	return c
}

// join dials and hands the connection to the Loop.
func (e *Env) join(commands ...[]string) *Conn {
	c := e.dial(commands...)
	check(e.loop.Add(c))
	return c
}

// joinMany joins n connections.
func (e *Env) joinMany(n int, commands ...[]string) []*Conn {
	list := make([]*Conn, n)
	for i := range list {
		list[i] = e.join(commands...)
	}
	return list
}

// Commands that connections begin with.
var (
	hello3     = []string{"HELLO", "3"}
	trackingOn = []string{"CLIENT", "TRACKING", "ON"}
)

// do runs one command on a connection of its own.
func (e *Env) do(args ...string) any {
	c := must(Dial(e.server.Addr))
	defer c.Close()
	return must(c.Do(args...))
}

// cost is the time and the processor time that something took.
type cost struct{ wall, cpu time.Duration }

// measure runs fn and returns its time and that of the server's processor.
func (e *Env) measure(fn func()) cost {
	busy, mine := must(busyCPU()), must(cpuOf("self"))
	cpu := must(e.server.CPU())
	began := time.Now()
	fn()
	c := cost{wall: time.Since(began), cpu: must(e.server.CPU()) - cpu}
	e.foreign.other += must(busyCPU()) - busy - c.cpu - (must(cpuOf("self")) - mine)
	e.foreign.all += c.wall * time.Duration(cpus)
	return c
}

// resident returns the server's memory after it has settled. Every server is made to give
// back the memory that it can, so that the result depends neither on a garbage collector
// nor on the caches of an allocator. A server goes on giving back memory after its reply,
// so resident waits until the server is idle and its memory does not change any more.
func (e *Env) resident() float64 {
	if e.kind.Name != Miniredis {
		e.do("MEMORY", "PURGE")
	}
	memory, cpu := must(e.server.Resident()), must(e.server.CPU())
	for quiet := 0; quiet < settleSteps; quiet++ {
		time.Sleep(settleStep)
		m, c := must(e.server.Resident()), must(e.server.CPU())
		if m < memory*0.999 || c > cpu {
			quiet = -1
		}
		memory, cpu = m, c
	}
	return memory
}

const settleStep, settleSteps = 50 * time.Millisecond, 6

// pump sends the commands of a Template for n numbers from first on, in batches, of which
// depth are on their way at a time. It returns when all commands are answered, each with
// reply bytes. Other connections of the Loop are served meanwhile.
func (e *Env) pump(c *Conn, t Template, first, n, batch, depth, reply int) {
	sent, answered := 0, 0 // commands and bytes
	var buf []byte
	fill := func() {
		for sent < n && sent*reply-answered <= (depth-1)*batch*reply {
			buf = buf[:0]
			for range min(batch, n-sent) {
				buf = t.Append(buf, first+sent)
				sent++
			}
			check(e.loop.Send(c, buf))
		}
	}
	heard := c.Heard
	c.Heard = func(n int) {
		answered += n
		fill()
	}
	fill()
	check(e.loop.Until(func() bool { return answered >= n*reply }))
	c.Heard = heard
	if answered > n*reply {
		check(fmt.Errorf("%d bytes more than %d replies came", answered-n*reply, n))
	}
}

// Large batches are for setting up. Measurements use batches of the size that pipelining
// clients send.
const (
	fillBatch, fillDepth = 500, 2
	pipeline, pipeDepth  = 32, 4
)

// fill sets keys from 0 to n.
func (e *Env) fill(n int) {
	c := e.join()
	e.pump(c, setKey, 0, n, fillBatch, fillDepth, sizeOK)
	e.leave(c)
}

// leave closes a connection of the Loop.
func (e *Env) leave(c *Conn) {
	check(e.loop.Remove(c))
	c.Close()
}

// drain sweeps the Loop in a goroutine until it is stopped, and then once more.
func (e *Env) drain() (stop func()) {
	quit, done := make(chan struct{}), make(chan error, 1)
	go func() {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if err := e.loop.Sweep(); err != nil {
					done <- err
					return
				}
			case <-quit:
				done <- e.loop.Sweep()
				return
			}
		}
	}()
	return func() {
		close(quit)
		check(<-done)
	}
}

// sweepEvery is often enough that no socket's buffer is ever full.
const sweepEvery = 2 * time.Millisecond

// awaitBytes runs the Loop until the connections together have received n bytes more than
// from.
func (e *Env) awaitBytes(n int64, conns ...*Conn) {
	check(e.loop.Until(func() bool { return received(conns...) >= n }))
}

func received(conns ...*Conn) (n int64) {
	for _, c := range conns {
		n += c.received
	}
	return n
}

// lane is some of the connections that make a load, with a Loop and a thread of their own:
// one thread alone could not keep a server busy.
type lane struct {
	loop    *Loop
	conns   int
	ops     int
	waiting int
	over    bool
	err     error
}

// throughput keeps n connections busy with batches of the commands of a Template, with
// numbers below keys, and counts the commands that are answered in the window. all is the
// count from the first command to the last.
func (e *Env) throughput(n int, t Template, keys, batch, reply int) (ops, all int, c cost) {
	requests := batches(t, keys, batch)
	lanes := make([]*lane, min(n, cpus))
	for i := range lanes {
		lanes[i] = &lane{loop: must(NewLoop()), conns: (n + i) / len(lanes)}
		defer lanes[i].loop.Close()
		for range lanes[i].conns {
			check(lanes[i].loop.Add(e.dial()))
		}
	}
	together(lanes, func(l *lane) error { l.begin(requests, batch, batch*reply); return l.loop.For(e.window / 4) })
	before := opsOf(lanes)
	c = e.measure(func() { together(lanes, func(l *lane) error { return l.loop.For(e.window) }) })
	ops = opsOf(lanes) - before
	together(lanes, func(l *lane) error {
		l.over = true
		return l.loop.Until(func() bool { return l.waiting == 0 })
	})
	return ops, opsOf(lanes), c
}

func opsOf(lanes []*lane) (n int) {
	for _, l := range lanes {
		n += l.ops
	}
	return n
}

// together runs fn for all lanes at the same time.
func together(lanes []*lane, fn func(*lane) error) {
	var all sync.WaitGroup
	for _, l := range lanes {
		all.Go(func() {
			defer func() {
				if f, ok := recover().(failure); ok {
					l.err = f.err
				}
			}()
			l.err = fn(l)
		})
	}
	all.Wait()
	for _, l := range lanes {
		check(l.err)
	}
}

// begin sends the first request on each connection. Each reply sends the next.
func (l *lane) begin(requests [][]byte, batch, size int) {
	for _, c := range l.loop.conns {
		next, want := c.fd*7, size
		c.Heard = func(n int) {
			if want -= n; want > 0 {
				return
			}
			if want < 0 {
				check(fmt.Errorf("%d bytes more than %d replies came", -want, batch))
			}
			l.ops += batch
			if l.over {
				l.waiting--
				return
			}
			want = size
			next++
			check(l.loop.Send(c, requests[next%len(requests)]))
		}
		check(l.loop.Send(c, requests[next%len(requests)]))
		l.waiting++
	}
}

// batches renders requests with numbers spread over all keys.
func batches(t Template, keys, batch int) [][]byte {
	const spread = 7919 // a prime, so that neighbours in a batch are not neighbours in the table
	list := make([][]byte, 512)
	n := 0
	for i := range list {
		for range batch {
			list[i] = t.Append(list[i], n%keys)
			n += spread
		}
	}
	return list
}

// Units of figures.
const (
	perSecond = "op/s"
	micros    = "µs"
	millis    = "ms"
	nanos     = "ns"
	bytesUnit = "B"
	megabytes = "MB"
	count     = ""
)

func us(d time.Duration, ops int) float64 { return float64(d) / 1e3 / float64(ops) }
func ns(d time.Duration, ops int) float64 { return float64(d) / float64(ops) }
func ms(d time.Duration) float64          { return float64(d) / 1e6 }
func rate(ops int, d time.Duration) float64 {
	return float64(ops) / d.Seconds()
}
