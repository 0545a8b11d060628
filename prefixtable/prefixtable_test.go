package prefixtable

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// model is the table without its idea: it compares a change with all prefixes.
type model map[string]*modelPrefix

type modelPrefix struct {
	subscribers map[uint64]bool
	changed     map[string]uint64
}

func (m model) subscribe(prefix string, id uint64) bool {
	p := m[prefix]
	if p == nil {
		p = &modelPrefix{map[uint64]bool{}, map[string]uint64{}}
		m[prefix] = p
	}
	is := !p.subscribers[id]
	p.subscribers[id] = true
	return is
}

func (m model) unsubscribe(prefix string, id uint64) {
	if p := m[prefix]; p != nil {
		delete(p.subscribers, id)
		if len(p.subscribers) == 0 {
			delete(m, prefix)
		}
	}
}

func (m model) change(key string, writer uint64) {
	for prefix, p := range m {
		if strings.HasPrefix(key, prefix) {
			p.changed[key] = writer
		}
	}
}

func (m model) snapshot() []Snapshot {
	list := []Snapshot{}
	for prefix, p := range m {
		s := Snapshot{Prefix: prefix, Subscribers: []uint64{}, Changes: []Change{}}
		for id := range p.subscribers {
			s.Subscribers = append(s.Subscribers, id)
		}
		for key, writer := range p.changed {
			s.Changes = append(s.Changes, Change{key, writer})
		}
		slices.Sort(s.Subscribers)
		slices.SortFunc(s.Changes, func(a, b Change) int { return cmp.Compare(a.Key, b.Key) })
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Snapshot) int { return cmp.Compare(a.Prefix, b.Prefix) })
	return list
}

// drain returns what Drain must visit, and forgets the changes.
func (m model) drain() []Snapshot {
	list := slices.DeleteFunc(m.snapshot(), func(s Snapshot) bool { return len(s.Changes) == 0 })
	for _, p := range m {
		clear(p.changed)
	}
	return list
}

func drain(t *Table) []Snapshot {
	list := []Snapshot{}
	t.Drain(func(prefix string, subscribers []uint64, changes []Change) {
		list = append(list, Snapshot{prefix, slices.Clone(subscribers), slices.Clone(changes)})
	})
	return list
}

// word returns a short string of few letters, a zero byte and one above ASCII
// among them, so that prefixes of each other are common.
func word(r *rand.Rand, most int) string {
	b := make([]byte, r.IntN(most+1))
	for i := range b {
		b[i] = "ab:\x00\xff"[r.IntN(5)]
	}
	return string(b)
}

func TestTableAgainstModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		table, m := New(), model{}
		for range 2000 {
			id := r.Uint64N(5) + 1
			switch n := r.IntN(100); {
			case n < 20:
				prefix := word(r, 4)
				require.Equal(t, m.subscribe(prefix, id), table.Subscribe(prefix, id))
			case n < 35:
				prefix := word(r, 4)
				m.unsubscribe(prefix, id)
				table.Unsubscribe(prefix, id)
			case n < 90:
				key := word(r, 6)
				m.change(key, id)
				table.Changed([]byte(key), id)
			case n < 96:
				require.Equal(t, m.snapshot(), table.Snapshot())
			default:
				require.Equal(t, m.drain(), drain(table))
				require.False(t, table.Dirty())
			}
			require.Equal(t, len(m), table.Len())
		}
	}
}

func TestDrainIsInByteOrder(t *testing.T) {
	table := New()
	for _, prefix := range []string{"b", "", "\xff", "a", "ab"} {
		for _, id := range []uint64{9, 2, 5} {
			table.Subscribe(prefix, id)
		}
	}
	for _, key := range []string{"b2", "\xff\x00", "ab", "b1", "b\x00", "b10", "a"} {
		table.Changed([]byte(key), 2)
	}
	table.Changed([]byte("b1"), 7)
	ids := []uint64{2, 5, 9}
	require.Equal(t, []Snapshot{
		{"", ids, []Change{{"a", 2}, {"ab", 2}, {"b\x00", 2}, {"b1", 7}, {"b10", 2}, {"b2", 2}, {"\xff\x00", 2}}},
		{"a", ids, []Change{{"a", 2}, {"ab", 2}}},
		{"ab", ids, []Change{{"ab", 2}}},
		{"b", ids, []Change{{"b\x00", 2}, {"b1", 7}, {"b10", 2}, {"b2", 2}}},
		{"\xff", ids, []Change{{"\xff\x00", 2}}},
	}, drain(table))
	require.Empty(t, drain(table))
}

func TestUnsubscribeWhileDirty(t *testing.T) {
	table := New()
	table.Subscribe("a", 1)
	table.Subscribe("a", 2)
	table.Subscribe("b", 1)
	table.Changed([]byte("a1"), 0)
	table.Changed([]byte("b1"), 0)

	table.Unsubscribe("b", 1)
	table.Unsubscribe("a", 1)
	require.True(t, table.Dirty())
	require.Equal(t, []Snapshot{{"a", []uint64{2}, []Change{{"a1", 0}}}}, drain(table))

	table.Changed([]byte("a1"), 0)
	table.Unsubscribe("a", 2)
	require.False(t, table.Dirty())
	require.Zero(t, table.Len())

	// A client that subscribes again is not told of earlier changes.
	table.Subscribe("a", 3)
	require.Empty(t, drain(table))
	table.Changed([]byte("a2"), 3)
	require.Equal(t, []Snapshot{{"a", []uint64{3}, []Change{{"a2", 3}}}}, drain(table))
}

// Prefixes that have changed can leave in any order, each in the same time.
func TestManyLeaveWhileDirty(t *testing.T) {
	const n = 100_000
	prefix := func(i int) string { return fmt.Sprintf("%06d:", i*7919%n) }
	table := New()
	for i := range n {
		table.Subscribe(prefix(i), 1)
		table.Changed([]byte(prefix(i)), 0)
	}
	for i := range n - 10 {
		table.Unsubscribe(prefix(i), 1)
	}
	require.Equal(t, 10, table.Len())
	require.Len(t, drain(table), 10)
	require.False(t, table.Dirty())
}

func TestUnsubscribeOfStrangers(t *testing.T) {
	table := New()
	table.Subscribe("a", 1)
	table.Unsubscribe("a", 2)
	table.Unsubscribe("b", 1)
	require.Equal(t, []Snapshot{{"a", []uint64{1}, []Change{}}}, table.Snapshot())
}

// TestChangesOutliveTheirKey: after Changed the caller may reuse its buffer.
func TestChangesOutliveTheirKey(t *testing.T) {
	table := New()
	table.Subscribe("k", 1)
	key := []byte("k1")
	table.Changed(key, 0)
	copy(key, "xx")
	require.Equal(t, []Snapshot{{"k", []uint64{1}, []Change{{"k1", 0}}}}, drain(table))
}

// TestManyChanges: more than a prefix keeps room for, in more prefixes than the
// table does.
func TestManyChanges(t *testing.T) {
	table := New()
	for i := range keepMap + 1 {
		table.Subscribe(fmt.Sprintf("%04d:", i), 1)
	}
	for range 2 {
		for i := range keepMap + 1 {
			table.Changed(fmt.Appendf(nil, "%04d:", i), 0)
			table.Changed(fmt.Appendf(nil, "0000:%d", i), 0)
		}
		list := drain(table)
		require.Len(t, list, keepMap+1)
		require.Len(t, list[0].Changes, keepMap+2)
		require.False(t, table.Dirty())
	}
}

func TestChangedAllocatesNothing(t *testing.T) {
	table := New()
	table.Subscribe("user:", 1)
	other := []byte("order:1")
	require.Zero(t, testing.AllocsPerRun(100, func() { table.Changed(other, 2) }), "a key under no prefix")
}

// BenchmarkChanged shows that a change costs the same for any number of prefixes:
// only those of the key itself are visited.
func BenchmarkChanged(b *testing.B) {
	for _, n := range []int{1, 100, 10_000, 100_000} {
		table := New()
		for i := range n {
			table.Subscribe(fmt.Sprintf("tenant:%06d:", i), uint64(i+1))
		}
		within, outside := fmt.Appendf(nil, "tenant:%06d:user:17", n/2), []byte("session:17")
		b.Run(fmt.Sprintf("within/prefixes=%d", n), func(b *testing.B) { benchmarkChanged(b, table, within) })
		b.Run(fmt.Sprintf("outside/prefixes=%d", n), func(b *testing.B) { benchmarkChanged(b, table, outside) })
	}
}

func benchmarkChanged(b *testing.B, table *Table, key []byte) {
	b.ReportAllocs()
	for b.Loop() {
		table.Changed(key, 1)
	}
}

// BenchmarkCycle is a change and the drain that follows it, with one of many
// prefixes dirty: idle prefixes must not cost anything there either.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		table := New()
		for i := range n {
			table.Subscribe(fmt.Sprintf("tenant:%06d:", i), uint64(i+1))
		}
		key := []byte("tenant:000000:user:17")
		b.Run(fmt.Sprintf("prefixes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Changed(key, 1)
				table.Drain(func(string, []uint64, []Change) {})
			}
		})
	}
}
