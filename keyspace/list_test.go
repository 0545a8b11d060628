package keyspace

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func elements(l *List) []string {
	all := []string{}
	for s := range l.Range(0, l.Len()) {
		all = append(all, strings.Clone(s))
	}
	return all
}

// checkList compares a list, and what it counts, with a slice.
func checkList(t *testing.T, want []string, l *List) {
	t.Helper()
	require.Equal(t, want, elements(l))
	require.Equal(t, len(want) == 0, l.Empty())
	var text, packed int64
	for _, s := range want {
		text += int64(len(s))
		packed += packedSize(s)
	}
	require.Equal(t, text, l.text)
	require.Equal(t, packed, l.packed)
	back := []string{}
	for s := range l.Backward() {
		back = append(back, strings.Clone(s))
	}
	slices.Reverse(back)
	require.Equal(t, want, back)
	for i, s := range want {
		require.Equal(t, s, l.At(i))
	}
	require.LessOrEqual(t, len(l.nodes.room), max(1, 4*l.nodes.n), "the ring must shrink")
	require.LessOrEqual(t, l.nodes.n, len(want))
}

func TestListAgainstSlice(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	l, want := &List{}, []string{}
	for step := range 20000 {
		growing := step/500%2 == 0
		s := strings.Repeat(strconv.Itoa(r.IntN(12)), 1+r.IntN(3)*r.IntN(3)*r.IntN(300)) // several nodes
		switch op := r.IntN(10); {
		case op < 2 && growing:
			l.PushBack([]byte(s))
			want = append(want, s)
		case op < 4 && growing:
			l.PushFront([]byte(s))
			want = slices.Insert(want, 0, s)
		case op < 6 && growing:
			i := r.IntN(len(want) + 1)
			l.Insert(i, []byte(s))
			want = slices.Insert(want, i, s)
		case len(want) == 0:
		case op < 4:
			require.Equal(t, want[len(want)-1], string(l.PopBack()))
			want = want[:len(want)-1]
		case op < 8:
			require.Equal(t, want[0], string(l.PopFront()))
			want = want[1:]
		default:
			i := r.IntN(len(want))
			l.Set(i, []byte(s))
			want[i] = s
		}
		if step%50 == 0 {
			checkList(t, want, l)
		}
	}
	checkList(t, want, l)
}

func fill(words string) *List {
	l := &List{}
	for _, s := range strings.Fields(words) {
		l.PushBack([]byte(s))
	}
	return l
}

func TestListRemoveEqual(t *testing.T) {
	tests := []struct {
		max  int64
		n    int
		want string
	}{
		{0, 3, "b c"},
		{1, 1, "b a c a"},
		{2, 2, "b c a"},
		{3, 3, "b c"},
		{9, 3, "b c"},
		{-1, 1, "a b a c"},
		{-2, 2, "a b c"},
		{-3, 3, "b c"},
		{-1 << 63, 3, "b c"},
		{1<<63 - 1, 3, "b c"},
	}
	for _, tt := range tests {
		l := fill("b a c a")
		l.PushFront([]byte("a")) // so that there are two nodes
		require.Equal(t, tt.n, l.RemoveEqual([]byte("a"), tt.max), "max %d", tt.max)
		checkList(t, strings.Fields(tt.want), l)
	}
}

func TestListRemoveEqualAcrossNodes(t *testing.T) {
	for _, max := range []int64{0, 1, 700, -1, -700} {
		l, want := &List{}, []string{}
		for i := range 6000 {
			s := strings.Repeat("x", i%3)
			if i >= 2000 && i < 4500 {
				s = "xx" // a node with nothing else
			}
			l.PushBack([]byte(s))
			want = append(want, s)
		}
		left := int(cmp.Or(max, int64(len(want))))
		if max < 0 {
			left = -left
			slices.Reverse(want)
		}
		want = slices.DeleteFunc(want, func(s string) bool {
			left--
			if s != "xx" {
				left++
			}
			return s == "xx" && left >= 0
		})
		if max < 0 {
			slices.Reverse(want)
		}
		require.Equal(t, 6000-len(want), l.RemoveEqual([]byte("xx"), max))
		checkList(t, want, l)
	}
}

func TestListTrim(t *testing.T) {
	for from := range 5 {
		for to := from; to <= 4; to++ {
			l := fill("a b c d")
			l.Trim(from, to)
			checkList(t, append([]string{}, []string{"a", "b", "c", "d"}[from:to]...), l)
		}
	}
}

func TestListClone(t *testing.T) {
	l := fill("a b c")
	c := l.Clone().(*List)
	l.Set(0, []byte("z"))
	l.PushBack([]byte("d"))
	checkList(t, []string{"a", "b", "c"}, c)
}

func TestListEncoding(t *testing.T) {
	limits := DefaultLimits
	l := fill("a")
	l.Expect(&limits, 1, 8182)
	require.Equal(t, "listpack", l.Encoding(&limits), "10 bytes and 8182 are just 8192")
	l.Expect(&limits, 1, 8183)
	require.Equal(t, "quicklist", l.Encoding(&limits))
	l.Settle(&limits)
	require.Equal(t, "listpack", l.Encoding(&limits))

	limits.ListListpackSize = 4
	l = fill("a b c d")
	l.Expect(&limits, 0, 0)
	require.Equal(t, "listpack", l.Encoding(&limits))
	l.Expect(&limits, 1, 1)
	l.PushBack([]byte("e"))
	l.Trim(0, 3)
	l.Settle(&limits)
	require.Equal(t, "quicklist", l.Encoding(&limits), "more than half of the limit")
	l.PopBack()
	l.Settle(&limits)
	require.Equal(t, "listpack", l.Encoding(&limits))
}

// The figures are those of DEBUG OBJECT in Redis 8.0.2.
func TestListNodes(t *testing.T) {
	for _, tt := range []struct {
		size, count  int64
		element      func(i int) string
		nodes, bytes int64
	}{
		{-2, 3000, func(i int) string { return "element" + strconv.Itoa(i) }, 5, 37928},
		{-1, 1500, func(i int) string { return "element" + strconv.Itoa(i) }, 5, 18428},
		{-2, 300, func(i int) string { return strings.Repeat("x", 20*i) }, 156, 905571},
		{5, 30, func(i int) string { return strings.Repeat("x", i) }, 6, 567},
		{5, 30, func(i int) string { return strings.Repeat("x", 400*i) }, 24, 186208},
		{-2, 5, func(int) string { return strings.Repeat("x", 9000) }, 5, 45000},
	} {
		limits, l := DefaultLimits, &List{}
		limits.ListListpackSize = tt.size
		for i := range tt.count {
			l.PushBack([]byte(tt.element(int(i) + 1)))
		}
		l.Expect(&limits, 0, 0)
		nodes, bytes := l.Nodes(&limits)
		require.Equal(t, tt.nodes, int64(nodes), tt)
		require.Equal(t, tt.bytes, bytes, tt)
	}
}

func TestPackedSize(t *testing.T) {
	tests := map[string]int64{
		"": 2, "a": 3, "0": 2, "127": 2, "128": 3, "-1": 3, "-4096": 3, "4096": 4, "32768": 5, "8388608": 6,
		"2147483648": 10, "-9223372036854775808": 10, "9223372036854775808": 21, "007": 5, "-0": 4, "-": 3,
		strings.Repeat("x", 63): 65, strings.Repeat("x", 64): 67, strings.Repeat("x", 125): 128,
		strings.Repeat("x", 126): 130, strings.Repeat("x", 4096): 4103,
	}
	for s, want := range tests {
		require.Equal(t, want, packedSize(s), "%q", s)
	}
}

// What was taken from one end may be put in again at either, though it lies in the list.
func TestListRotates(t *testing.T) {
	for _, from := range []bool{false, true} {
		for _, to := range []bool{false, true} {
			l, want := &List{}, []string{}
			for i := range 3000 { // several nodes
				s := strings.Repeat(strconv.Itoa(i), 1+i%3)
				l.PushBack([]byte(s))
				want = append(want, s)
			}
			for range 7000 {
				if from {
					s := want[0]
					want = want[1:]
					want = rotated(l.PopFront(), s, l, want, to)
				} else {
					s := want[len(want)-1]
					want = rotated(l.PopBack(), s, l, want[:len(want)-1], to)
				}
			}
			checkList(t, want, l)
		}
	}
}

func rotated(taken []byte, s string, l *List, want []string, front bool) []string {
	if front {
		l.PushFront(taken)
		return slices.Insert(want, 0, s)
	}
	l.PushBack(taken)
	return append(want, s)
}
