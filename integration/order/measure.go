package order

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// restMax bounds the rest between two tries.
const restMax = 200 * time.Microsecond

// Count is the result of a case at one gap.
type Count struct {
	Tries, Inversions int
	Example           string // what one inversion looked like
}

// PerThousand returns the inversions in a thousand tries.
func (n Count) PerThousand() float64 { return 1000 * float64(n.Inversions) / float64(max(1, n.Tries)) }

// Measure tries a case n times at a gap, over connections of a kind.
func Measure(s *Server, kind string, cs Case, gap time.Duration, n int) (count Count, err error) {
	t := try{Case: cs, gap: gap, rest: rand.New(rand.NewPCG(1, uint64(gap)))}
	defer t.close()
	for i := range t.conns {
		if t.conns[i], err = open(s, kind); err != nil {
			return count, fmt.Errorf("connecting to %s over %s: %w", s.Name, kind, err)
		}
	}
	for range n {
		got, err := t.once()
		if err != nil {
			return count, fmt.Errorf("%s over %s, %s at %v: %w", s.Name, kind, cs.Name, gap, err)
		}
		count.Tries++
		if !slices.EqualFunc(got[:], cs.want[:], slices.Equal[[]string]) {
			count.Inversions++
			count.Example = fmt.Sprintf("A %q, B %q, C %q", got[a], got[b], got[c])
		}
	}
	return count, nil
}

// try is a case with the connections that it is tried on.
type try struct {
	Case
	gap   time.Duration
	rest  *rand.Rand
	conns [connections]*conn
}

func (t *try) close() {
	for _, k := range t.conns {
		if k != nil {
			k.nc.Close()
		}
	}
}

// once returns what each connection received.
func (t *try) once() (got [connections][]string, err error) {
	for _, s := range t.before {
		if err := t.conns[s.conn].write(s.lines); err != nil {
			return got, err
		}
	}
	if err := t.barrier(new([connections][]string)); err != nil {
		return got, err
	}
	spin(time.Duration(t.rest.Int64N(int64(restMax))))
	if err := t.write(); err != nil {
		return got, err
	}
	last := t.sends[len(t.sends)-1]
	if err := t.read(&got, last); err != nil {
		return got, err
	}
	for _, s := range t.after {
		if err := t.conns[s.conn].write(s.lines); err != nil {
			return got, err
		}
		if err := t.read(&got, s); err != nil {
			return got, err
		}
	}
	return got, t.barrier(&got)
}

// barrier reads everything that is on its way, A's last.
func (t *try) barrier(got *[connections][]string) error {
	for _, i := range []int{c, b, a} {
		values, err := t.conns[i].barrier()
		if err != nil {
			return err
		}
		got[i] = append(got[i], values...)
	}
	return nil
}

// write writes the commands to be measured. It does nothing else in between.
func (t *try) write() error {
	packets := make([][]byte, len(t.sends))
	for i, s := range t.sends {
		packets[i] = packet(s.lines)
		t.conns[s.conn].nc.SetDeadline(time.Now().Add(answerLimit))
	}
	for i, s := range t.sends {
		if i > 0 {
			spin(t.gap)
		}
		if _, err := t.conns[s.conn].nc.Write(packets[i]); err != nil {
			return err
		}
	}
	return nil
}

// read reads a reply for each line that was sent.
func (t *try) read(got *[connections][]string, s send) error {
	for range s.lines {
		v, err := t.conns[s.conn].read()
		if err != nil {
			return err
		}
		got[s.conn] = append(got[s.conn], v)
	}
	return nil
}

// spin waits without giving up the processor: a sleep would take as long as the system
// likes.
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}
