package cachecheck_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/server/servertest/cachecheck"
)

func TestRightCachesPass(t *testing.T) {
	t.Run("one connection", func(t *testing.T) { cachecheck.Run(t, single(none)) })
	t.Run("two connections", func(t *testing.T) { cachecheck.Run(t, double(none)) })
	t.Run("a small table", func(t *testing.T) {
		small := servertest.WithSetting("tracking-table-max-keys", "2")
		cachecheck.Run(t, single(none), cachecheck.WithServer(small), cachecheck.WithKeys(8))
	})
}

// The mistakes that are made most. Each costs a second or two of patience with the
// cache that has it; how long it took is in the log.
func TestPlantedMistakesAreFound(t *testing.T) {
	for _, planted := range []struct {
		name string
		open cachecheck.Open
	}{
		{"one connection, ignores a flush", single(ignoresFlush)},
		{"two connections, ignores a flush", double(ignoresFlush)},
		{"one connection, keeps entries after a loss", single(keepsAfterLoss)},
		{"two connections, keeps entries after a loss", double(keepsAfterLoss)},
		{"one connection, stores late", single(storesLate)},
		{"two connections, stores late", double(storesLate)},
	} {
		t.Run(planted.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			found := cachecheck.Find(t, planted.open)
			require.NotNil(t, found)
			t.Logf("after %v: %s", time.Since(began), found)
			require.Regexp(t, "goes on reading|though it had read", strings.Join(found.Wrong, "\n"))
			require.LessOrEqual(t, found.Steps, found.Of)
			require.Contains(t, found.String(), fmt.Sprint("seed ", found.Seed))
		})
	}
}

// twisted is a right cache whose answers are changed by the way.
type twisted struct {
	cachecheck.Client
	twist func(key, value string, found bool) (string, bool)
}

func (c twisted) Get(ctx context.Context, key string) (string, bool, error) {
	value, found, err := c.Client.Get(ctx, key)
	if err == nil {
		value, found = c.twist(key, value, found)
	}
	return value, found, err
}

func twistedBy(twist func(key, value string, found bool) (string, bool)) cachecheck.Open {
	return func(srv *servertest.Server, name string) (cachecheck.Client, error) {
		c, err := single(none)(srv, name)
		return twisted{c, twist}, err
	}
}

// A value that comes back after a newer one was read is found without waiting, also
// where the cache would make up for it.
func TestReadingBackwardsIsFound(t *testing.T) {
	var mu sync.Mutex
	reads, first := 0, map[string]string{}
	found := cachecheck.Find(t, twistedBy(func(key, value string, found bool) (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		if old := first[key]; old == "" && found {
			first[key] = value
		}
		if reads++; reads%5 == 0 && first[key] != "" {
			return first[key], true
		}
		return value, found
	}), cachecheck.WithClients(1), cachecheck.WithPatience(0))
	require.NotNil(t, found)
	require.Regexp(t, "though it had read|never written", found.Wrong[0])
}

func TestInventedValueIsFound(t *testing.T) {
	found := cachecheck.Find(t, twistedBy(func(key, _ string, _ bool) (string, bool) { return "invented", true }))
	require.NotNil(t, found)
	require.Contains(t, found.Wrong[0], "read invented of key-")
	require.Contains(t, found.Wrong[0], "never written")
	require.Equal(t, 1, found.Steps)
}

// A cache that is always wrong is found in lists of three steps, however many of them
// that takes.
func TestWithSteps(t *testing.T) {
	invent := twistedBy(func(string, string, bool) (string, bool) { return "invented", true })
	found := cachecheck.Find(t, invent, cachecheck.WithSteps(3))
	require.NotNil(t, found)
	require.Equal(t, 3, found.Of)
}

// The same seed makes the same steps.
func TestSeedRepeats(t *testing.T) {
	invent := twistedBy(func(string, string, bool) (string, bool) { return "invented", true })
	one := cachecheck.Find(t, invent, cachecheck.WithSeed(7))
	other := cachecheck.Find(t, invent, cachecheck.WithSeed(7))
	require.Equal(t, one, other)
}

// verdict is a test that notes how it ends.
type verdict struct {
	*testing.T
	failed, fatal string
}

func (v *verdict) Errorf(format string, args ...any) { v.failed += fmt.Sprintf(format, args...) }

func (v *verdict) Fatalf(format string, args ...any) {
	v.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// of runs a test and returns how it ended.
func of(t *testing.T, test func(servertest.TB)) *verdict {
	v := &verdict{T: t}
	over := make(chan struct{})
	go func() {
		defer close(over)
		test(v)
	}()
	<-over
	return v
}

func TestMisuseIsTold(t *testing.T) {
	t.Run("a cache without names", func(t *testing.T) {
		v := of(t, func(t servertest.TB) {
			cachecheck.Run(t, func(srv *servertest.Server, _ string) (cachecheck.Client, error) {
				return single(none)(srv, "")
			}, cachecheck.WithRounds(1))
		})
		require.Contains(t, v.fatal, "there was nothing to check")
	})
	t.Run("a cache that does not open", func(t *testing.T) {
		v := of(t, func(t servertest.TB) {
			cachecheck.Run(t, func(*servertest.Server, string) (cachecheck.Client, error) { return nil, errLost })
		})
		require.Contains(t, v.fatal, "opening cache-")
		require.Contains(t, v.fatal, errLost.Error())
	})
	t.Run("a mistake fails the test", func(t *testing.T) {
		v := of(t, func(t servertest.TB) {
			cachecheck.Run(t, twistedBy(func(string, string, bool) (string, bool) { return "invented", true }))
		})
		require.Contains(t, v.failed, "The shortest history that shows it, 1 steps of 80")
	})
}
