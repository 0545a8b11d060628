package torture

import (
	"slices"
	"sync"
)

// model is what the keys of a round may hold. Every change of a key has a version, which
// is part of the value; a key that is gone has a version as well. Each key has one writer,
// so the versions are in the order in which the server saw them. Counters have many: their
// version is their value.
type model struct {
	flushing sync.RWMutex // writers hold it for reading, who empties the database for writing
	keys     map[string]*history
}

// history is what is known about a key.
type history struct {
	mu      sync.Mutex
	started int   // the last version that was sent
	acked   int   // the last version that was acknowledged
	value   int   // the last of those that has a value
	gone    []int // the versions without a value
}

func newModel(keys []string) *model {
	m := &model{keys: map[string]*history{}}
	for _, k := range keys {
		m.keys[k] = &history{gone: []int{0}}
	}
	return m
}

// begin returns the version of a change that is about to be sent.
func (h *history) begin(gone bool) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.started++
	if gone {
		h.gone = append(h.gone, h.started)
	}
	return h.started
}

// acknowledge records that the server has made a change.
func (h *history) acknowledge(version int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acked = max(h.acked, version)
	if _, gone := slices.BinarySearch(h.gone, version); !gone {
		h.value = max(h.value, version)
	}
}

// floor is the version that everybody who asks from now on must see, or a later one. Who
// sees no value need only see a version that is not before value: to remove what is gone is
// no change, of which nobody is told.
func (h *history) floor() (version, value int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.acked, h.value
}

// ceiling is the last version that anybody can have seen.
func (h *history) ceiling() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.started
}

// lastGone returns the last version up to high in which the key was gone, -1 if there
// is none from low on.
func (h *history) lastGone(low, high int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, found := slices.BinarySearch(h.gone, high)
	if !found {
		i--
	}
	if i < 0 || h.gone[i] < low {
		return -1
	}
	return h.gone[i]
}
