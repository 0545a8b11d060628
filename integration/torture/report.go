package torture

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// findingsMax is how many findings of an attack are kept. After that they are only counted:
// one mistake mostly shows itself many times.
const findingsMax = 10

// Finding is something that a server did wrong.
type Finding struct {
	Attack string
	What   string
	Seed   uint64
	Last   []string // what the connection that saw it sent last, the oldest first
}

// String describes the finding in full.
func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s\n  --attack %s --seed %d", f.Attack, f.What, f.Attack, f.Seed)
	for _, line := range f.Last {
		text += "\n    " + line
	}
	return text
}

// Report is what an attack did, and what it found.
type Report struct {
	Attack   string
	Findings []Finding

	mu       sync.Mutex
	found    int
	order    []string
	counters map[string]*atomic.Int64
	notes    []string
	slowest  time.Duration
	slow     string
}

// counter returns the counter of a name, which is a plural: "reads".
func (r *Report) counter(name string) *atomic.Int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counters == nil {
		r.counters = map[string]*atomic.Int64{}
	}
	n := r.counters[name]
	if n == nil {
		n = new(atomic.Int64)
		r.counters[name], r.order = n, append(r.order, name)
	}
	return n
}

// Count returns how often something happened.
func (r *Report) Count(name string) int64 { return r.counter(name).Load() }

func (r *Report) add(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.found++; r.found <= findingsMax {
		r.Findings = append(r.Findings, f)
	}
}

// note adds a figure that is no count.
func (r *Report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// took records how long a reply took, if it is the slowest so far.
func (r *Report) took(d time.Duration, what func() string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d > r.slowest {
		r.slowest, r.slow = d, what()
	}
}

// String is the report in a line.
func (r *Report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var parts []string
	for _, name := range r.order {
		if n := r.counters[name].Load(); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	parts = slices.Concat(parts, r.notes)
	if r.slowest > 0 {
		parts = append(parts, fmt.Sprintf("slowest reply %v (%s)", r.slowest.Round(time.Millisecond), r.slow))
	}
	return fmt.Sprintf("%s: %d findings; %s", r.Attack, r.found, strings.Join(parts, ", "))
}

// WriteFindings writes the findings that were kept, and how many there were.
func (r *Report) WriteFindings(w io.Writer) {
	for i, f := range r.Findings {
		fmt.Fprintf(w, "\nfinding %d of %d: %v\n", i+1, r.found, f)
	}
}
