package cachecheck

// state is what a read of a key shows.
type state struct {
	value string
	found bool
}

// String shows the state.
func (s state) String() string {
	if !s.found {
		return "nothing"
	}
	return s.value
}

// timeline lists the states that a key has had, in order. Each value occurs only once;
// "nothing" may occur again.
type timeline struct{ states []state }

// newTimeline begins with nothing.
func newTimeline() *timeline { return &timeline{[]state{{}}} }

// observe adds a state if it differs from the last one.
func (l *timeline) observe(s state) {
	if l.now() != s {
		l.states = append(l.states, s)
	}
}

// now returns the last state.
func (l *timeline) now() state { return l.states[len(l.states)-1] }

// place returns the index of a state in the timeline, the last one if there are several: a
// read of nothing may have seen the newest nothing.
func (l *timeline) place(s state) (int, bool) {
	for i := len(l.states) - 1; i >= 0; i-- {
		if l.states[i] == s {
			return i, true
		}
	}
	return 0, false
}
