package torture

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// Options say what to attack and for how long.
type Options struct {
	Attacks []Attack
	For     time.Duration // of all attacks together
	Seed    uint64
	Memory  int64                   // bytes that the server's process may use; one that uses more is ended, which is a finding
	Log     io.Writer               // progress
	Target  func() (*Target, error) // starts a server for an attack
}

// progressEvery is how often a line tells how far an attack is.
const progressEvery = 15 * time.Second

// bulkMax limits what a single argument may ask for, as proto-max-bulk-len.
const bulkMax = 16 << 20

// Run makes the attacks, each on a server of its own and for its share of the time.
func (o Options) Run() (reports []*Report, err error) {
	for _, a := range o.Attacks {
		report, err := o.attack(a, o.For/time.Duration(len(o.Attacks)))
		if err != nil {
			return reports, fmt.Errorf("%s: %w", a.Name, err)
		}
		fmt.Fprintln(o.Log, report)
		reports = append(reports, report)
	}
	return reports, nil
}

func (o Options) attack(a Attack, share time.Duration) (*Report, error) {
	target, err := o.Target()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), share)
	defer cancel()
	r := &run{Report: &Report{Attack: a.Name}, ctx: ctx, seed: o.Seed, target: target}
	if err := r.prepare(); err != nil {
		target.Close()
		return nil, err
	}
	watched := make(chan struct{})
	done := make(chan struct{})
	go func() {
		o.watch(r, cancel, done)
		close(watched)
	}()
	a.run(r)
	r.alive()
	close(done)
	<-watched
	if sign := target.Close(); sign != "" {
		r.find(nil, "the server's log shows: %s", sign)
	}
	return r.Report, nil
}

// run is an attack under way.
type run struct {
	*Report
	ctx    context.Context // ends when the time is over
	seed   uint64
	target *Target
	shared bool // others attack the same server: nothing that concerns all of it
}

// prepare empties the server and limits what it may be asked for.
func (r *run) prepare() error {
	c, err := r.target.dial(3)
	if err != nil {
		return err
	}
	defer c.close()
	for _, words := range [][]any{
		{"FLUSHALL"}, {"SCRIPT", "FLUSH"},
		{"CONFIG", "SET", "proto-max-bulk-len", bulkMax, "maxmemory", 0, "tracking-table-max-keys", 1000000,
			"sanitize-dump-payload", "yes", "busy-reply-threshold", 600_000}, // on a slow machine any script may look endless
	} {
		if _, err := c.text(words...); err != nil {
			return err
		}
	}
	return nil
}

// alive makes sure that the server lives.
func (r *run) alive() {
	c, err := r.target.dial(3)
	if err == nil {
		defer c.close()
		_, err = c.text("PING")
	}
	if err != nil {
		r.find(nil, "the server does not answer after the attack: %v", err)
	}
}

// watch reports progress, and ends the server and the attack if it uses too much memory.
func (o Options) watch(r *run, cancel func(), done chan struct{}) {
	began, tick := time.Now(), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	var peak int64
	for next := began.Add(progressEvery); ; {
		select {
		case <-done:
			if peak > 0 {
				r.note("peak memory %s", mib(peak))
			}
			return
		case now := <-tick.C:
			u := r.target.usage()
			if peak = max(peak, u.resident); o.Memory > 0 && u.resident > o.Memory {
				r.find(nil, "the server uses %s of memory, and was given %s", mib(u.resident), mib(o.Memory))
				o.Memory = 0
				cancel()
				r.target.Close() // it may not come back to its connections
			}
			if now.After(next) {
				fmt.Fprintf(o.Log, "  %v %v, now %v\n", now.Sub(began).Round(time.Second), r.Report, u)
				next = now.Add(progressEvery)
			}
		}
	}
}

// find reports something that the server did wrong. c is the connection that saw it, or
// nil.
func (r *run) find(c *conn, format string, args ...any) {
	f := Finding{Attack: r.Attack, What: fmt.Sprintf(format, args...), Seed: r.seed}
	if c != nil {
		f.Last = c.recent[max(0, len(c.recent)-lately):]
	}
	r.add(f)
}

// rnd returns the random numbers of an actor.
func (r *run) rnd(actor string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(actor))
	return rand.New(rand.NewPCG(r.seed, h.Sum64()))
}

// over reports whether the time is over.
func (r *run) over() bool { return r.ctx.Err() != nil }

// together runs n actors at once and waits for all of them.
func together(n int, actor func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { actor(i) })
	}
	all.Wait()
}

// pause waits, or until the time is over.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// pick returns one of a list.
func pick[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

// harmless leaves out the last of a list, which disturbs all others, where others attack the
// same server.
func harmless[T any](r *run, list []T) []T {
	if r.shared {
		return list[:len(list)-1]
	}
	return list
}
