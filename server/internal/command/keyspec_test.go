package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/command"
)

// A count that is not quite a number, or does not fit, still finds keys in Redis,
// though without knowing what is done to them.
func TestCountedKeys(t *testing.T) {
	row := command.Row{Keys: []command.KeySpec{command.At(1, command.OW), command.Counted(2, command.RO)}}
	for line, want := range map[string][]command.KeyRef{
		"x d 1 a b":                    {{Pos: 1, Flags: command.OW}, {Pos: 3, Flags: command.RO}},
		"x d 2 a b":                    {{Pos: 1, Flags: command.OW}, {Pos: 3, Flags: command.RO}, {Pos: 4, Flags: command.RO}},
		"x d 3 a b":                    nil,
		"x d 0 a b":                    nil,
		"x d -1 a b":                   nil,
		"x d y a b":                    nil,
		"x d 99999999999999999999 a b": nil,
		"x d 1y a b":                   {{Pos: 3}, {Pos: 1}},
		"x d 01 a b":                   {{Pos: 3}, {Pos: 1}},
		"x d +2 a b":                   {{Pos: 3}, {Pos: 4}, {Pos: 1}},
		"x d 4294967297 a b":           {{Pos: 3}, {Pos: 1}}, // as 32 bits
	} {
		var args [][]byte
		for _, word := range strings.Fields(line) {
			args = append(args, []byte(word))
		}
		got, err := row.AppendKeys(nil, args)
		require.NoError(t, err, line)
		require.Len(t, got, len(want), line)
		for i := range want {
			require.Equal(t, want[i], got[i], line)
		}
	}
}
