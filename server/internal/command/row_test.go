package command_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/command/lists"
	"github.com/tattle-server/tattle/server/internal/command/streams"
	"github.com/tattle-server/tattle/server/internal/command/zsets"
)

func run(*command.Call) error { return nil }

// Rows and their subcommands get what their group shares; a container, which does
// not run, gets neither flags nor categories.
func TestGroup(t *testing.T) {
	plain := []command.Row{
		{Name: "a", Flags: command.Fast, Run: run},
		{Name: "b", Group: "other", Sub: []command.Row{{Name: "c", Run: run}}},
	}
	rows := command.Group(command.Row{
		Group: "g", Flags: command.Stale, Categories: command.CatString, Keys: command.Key(command.RO), Wakes: command.WakesOn(keyspace.TypeList),
	}, plain)
	for _, row := range []command.Row{rows[0], rows[1].Sub[0]} {
		require.Equal(t, "g", row.Group)
		require.True(t, row.Is(command.Stale))
		require.Equal(t, command.CatString, row.Categories)
		require.Equal(t, command.Key(command.RO), row.Keys)
	}
	require.True(t, rows[0].Is(command.Fast))
	require.Equal(t, "other", rows[1].Group)
	require.Zero(t, rows[1].Flags)
	require.Zero(t, rows[1].Categories)
	require.Nil(t, rows[1].Keys)
	require.Empty(t, plain[0].Group)
	require.Nil(t, rows[0].Wakes, "it does not block")
	require.Empty(t, plain[1].Sub[0].Group)
}

// The Wakes of a blocking row itself takes precedence over that of its group.
func TestGroupWakes(t *testing.T) {
	always := func(*keyspace.Entry) bool { return true }
	rows := command.Group(command.Row{Wakes: command.WakesOn(keyspace.TypeList)}, []command.Row{
		{Name: "a", Flags: command.Blocking, Run: run}, {Name: "b", Flags: command.Blocking, Run: run, Wakes: always},
	})
	require.False(t, rows[0].Wakes(nil))
	require.True(t, rows[1].Wakes(nil))
}

// Two tables can be made from the same rows.
func TestTableLeavesRowsAlone(t *testing.T) {
	rows := []command.Row{{Name: "a", Sub: []command.Row{{Name: "b", Run: run}}}}
	one := command.NewTable(rows)
	two := command.NewTable([]command.Row{{Name: "first"}}, rows)
	require.Equal(t, 1, one.Named("a|b").ID())
	require.Equal(t, 2, two.Named("a|b").ID())
	require.Same(t, one.Named("a"), one.Named("a|b").Parent())
	require.Nil(t, rows[0].Sub[0].Parent())
}

// A command that blocks on keys has Wakes.
func TestBlockingRowsWake(t *testing.T) {
	blocking := 0
	for _, row := range slices.Concat(lists.Rows(), zsets.Rows(), streams.Rows()) {
		require.Equal(t, row.Is(command.Blocking), row.Wakes != nil, row.Name)
		if row.Wakes != nil {
			blocking++
			if row.Is(command.Write) && row.Group == "stream" {
				require.True(t, row.Wakes(nil), "XREADGROUP does not wait without its group")
				continue
			}
			require.False(t, row.Wakes(nil), "%s: the key is gone", row.Name)
			require.False(t, row.Wakes(&keyspace.Entry{}), "%s: the key holds a string", row.Name)
		}
	}
	require.Equal(t, 10, blocking)
}

func TestNamesAreThoseOfCommandInfo(t *testing.T) {
	hidden := command.MayReplicate | command.Unqueued | command.TouchesKeys
	require.Equal(t, []string{"write", "fast", "movablekeys"}, (command.Write | command.Fast | command.MovableKeys | hidden).Names())
}
