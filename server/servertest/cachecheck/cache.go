package cachecheck

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// cache is a client under test and what is known about it.
type cache struct {
	Client
	name   string
	seen   []int           // by key: the newest state that it has read
	asked  map[int]bool    // the keys that it has read
	told   map[int]string  // by key: how it last learnt that a copy is old
	conns  map[uint64]bool // the connections that it has or had
	flying *flight         // a slow read that has not ended yet
}

func newCache(c Client, name string, keys int) *cache {
	return &cache{
		Client: c, name: name, seen: make([]int, keys),
		asked: map[int]bool{}, told: map[int]string{}, conns: map[uint64]bool{},
	}
}

// tell records how the cache learns that its copies of some keys are old.
func (c *cache) tell(how string, keys ...int) {
	for _, k := range keys {
		c.told[k] = how
	}
}

// answer is what a call of a client returned.
type answer struct {
	state
	err error
}

// String shows the answer.
func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("error: %v", a.err)
	}
	return a.state.String()
}

// errHangs is the answer of a call that does not return when its context ends.
var errHangs = errors.New("the call goes on though its context has ended")

// flight is a call that is under way.
type flight struct {
	key    int
	since  int // what the cache had seen of the key when the call began
	answer chan answer
}

// beginRead begins to read a key.
func (c *cache) beginRead(key int) *flight {
	c.asked[key] = true
	f := call(func(ctx context.Context) (string, bool, error) { return c.Get(ctx, keyName(key)) })
	f.key, f.since = key, c.seen[key]
	return f
}

// ask reads a key that is not one of the checked ones.
func (c *cache) ask(name string) {
	call(func(ctx context.Context) (string, bool, error) { return c.Get(ctx, name) }).land()
}

// write writes a key.
func (c *cache) write(key int, value string) error {
	return call(func(ctx context.Context) (string, bool, error) {
		return value, true, c.Set(ctx, keyName(key), value)
	}).land().err
}

// answerPatience is how long a call of a client may take. It only ends tests that
// would hang.
const answerPatience = 10 * time.Second

// call begins a call of a client, in a goroutine of its own: a call that never returns
// must not block the test.
func call(fn func(context.Context) (string, bool, error)) *flight {
	f := &flight{answer: make(chan answer, 1)}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), answerPatience)
		defer cancel()
		value, found, err := fn(ctx)
		if err != nil || !found {
			value = ""
		}
		f.answer <- answer{state{value, found}, err}
	}()
	return f
}

// over reports whether the call has returned.
func (f *flight) over() bool { return len(f.answer) > 0 }

// land waits for the answer. It is an error if none comes.
func (f *flight) land() answer {
	timeout := time.NewTimer(answerPatience + time.Second)
	defer timeout.Stop()
	select {
	case a := <-f.answer:
		return a
	case <-timeout.C:
		return answer{err: errHangs}
	}
}
