package loop

import "slices"

// In manual mode a connection that is ready waits to be stepped. These methods are called
// with the turn, except Manual and Waiting, which any goroutine may call.

// SetManual turns manual mode on or off, and returns the connections that waited to be
// stepped and no longer do.
func (l *Loop[C]) SetManual(on bool) (waited []C) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.manual.Store(on)
	if !on {
		waited, l.waiting = l.waiting, nil
	}
	return waited
}

// Manual reports whether connections wait to be stepped.
func (l *Loop[C]) Manual() bool { return l.manual.Load() }

// Wait queues a connection to be stepped. If it waits already, it keeps its place.
func (l *Loop[C]) Wait(c C) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.waiting, c) {
		return
	}
	l.waiting = append(l.waiting, c)
	close(l.arrived)
	l.arrived = make(chan struct{})
}

// Waiting returns the connections that wait to be stepped, in the order in which they came,
// and a channel that is closed when one more comes.
func (l *Loop[C]) Waiting() (conns []C, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.waiting), l.arrived
}

// Step takes the first connection that waits and is wanted.
func (l *Loop[C]) Step(wanted func(C) bool) (c C, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.waiting, wanted)
	if i < 0 {
		return c, false
	}
	c = l.waiting[i]
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return c, true
}
