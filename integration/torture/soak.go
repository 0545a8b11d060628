package torture

import (
	"context"
	"time"
)

// soak makes all other attacks at once. When they have ended, nothing of them may be left.
func (r *run) soak() {
	attacks := Attacks()
	attacks = attacks[:len(attacks)-1]
	warm := r.warm(attacks)
	r.settled()
	before := r.target.usage()
	part := *r
	part.shared = true
	together(len(attacks), func(i int) {
		for again := true; again && !part.over(); again = attacks[i].Name == "churn" {
			attacks[i].run(&part)
		}
	})
	r.settled()
	after := r.target.usage()
	if warm && before.resident > 0 {
		r.note("used before %v, afterwards %v", before, after)
		r.flat(before, after)
	}
}

// warm lets all attacks run for a tenth of the time, so that what the server keeps for good
// is there. It reports whether there was time for it.
func (r *run) warm(attacks []Attack) bool {
	deadline, ok := r.ctx.Deadline()
	if !ok {
		return false
	}
	part := *r
	var cancel func()
	part.ctx, cancel = context.WithTimeout(r.ctx, time.Until(deadline)/10)
	defer cancel()
	part.shared = true
	together(len(attacks), func(i int) { attacks[i].run(&part) })
	return true
}
