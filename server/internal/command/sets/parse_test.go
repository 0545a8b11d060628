package sets

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func split(line string) [][]byte {
	var out [][]byte
	for _, w := range strings.Fields(line) {
		out = append(out, []byte(w))
	}
	return out
}

func TestParseInterCard(t *testing.T) {
	tests := []struct {
		line string
		want interCardArgs
		err  error
	}{
		{"sintercard 1 k", interCardArgs{split("k"), 0}, nil},
		{"sintercard 2 k l LIMIT 1 limit 2", interCardArgs{split("k l"), 2}, nil},
		{"sintercard 0 k", interCardArgs{}, command.ErrNumKeys},
		{"sintercard x k", interCardArgs{}, command.ErrNumKeys},
		{"sintercard 2 k", interCardArgs{}, resp.ErrBadNumKeys},
		{"sintercard 9223372036854775807 k", interCardArgs{}, resp.ErrBadNumKeys},
		{"sintercard 1 k limit", interCardArgs{}, resp.ErrSyntax},
		{"sintercard 1 k other 1", interCardArgs{}, resp.ErrSyntax},
		{"sintercard 1 k limit -1", interCardArgs{}, errLimitNeg},
		{"sintercard 1 k limit x", interCardArgs{}, errLimitNeg},
	}
	for _, tt := range tests {
		got, err := parseInterCard(split(tt.line))
		require.Equal(t, tt.err, err, tt.line)
		if err == nil {
			require.Equal(t, tt.want, got, tt.line)
		}
	}
}
