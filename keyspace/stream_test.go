package keyspace

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// modelEntry and modelStream are a stream as a plain slice.
type modelEntry struct {
	id    StreamID
	words []string
}

type modelStream []modelEntry

func (m modelStream) between(first, last StreamID) (out modelStream) {
	for _, e := range m {
		if !e.id.Less(first) && !last.Less(e.id) {
			out = append(out, e)
		}
	}
	return out
}

// entriesOf collects what a walk yields.
func entriesOf(walk func(func(StreamEntry) bool)) (out modelStream) {
	for e := range walk {
		entry := modelEntry{id: e.ID}
		for field, value := range e.Pairs() {
			entry.words = append(entry.words, string(field), string(value))
		}
		out = append(out, entry)
	}
	return out
}

// checkStream compares a stream with its model, and what it counts with what is there.
func checkStream(t *testing.T, want modelStream, s *Stream) {
	t.Helper()
	require.Equal(t, int64(len(want)), s.Len())
	require.Equal(t, want, entriesOf(s.Range(StreamID{}, LastStreamID)))
	back := entriesOf(s.Backward(StreamID{}, LastStreamID))
	slices.Reverse(back)
	require.Equal(t, want, back)
	first := StreamID{}
	if len(want) > 0 {
		first = want[0].id
	}
	require.Equal(t, first, s.First)
	var bytes, held int64
	for i, n := range s.nodes {
		bytes += int64(cap(n.pack))
		require.True(t, i == 0 || s.nodes[i-1].lastID().Less(n.id))
	}
	for _, g := range s.groups {
		held += groupOverhead + int64(len(g.Name)) + int64(g.PendingLen())*pendingOverhead
		for _, c := range g.consumers {
			held += consumerOverhead + int64(len(c.Name))
		}
	}
	require.Equal(t, bytes, s.bytes, "bytes of nodes")
	require.Equal(t, held, s.held, "bytes of groups")
}

func randomWord(r *rand.Rand) string {
	switch r.IntN(4) {
	case 0:
		return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
	case 1:
		return strings.Repeat("x", []int{0, 1, 62, 63, 64, 120, 125, 4095, 4096, 16379, 16380}[r.IntN(11)])
	}
	return "word " + strconv.Itoa(r.IntN(10))
}

func byteWords(s ...string) (out [][]byte) {
	for _, w := range s {
		out = append(out, []byte(w))
	}
	return out
}

func TestStreamAgainstSlice(t *testing.T) {
	const seed = 41
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, limits := range []Limits{{StreamNodeBytes: 4096, StreamNodeEntries: 100}, {StreamNodeEntries: 3}, {StreamNodeBytes: 100}, {StreamNodeEntries: 1}, {}} {
		s, want := &Stream{}, modelStream{}
		some := func() StreamID {
			if len(want) == 0 || r.IntN(5) == 0 {
				return StreamID{s.Last.Ms, uint64(r.IntN(3))}
			}
			return want[r.IntN(len(want))].id
		}
		for step := range 3000 {
			switch r.IntN(12) {
			default:
				id, _ := s.NextID(int64(s.Last.Ms) + int64(r.IntN(3)))
				entry := modelEntry{id: id}
				for range 1 + r.IntN(3) {
					entry.words = append(entry.words, []string{"f", "1", randomWord(r)}[r.IntN(3)], randomWord(r))
				}
				s.Add(id, byteWords(entry.words...), &limits)
				want = append(want, entry)
			case 0, 1, 2:
				id := some()
				there := slices.IndexFunc(want, func(e modelEntry) bool { return e.id == id })
				require.Equal(t, there >= 0, s.Has(id))
				require.Equal(t, there >= 0, s.Delete(id))
				if there >= 0 {
					want = slices.Delete(want, there, there+1)
				}
			case 3:
				keep := r.IntN(len(want) + 1)
				require.Equal(t, int64(len(want)-keep), s.Trim(StreamTrim{MaxLen: int64(keep)}))
				want = want[len(want)-keep:]
			case 4:
				id := some()
				left := want.between(id, LastStreamID)
				require.Equal(t, int64(len(want)-len(left)), s.Trim(StreamTrim{ByID: true, MinID: id}))
				want = append(modelStream{}, left...)
			case 5:
				trim := StreamTrim{MaxLen: int64(r.IntN(len(want) + 1)), Approx: true, Limit: int64(r.IntN(50))}
				removed := s.Trim(trim)
				require.LessOrEqual(t, removed, max(int64(len(want))-trim.MaxLen, 0))
				want = want[removed:]
			case 6:
				a, b := some(), some()
				require.Equal(t, want.between(a, b), entriesOf(s.Range(a, b)))
			}
			if step%100 == 0 {
				checkStream(t, append(modelStream(nil), want...), s)
			}
		}
		checkStream(t, append(modelStream(nil), want...), s.Clone().(*Stream))
	}
}

func TestRowOfIDsAgainstMap(t *testing.T) {
	const seed = 42
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, ids := range []int{10, 300, 5000} {
		row, want := idRow[StreamID]{}, map[StreamID]bool{}
		for step := range 20000 {
			id := StreamID{uint64(r.IntN(ids)), 0}
			if r.IntN(3) > step/5000%3 {
				require.Equal(t, want[id], row.get(id) != nil)
				if !want[id] {
					row.put(id)
				}
				want[id] = true
			} else {
				require.Equal(t, want[id], row.remove(id))
				delete(want, id)
			}
			require.Equal(t, len(want), row.len())
			if step%500 == 0 {
				checkRow(t, want, &row, id)
			}
		}
	}
}

func checkRow(t *testing.T, want map[StreamID]bool, row *idRow[StreamID], from StreamID) {
	t.Helper()
	sorted := slices.SortedFunc(maps.Keys(want), StreamID.Compare)
	var all, tail []StreamID
	row.each(StreamID{}, func(id *StreamID) bool { all = append(all, *id); return true })
	row.each(from, func(id *StreamID) bool { tail = append(tail, *id); return true })
	require.Equal(t, sorted, all)
	i, _ := slices.BinarySearchFunc(sorted, from, StreamID.Compare)
	require.Equal(t, len(sorted)-i, len(tail))
	if len(tail) > 0 {
		require.Equal(t, sorted[i], *row.from(from))
		require.Equal(t, sorted[len(sorted)-1], *row.last())
	}
	for _, c := range row.chunks {
		require.True(t, len(c) > 0 && len(c) <= rowChunk)
	}
}

// A group is compared with a map from ids to the names of consumers.
func TestGroupAgainstMap(t *testing.T) {
	const seed = 43
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s, want := &Stream{}, map[StreamID]string{}
	require.True(t, s.CreateGroup([]byte("g"), StreamID{}, 0))
	require.False(t, s.CreateGroup([]byte("g"), StreamID{}, 0))
	g, now := s.Group([]byte("g")), int64(0)
	for range 20000 {
		now++
		name := string(rune('a' + r.IntN(4)))
		id := StreamID{uint64(1 + r.IntN(500)), 0}
		switch r.IntN(8) {
		case 0, 1, 2:
			c, _ := g.CreateConsumer([]byte(name), now)
			g.Deliver(id, c, now, true)
			want[id] = name
			require.Equal(t, Pending{id, c, now, 1}, *g.Pending(id))
		case 3, 4, 5:
			_, there := want[id]
			require.Equal(t, there, g.Ack(id))
			delete(want, id)
		case 6:
			if p := g.Pending(id); p != nil {
				c, _ := g.CreateConsumer([]byte(name), now)
				g.Claim(p, c, now, 7)
				want[id] = name
			}
		case 7:
			if r.IntN(100) == 0 {
				n := 0
				maps.DeleteFunc(want, func(_ StreamID, owner string) bool { n += count(owner == name); return owner == name })
				got, _ := g.DeleteConsumer([]byte(name))
				require.Equal(t, n, got)
			}
		}
	}
	copied := s.Clone().(*Stream)
	for _, s := range []*Stream{s, copied} {
		got, g := map[StreamID]string{}, s.Group([]byte("g"))
		g.EachPending(nil, StreamID{}, func(p *Pending) bool { got[p.ID] = p.Consumer.Name; return true })
		require.Equal(t, want, got)
		for _, c := range g.Consumers() {
			g.EachPending(c, StreamID{}, func(p *Pending) bool {
				require.Same(t, c, p.Consumer)
				delete(got, p.ID)
				return true
			})
		}
		require.Empty(t, got, "consumers name all that is pending")
		checkStream(t, nil, s)
	}
	require.True(t, s.DestroyGroup([]byte("g")))
	checkStream(t, nil, s)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestStreamIDs(t *testing.T) {
	last, ok := LastStreamID.Next()
	require.True(t, last.IsZero() && !ok)
	id, ok := (StreamID{5, math.MaxUint64}).Next()
	require.Equal(t, StreamID{6, 0}, id)
	require.True(t, ok)
	id, ok = (StreamID{6, 0}).Prev()
	require.Equal(t, StreamID{5, math.MaxUint64}, id)
	require.True(t, ok)
	_, ok = (StreamID{}).Prev()
	require.False(t, ok)
	s := &Stream{Last: StreamID{7, math.MaxUint64}}
	id, _ = s.NextID(3)
	require.Equal(t, "8-0", id.String())
}

// How many nodes Redis 8.0.2 has in its tree for these ids, one entry in each.
func TestRadixNodes(t *testing.T) {
	for _, c := range []struct {
		ids   []StreamID
		nodes int
	}{
		{nil, 1},
		{[]StreamID{{1, 0}}, 2},
		{[]StreamID{{1, 0}, {1, 1}}, 4},
		{[]StreamID{{1, 0}, {1, 1}, {2, 0}}, 8},
		{[]StreamID{{1, 0}, {1, 256}}, 6},
		{[]StreamID{{1, 0}, {1, 1}, {1, 256}, {256, 0}, {1 << 40, 7}}, 15},
	} {
		s := &Stream{}
		for _, id := range c.ids {
			s.Add(id, byteWords("f", "v"), &Limits{StreamNodeEntries: 1})
		}
		require.Equal(t, c.nodes, s.RadixNodes(), "%v", c.ids)
	}
}

// TestRadixNodesAreCounted: the count is kept as nodes come and go, and is what counting all
// of them anew says.
func TestRadixNodesAreCounted(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s, kept := &Stream{}, 0
	for range 5000 {
		next, _ := s.Last.Next()
		switch r.IntN(8) {
		case 0, 1:
			s.Trim(StreamTrim{MaxLen: s.Len() - r.Int64N(6), Limit: 3})
		case 2:
			s.Trim(StreamTrim{MaxLen: s.Len() / 2})
		case 3:
			for e := range s.Range(StreamID{}, LastStreamID) {
				if r.IntN(8) == 0 {
					s.Delete(e.ID)
					break
				}
			}
		default:
			for range r.IntN(20) {
				next = StreamID{next.Ms + 1<<r.IntN(24)>>r.IntN(24), next.Seq + 1 + r.Uint64N(300)}
				s.Add(next, byteWords("f", "v"), &Limits{StreamNodeEntries: 1})
			}
		}
		if s.radix > 0 {
			kept++
			require.Equal(t, (&Stream{nodes: s.nodes}).RadixNodes(), s.radix)
		}
		if r.IntN(3) == 0 {
			require.Equal(t, (&Stream{nodes: s.nodes}).RadixNodes(), s.RadixNodes())
		}
	}
	require.Greater(t, kept, 2000)
}

// The nodes that trimming leaves behind must not keep the memory of those that are gone.
func TestStreamForgetsWhatItTrims(t *testing.T) {
	s := &Stream{}
	for i := range uint64(10_000) {
		s.Add(StreamID{i + 1, 0}, byteWords("f", "v"), &DefaultLimits)
		s.Trim(StreamTrim{MaxLen: 100})
	}
	require.LessOrEqual(t, len(s.nodes), 2)
	require.LessOrEqual(t, cap(s.nodes), 16)
	require.Less(t, s.MemSize(), int64(8<<10))
}

func BenchmarkStreamAdd(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s, fields, next := &Stream{}, byteWords("field", "value"), uint64(0)
			add := func() {
				next++
				s.Add(StreamID{next, 0}, fields, &DefaultLimits)
			}
			for range n {
				add()
			}
			b.ReportAllocs()
			for b.Loop() {
				add()
				s.Trim(StreamTrim{MaxLen: int64(n), Approx: true})
			}
		})
	}
}

func BenchmarkStreamRange(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := &Stream{}
			for i := range uint64(n) {
				s.Add(StreamID{i + 1, 0}, byteWords("field", "value"), &DefaultLimits)
			}
			r := rand.New(rand.NewPCG(1, 1))
			for b.Loop() {
				n := 0
				for range s.Range(StreamID{1 + r.Uint64N(uint64(n)+1), 0}, LastStreamID) {
					if n++; n == 10 {
						break
					}
				}
			}
		})
	}
}

func BenchmarkGroupDeliverAck(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := &Stream{}
			s.CreateGroup([]byte("g"), StreamID{}, 0)
			g := s.Group([]byte("g"))
			c, _ := g.CreateConsumer([]byte("c"), 0)
			next := uint64(0)
			deliver := func() {
				next++
				g.Deliver(StreamID{next, 0}, c, 0, true)
			}
			for range n {
				deliver()
			}
			b.ReportAllocs()
			for b.Loop() {
				deliver()
				g.Ack(StreamID{next - uint64(n), 0})
			}
		})
	}
}
