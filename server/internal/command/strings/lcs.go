package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of LCS.
const (
	errLCSType   = resp.Error("ERR The specified keys must contain string values")
	errLCSBoth   = resp.Error("ERR If you want both the length and indexes, please just use IDX.")
	errLCSMemory = resp.Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
)

// lcsCell is the number of bytes that Redis uses for each pair of positions. It limits the
// product of the lengths, although our table is smaller.
const lcsCell = 4

// lcsArgs is LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN].
type lcsArgs struct {
	length, idx  bool
	minMatch     int64
	withMatchLen bool
}

func parseLCS(args [][]byte) (a lcsArgs, err error) {
	for i := 3; i < len(args); i++ {
		switch word := args[i]; {
		case command.Is(word, "idx"):
			a.idx = true
		case command.Is(word, "len"):
			a.length = true
		case command.Is(word, "withmatchlen"):
			a.withMatchLen = true
		case command.Is(word, "minmatchlen") && i+1 < len(args):
			i++
			if a.minMatch, err = command.Int(args[i]); err != nil {
				return a, err
			}
		default:
			return a, resp.ErrSyntax
		}
	}
	if a.idx && a.length {
		return a, errLCSBoth
	}
	return a, nil
}

func runLCS(c *command.Call) error {
	x, errX := keyspace.Str(c.DB.LookupRead(c.Args[1]))
	y, errY := keyspace.Str(c.DB.LookupRead(c.Args[2]))
	if errX != nil || errY != nil {
		return errLCSType
	}
	a, err := parseLCS(c.Args)
	if err != nil {
		return err
	}
	if int64(len(x)+1)*int64(len(y)+1)*lcsCell > stringMax(c) {
		return errLCSMemory
	}
	t := newLCSTable(x, y)
	switch {
	case a.length:
		c.Out.Len(t.length)
	case a.idx:
		a.replyMatches(c.Out, t)
	default:
		c.Out.Bulk(t.common())
	}
	return nil
}

// replyMatches replies with the positions of the common stretches, the last one first.
func (a *lcsArgs) replyMatches(out *resp.Writer, t *lcsTable) {
	out.Map(2)
	out.BulkString("matches")
	m, n := out.Later(), 0
	t.walk(func(i, j, size int) {
		if int64(size) < a.minMatch {
			return
		}
		n++
		if a.withMatchLen {
			out.Array(3)
		} else {
			out.Array(2)
		}
		for _, from := range [2]int{i, j} {
			out.Array(2)
			out.Len(from)
			out.Len(from + size - 1)
		}
		if a.withMatchLen {
			out.Len(size)
		}
	})
	out.CloseArray(m, n)
	out.BulkString("len")
	out.Len(t.length)
}

// lcsTable finds a longest common subsequence of x and y. The textbook table
// holds, for each i and j, the length for the first i bytes of x and the first
// j of y. To find the way back from its end it is enough to know, where two
// bytes differ, whether dropping x's was better than dropping y's: one bit.
type lcsTable struct {
	x, y   []byte
	length int
	dropX  []uint64
}

func newLCSTable(x, y []byte) *lcsTable {
	t := &lcsTable{x: x, y: y, dropX: make([]uint64, (len(x)*len(y)+63)/64)}
	above, row := make([]uint32, len(y)+1), make([]uint32, len(y)+1)
	for i, cx := range x {
		base := i * len(y)
		for j, cy := range y {
			switch up, left := above[j+1], row[j]; {
			case cx == cy:
				row[j+1] = above[j] + 1
			case up > left:
				row[j+1] = up
				t.dropX[(base+j)/64] |= 1 << ((base + j) % 64)
			default:
				row[j+1] = left
			}
		}
		above, row = row, above
	}
	t.length = int(above[len(y)])
	return t
}

// walk calls visit for each stretch of the subsequence that is unbroken in both strings,
// from the last to the first. It passes where the stretch begins in x and y, and its size.
func (t *lcsTable) walk(visit func(i, j, size int)) {
	size := 0
	end := func(i, j int) {
		if size > 0 {
			visit(i, j, size)
		}
		size = 0
	}
	i, j := len(t.x), len(t.y)
	for i > 0 && j > 0 {
		if t.x[i-1] == t.y[j-1] {
			i, j, size = i-1, j-1, size+1
			continue
		}
		end(i, j)
		if cell := (i-1)*len(t.y) + j - 1; t.dropX[cell/64]>>(cell%64)&1 != 0 {
			i--
		} else {
			j--
		}
	}
	end(i, j)
}

// common returns the subsequence.
func (t *lcsTable) common() []byte {
	out := make([]byte, t.length)
	at := t.length
	t.walk(func(i, _, size int) {
		at -= size
		copy(out[at:], t.x[i:i+size])
	})
	return out
}

var lcsRows = []command.Row{
	{Name: "lcs", Arity: -3, Since: "7.0.0", Run: runLCS, Summary: "Compares two strings by their longest common subsequence",
		Flags: command.ReadOnly, Keys: []command.KeySpec{command.Range(1, 1, 1, command.RO|command.Access)}},
}
