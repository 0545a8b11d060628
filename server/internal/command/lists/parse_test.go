package lists

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func split(line string) [][]byte {
	var out [][]byte
	for _, w := range strings.Fields(line) {
		out = append(out, []byte(w))
	}
	return out
}

func TestParsePos(t *testing.T) {
	element := []byte("e")
	tests := []struct {
		line string
		want posArgs
		err  error
	}{
		{"lpos k e", posArgs{element: element, rank: 1, count: 1}, nil},
		{"lpos k e RANK -2 maxlen 3", posArgs{element: element, rank: -2, count: 1, maxLen: 3}, nil},
		{"lpos k e count 0", posArgs{element: element, rank: 1, many: true}, nil},
		{"lpos k e rank 0", posArgs{}, errRankZero},
		{"lpos k e rank -9223372036854775808", posArgs{}, resp.ErrSignedRange},
		{"lpos k e rank x", posArgs{}, resp.ErrNotInteger},
		{"lpos k e count -1", posArgs{}, errCountNeg},
		{"lpos k e maxlen x", posArgs{}, errMaxLenNeg},
		{"lpos k e count", posArgs{}, resp.ErrSyntax},
		{"lpos k e other 1", posArgs{}, resp.ErrSyntax},
	}
	for _, tt := range tests {
		got, err := parsePos(split(tt.line))
		require.Equal(t, tt.err, err, tt.line)
		if err == nil {
			require.Equal(t, tt.want, got, tt.line)
		}
	}
}

func TestParseMove(t *testing.T) {
	a, err := parseMove(split("blmove a b LEFT right 0.5"))
	require.NoError(t, err)
	require.Equal(t, moveArgs{[]byte("a"), []byte("b"), head, tail, true, 500}, a)
	a, err = parsePopPush(split("rpoplpush a b"))
	require.NoError(t, err)
	require.Equal(t, moveArgs{[]byte("a"), []byte("b"), tail, head, false, 0}, a)
	_, err = parseMove(split("blmove a b up right x"))
	require.Equal(t, resp.ErrSyntax, err)
	_, err = parseMove(split("blmove a b left right x"))
	require.Equal(t, resp.ErrTimeout, err)
}

func TestParseInsert(t *testing.T) {
	a, err := parseInsert(split("linsert k After p e"))
	require.NoError(t, err)
	require.Equal(t, insertArgs{[]byte("k"), []byte("p"), []byte("e"), true}, a)
	_, err = parseInsert(split("linsert k at p e"))
	require.Equal(t, resp.ErrSyntax, err)
}
