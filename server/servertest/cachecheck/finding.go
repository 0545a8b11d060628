package cachecheck

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
)

// Finding is a mistake of a cache.
type Finding struct {
	Seed  uint64 // for WithSeed, to repeat the run
	Round int    // the number of the list of steps that showed the mistake

	// Wrong are the wrong reads, one sentence for each.
	Wrong []string
	// History is the shortest list of steps found that shows the mistake, with what the
	// caches read and were told. It has Steps steps of the original Of.
	History   []string
	Steps, Of int
}

// String describes the finding in full.
func (f *Finding) String() string {
	return fmt.Sprintf("cachecheck: %s\nThe shortest history that shows it, %d steps of %d (seed %d, round %d):\n%s",
		strings.Join(f.Wrong, "\n"), f.Steps, f.Of, f.Seed, f.Round, strings.Join(f.History, "\n"))
}

// report makes a finding of a play that went wrong. It is of the shortest play that still
// goes wrong with full patience, or else of the play itself.
func (s settings) report(t servertest.TB, open Open, round int, p *play) *Finding {
	t.Helper()
	for _, hurry := range hurries {
		if again := s.retry(t, open, s.shorten(t, open, p.steps, hurry)); len(again.wrong) > 0 {
			p = again
			break
		}
	}
	return &Finding{
		Seed: s.seed, Round: round, Wrong: p.wrong, History: p.log, Steps: len(p.steps), Of: s.steps,
	}
}

// hurries are the patiences used while leaving out steps. With the first one, a good cache
// on a slow machine may look wrong; then the second one is used.
var hurries = []patience{{15 * time.Millisecond, 8}, {120 * time.Millisecond, 16}}

const (
	shortenFor = 1500 * time.Millisecond // how long steps are left out
	attempts   = 2                       // how often a list is played before it counts as good: some mistakes depend on chance
)

// shorten leaves out steps as long as a wrong read remains: halves first, then
// smaller and smaller pieces, until no single one can be spared.
func (s settings) shorten(t servertest.TB, open Open, steps []step, hurry patience) []step {
	t.Helper()
	if hurry.atLeast < s.patience.atLeast {
		s.patience = hurry
	}
	began := time.Now()
	for size := max(len(steps)/2, 1); ; size = max(size/2, 1) {
		before := len(steps)
		for at := 0; at < len(steps); {
			if time.Since(began) > shortenFor {
				return steps
			}
			fewer := slices.Delete(slices.Clone(steps), at, min(at+size, len(steps)))
			if len(s.retry(t, open, fewer).wrong) > 0 {
				steps = fewer
			} else {
				at += size
			}
		}
		if size == 1 && len(steps) == before {
			return s.simplify(t, open, steps)
		}
	}
}

// plainer maps kinds of steps to plainer ones, which may show the same mistake.
var plainer = map[kind]kind{slowRead: read, mortalWrite: foreignWrite, write: foreignWrite, cutOne: cutAll, reorder: release}

// simplify replaces steps by plainer ones where a wrong read remains.
func (s settings) simplify(t servertest.TB, open Open, steps []step) []step {
	t.Helper()
	for i, old := range steps {
		like, ok := plainer[old.kind]
		if !ok {
			continue
		}
		other := slices.Clone(steps)
		other[i].kind = like
		if len(s.retry(t, open, other).wrong) > 0 {
			steps = other
		}
	}
	return steps
}

// retry plays a list of steps until it goes wrong, a few times at most.
func (s settings) retry(t servertest.TB, open Open, steps []step) (p *play) {
	t.Helper()
	for range attempts {
		if p = perform(t, s, open, steps); len(p.wrong) > 0 {
			break
		}
	}
	return p
}
