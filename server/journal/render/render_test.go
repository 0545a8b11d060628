package render

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/tracking"
)

func TestWrite(t *testing.T) {
	var b strings.Builder
	require.ErrorContains(t, Write(&b, "svg", nil), `there is no format "svg"; the formats are jsonl, `)
	for _, name := range Formats() {
		require.NoError(t, Write(&b, strings.ToUpper(name), nil), name)
		require.ErrorIs(t, Write(broken{}, name, []tracking.Event{{Kind: tracking.Began, Client: 1, Words: []string{"PING"}}}), errBroken, name)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// A diagram leaves out what its reader does not ask for, and shows why keys are gone.
func TestText(t *testing.T) {
	var b strings.Builder
	require.NoError(t, Write(&b, "text", []tracking.Event{
		{Seq: 1, At: at, Kind: tracking.Connected, Client: 1, Text: "127.0.0.1:1"},
		{Seq: 2, At: at, Kind: tracking.Began, Client: 1, Words: []string{"GET", "k"}},
		{Seq: 3, At: at, Kind: tracking.Remembered, Client: 1, Keys: []string{"k"}},
		{Seq: 4, At: at, Kind: tracking.Ended, Client: 1, Bytes: []byte("$1\r\nv\r\n"), CausedBy: 2},
		{Seq: 5, At: at.Add(time.Second), Kind: tracking.Removed, Keys: []string{"k"}, Cause: tracking.Expired},
		{Seq: 6, At: at.Add(time.Second), Kind: tracking.Gathered, Keys: []string{"k"}, Cause: tracking.Expired},
		{Seq: 7, At: at.Add(time.Second), Kind: tracking.Forgotten, Keys: []string{"k"}, Cause: tracking.Expired},
		{Seq: 8, At: at.Add(time.Second), Kind: tracking.CycleEnded},
	}))
	require.Equal(t, `            │ client 1                                              │ direct access,
            │                                                       │ the clock
    0.000ms │ > GET k  < v                                          │
 1000.000ms │                                                       │ (expired: [k])
`, b.String())
}
