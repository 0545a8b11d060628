package keyspace

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

type testDeadline struct {
	at  int64
	pos int
}

func (d *testDeadline) deadline() int64 { return d.at }
func (d *testDeadline) place() int      { return d.pos }
func (d *testDeadline) setPlace(i int)  { d.pos = i }

func TestDeadlinesAgainstSlice(t *testing.T) {
	const seed = 9
	r := rand.New(rand.NewPCG(seed, 0))
	var heap deadlines[*testDeadline]
	var model []*testDeadline
	for step := range 20000 {
		switch op := r.IntN(5); {
		case op < 2 || len(model) == 0:
			d := &testDeadline{at: r.Int64N(1000)}
			heap.add(d)
			model = append(model, d)
		case op == 2:
			i := r.IntN(len(model))
			heap.remove(model[i])
			model = slices.Delete(model, i, i+1)
		default:
			d := model[r.IntN(len(model))]
			d.at = r.Int64N(1000)
			heap.fix(d)
		}
		first, ok := heap.first()
		require.Equal(t, len(model) > 0, ok)
		require.Len(t, heap, len(model))
		for _, d := range model {
			if first.at > d.at {
				require.Fail(t, "not the earliest", "seed %d step %d", seed, step)
			}
		}
		if step%100 == 0 {
			for i, d := range heap {
				require.Equal(t, i, d.pos, "seed %d step %d", seed, step)
			}
		}
		if len(model) > 200 {
			heap, model = nil, nil
		}
	}
}

func TestDeadlinesGiveRoomBack(t *testing.T) {
	var h deadlines[*fieldLife]
	for i := range 1000 {
		h.add(&fieldLife{at: int64(i)})
	}
	for range 990 {
		first, _ := h.first()
		h.remove(first)
	}
	require.LessOrEqual(t, cap(h), 4*compactFrom)
}
