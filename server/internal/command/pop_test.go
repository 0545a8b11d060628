package command

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestParsePopMany(t *testing.T) {
	words := func(line string) [][]byte { return bytes.Fields([]byte(line)) }
	for _, tt := range []struct {
		line string
		keys string
		want Popping
		err  error
	}{
		{"1 k left", "k", Popping{Count: 1}, nil},
		{"2 k l RIGHT COUNT 7", "k l", Popping{Count: 7, Last: true}, nil},
		{"0 k left", "", Popping{}, ErrNumKeys},
		{"x k left", "", Popping{}, ErrNumKeys},
		{"2 k left", "", Popping{}, resp.ErrSyntax},
		{"9223372036854775807 k left", "", Popping{}, resp.ErrSyntax},
		{"1 k middle", "", Popping{}, resp.ErrSyntax},
		{"1 k left count", "", Popping{}, resp.ErrSyntax},
		{"1 k left other 1", "", Popping{}, resp.ErrSyntax},
		{"1 k left count 0", "", Popping{}, errCount},
		{"1 k left count 1 count 1", "", Popping{}, resp.ErrSyntax},
	} {
		keys, p, err := parsePopMany(words(tt.line), [2]string{"left", "right"})
		require.Equal(t, tt.err, err, tt.line)
		if err == nil {
			require.Equal(t, words(tt.keys), keys, tt.line)
			require.Equal(t, tt.want, p, tt.line)
		}
	}
}
