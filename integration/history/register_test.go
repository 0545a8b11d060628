package history

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// input is an operation on one key: a read, or a write of a value ("" deletes)
// that may ask for the old one.
type input struct {
	key   string
	write bool
	value string
	old   bool
}

// register is one key: a value, "" for none.
var register = porcupine.Model{
	Partition: func(history []porcupine.Operation) (parts [][]porcupine.Operation) {
		byKey := map[string]int{}
		for _, op := range history {
			key := op.Input.(input).key
			i, ok := byKey[key]
			if !ok {
				i = len(parts)
				byKey[key] = i
				parts = append(parts, nil)
			}
			parts[i] = append(parts[i], op)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, in, out any) (bool, any) {
		op := in.(input)
		seen, known := out.(string)
		if known && (!op.write || op.old) && seen != state {
			return false, state
		}
		if op.write {
			return true, op.value
		}
		return true, state
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %v", in, out) },
}

// recorder collects a history. It is safe for concurrent use.
type recorder struct {
	began time.Time
	mu    sync.Mutex
	ops   []porcupine.Operation
}

func (r *recorder) now() int64 { return int64(time.Since(r.began)) }

// record runs an operation and records it. If the connection ended before the reply, a read
// is left out, and a write may take place at any time from its beginning on.
func (r *recorder) record(client int, in input, run func() (string, error)) error {
	op := porcupine.Operation{ClientId: client, Input: in, Call: r.now()}
	out, err := run()
	op.Output, op.Return = out, r.now()
	if err != nil && !in.write {
		return err
	}
	if err != nil {
		op.Output, op.Return = nil, math.MaxInt64
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, op)
	return err
}

// checkLimit is how long to search: it ends searches that would not end by themselves.
const checkLimit = 60 * time.Second

// check fails the test if no order of the operations explains what they returned.
func (r *recorder) check(t *testing.T) {
	t.Helper()
	for _, part := range register.Partition(r.ops) {
		key := part[0].Input.(input).key
		switch porcupine.CheckOperationsTimeout(register, part, checkLimit) {
		case porcupine.Illegal:
			t.Errorf("the history of %s is not linearizable:", key)
			for _, op := range part {
				t.Logf("client %d %9d..%9d %s", op.ClientId, op.Call, op.Return, register.DescribeOperation(op.Input, op.Output))
			}
		case porcupine.Unknown:
			t.Errorf("the history of %s took too long to check: %d operations", key, len(part))
		}
	}
}

// checkQuietly reports whether an order of the operations explains what they
// returned.
func checkQuietly(r *recorder) bool { return porcupine.CheckOperations(register, r.ops) }
