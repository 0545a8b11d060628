package watch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/watch"
)

func TestSlowlogKeepsTheNewest(t *testing.T) {
	var l watch.Slowlog
	ids := func(n int) (list []int64) {
		for s := range l.Newest(n) {
			list = append(list, s.ID)
		}
		return list
	}
	require.Empty(t, ids(10))
	for range 5 {
		l.Add(watch.Slow{}, 3)
	}
	require.Equal(t, []int64{4, 3, 2}, ids(10))
	require.Equal(t, []int64{4, 3}, ids(2))
	require.Empty(t, ids(0))
	l.Trim(1)
	require.Equal(t, 1, l.Len())
	l.Reset()
	l.Add(watch.Slow{}, 3)
	require.Equal(t, []int64{5}, ids(10), "ids are not given again")
	l.Trim(0)
	require.Equal(t, 0, l.Len())
}

func TestSlowWords(t *testing.T) {
	long := []byte(strings.Repeat("x", 130))
	require.Equal(t, []string{"GET", string(long[:128]) + "... (2 more bytes)"}, watch.SlowWords([][]byte{[]byte("GET"), long}))
	require.Equal(t, "k", watch.SlowWords(slices.Repeat([][]byte{[]byte("k")}, 32))[31])
	words := watch.SlowWords(slices.Repeat([][]byte{[]byte("k")}, 40))
	require.Len(t, words, 32)
	require.Equal(t, "... (9 more arguments)", words[31])
}

func TestLatencyKeepsTheWorstOfASecond(t *testing.T) {
	l := watch.Latency{}
	at := time.Unix(1000, 0)
	for i, ms := range []int64{5, 9, 7} {
		l.Add("command", at.Add(time.Duration(i)*time.Millisecond), ms)
	}
	l.Add("command", at.Add(time.Second), 3)
	l.Add("a", at, 1)
	require.Equal(t, []string{"a", "command"}, l.Events())
	e := l["command"]
	require.Equal(t, []watch.Spike{{Unix: 1000, MS: 9}, {Unix: 1001, MS: 3}}, e.Samples)
	require.Equal(t, watch.Spike{Unix: 1001, MS: 3}, e.Last())
	low, high := e.Bounds()
	require.Equal(t, []int64{3, 9}, []int64{low, high})
	for i := range 200 {
		l.Add("command", at.Add(time.Duration(2+i)*time.Second), 2)
	}
	require.Len(t, e.Samples, 160)
	require.Equal(t, int64(9), e.Max, "the worst ever stays")
}

func TestCalls(t *testing.T) {
	var c watch.Calls
	require.Zero(t, c.Percentile(50))
	for range 90 {
		c.Add(3 * time.Microsecond)
	}
	for range 10 {
		c.Add(time.Millisecond)
	}
	require.Equal(t, int64(100), c.Ran)
	require.Equal(t, 10270*time.Microsecond, c.Total)
	require.Equal(t, 4.127, c.Percentile(50))
	require.Equal(t, 4.127, c.Percentile(90))
	require.Equal(t, 1056.767, c.Percentile(99))
	var list [][2]int64
	for limit, calls := range c.Cumulated() {
		list = append(list, [2]int64{limit.Microseconds(), calls})
	}
	require.Equal(t, [][2]int64{{4, 90}, {1056, 100}}, list, "the buckets of Redis")
}

func TestErrorCodes(t *testing.T) {
	e := watch.ErrorCodes{}
	require.Nil(t, e.Add("WRONGTYPE of value"))
	require.Nil(t, e.Add("oneword"))
	require.Equal(t, watch.ErrorCodes{"WRONGTYPE": 1, "ERR": 1}, e)
	for i := range watch.ErrorCodesMax - 2 {
		require.Nil(t, e.Add(fmt.Sprintf("E%d text", i)))
	}
	require.Nil(t, e.Add("ERR known"))
	require.Len(t, e.Add("NEW text"), watch.ErrorCodesMax)
	require.Nil(t, e.Add("NEW text"))
	require.Equal(t, watch.ErrorCodes{"ERRORSTATS_DISABLED": 1}, e)
}

func TestRates(t *testing.T) {
	at := time.Unix(1000, 0)
	m := watch.NewMeter(at)
	first := m.Rates(at.Add(time.Second), watch.Totals{Commands: 10, Cycles: 4, CycleTime: 8 * time.Millisecond, NetIn: 100, NetOut: 50})
	require.Equal(t, watch.Rates{Commands: 10, Cycles: 4, CycleTime: 2 * time.Millisecond, NetIn: 100, NetOut: 50}, first)
	require.Equal(t, first, m.Rates(at.Add(1050*time.Millisecond), watch.Totals{Commands: 1000}), "too young a sample")
	next := m.Rates(at.Add(3*time.Second), watch.Totals{Commands: 30, Cycles: 5, CycleTime: 9 * time.Millisecond, NetIn: 100, NetOut: 50})
	require.Equal(t, watch.Rates{Commands: 10, Cycles: 1, CycleTime: time.Millisecond}, next)
}
