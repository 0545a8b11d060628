package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

var update = flag.Bool("update", false, "record the session of testdata anew, and write it in each format")

// In testdata is a session in each format, so that a change is seen as it will be read.
func TestFormats(t *testing.T) {
	if *update {
		events := recorded(t, func(t *testing.T, srv *servertest.Server) {
			app, worker := srv.Connect3(t), srv.Connect(t)
			app.Do("CLIENT", "SETNAME", "app")
			app.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
			app.Do("GET", "user:1")
			worker.Do("SET", "user:1", "Ada; 100%")
			app.Read()
			app.Do("GET", "user:1")
			app.Do("SET", "user:1", "Grace")
			worker.Do("SET", "user:2", "x", "PX", "1500")
			app.Do("GET", "user:2")
		}, manual)
		require.NoError(t, os.WriteFile("testdata/session.jsonl", []byte(written(t, "jsonl", events)), 0o666))
	}
	file, err := os.ReadFile("testdata/session.jsonl")
	require.NoError(t, err)
	events, err := render.ReadJSONL(bytes.NewReader(file))
	require.NoError(t, err)
	for _, format := range render.Formats() {
		path, got := "testdata/session."+format, written(t, format, events)
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o666))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), got, "%s; -update writes it anew", format)
	}
}

// each renders the sessions in a format.
func each(t *testing.T, format string, check func(t *testing.T, text string)) {
	for _, s := range sessions {
		t.Run(s.name, func(t *testing.T) { check(t, written(t, format, recorded(t, s.run, s.opts...))) })
	}
}

// A ShiViz log begins with its own regular expression, and its clocks are vector clocks.
func TestShiViz(t *testing.T) {
	each(t, "shiviz", func(t *testing.T, text string) {
		head, log, _ := strings.Cut(text, "\n\n")
		line := regexp.MustCompile("^" + head + "$")
		known := map[string]map[string]int{}
		for l := range strings.Lines(log) {
			m := line.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
			require.NotNil(t, m, l)
			host, clock := m[1], map[string]int{}
			require.NoError(t, json.Unmarshal([]byte(m[2]), &clock))
			require.Equal(t, known[host][host]+1, clock[host], l)
			for other, n := range known[host] {
				require.GreaterOrEqual(t, clock[other], n, l)
			}
			for other, n := range clock {
				require.True(t, other == host || n <= known[other][other], "it knows what has not happened: %s", l)
			}
			known[host] = clock
		}
	})
}

// The write and the push that it causes are in order, and what nothing connects is not.
func TestShiVizShowsCauses(t *testing.T) {
	text := written(t, "shiviz", []tracking.Event{
		{Seq: 1, Kind: tracking.Began, Client: 1, Words: []string{"SET", "k", "1"}},
		{Seq: 2, Kind: tracking.Message, Client: 2, Receiver: 2, Keys: []string{"k"}, Writer: 1, CausedBy: 1},
		{Seq: 3, Kind: tracking.Pushed, Client: 2, Bytes: []byte("$3\r\nk\r\n\r\n"), CausedBy: 2},
		{Seq: 4, Kind: tracking.Began, Client: 3, Words: []string{"PING"}},
	})
	require.Contains(t, text, `c2 {"c1":1,"c2":1,"server":2} 0.000ms k`)
	require.Contains(t, text, `c3 {"c3":1} 0.000ms PING`)
	require.Contains(t, text, `"server":2} 0.000ms k\r\n`+"\n", "escaped once")
}

// In a trace slices nest on their track, and each arrow connects two of them.
func TestPerfetto(t *testing.T) {
	type event struct {
		Phase    string `json:"ph"`
		Time     int64  `json:"ts"`
		Duration int64  `json:"dur"`
		Process  int    `json:"pid"`
		Thread   int    `json:"tid"`
		ID       int
	}
	connected := 0
	each(t, "perfetto", func(t *testing.T, text string) {
		var trace struct{ TraceEvents []event }
		require.NoError(t, json.Unmarshal([]byte(text), &trace))
		ends, arrows, named := map[string][]int64{}, map[int][]event{}, map[string]bool{}
		for _, e := range trace.TraceEvents {
			track := fmt.Sprint(e.Process, " ", e.Thread)
			switch e.Phase {
			case "M":
				named[track] = true
			case "s", "f":
				arrows[e.ID] = append(arrows[e.ID], e)
			case "X":
				require.True(t, named[track])
				require.Positive(t, e.Duration)
				open := ends[track]
				for len(open) > 0 && open[len(open)-1] <= e.Time {
					open = open[:len(open)-1]
				}
				if len(open) > 0 {
					require.LessOrEqual(t, e.Time+e.Duration, open[len(open)-1])
				}
				ends[track] = append(open, e.Time+e.Duration)
			}
		}
		for _, pair := range arrows {
			require.Len(t, pair, 2)
			require.Equal(t, "sf", pair[0].Phase+pair[1].Phase)
			require.Less(t, pair[0].Time, pair[1].Time)
		}
		connected += len(arrows)
	})
	require.Greater(t, connected, 50)
}

// Mermaid takes ; and # and % for its own, and browsers < and &.
func TestMermaidEscapes(t *testing.T) {
	text := written(t, "mermaid", []tracking.Event{
		{Seq: 1, Kind: tracking.Began, Client: 1, Name: "a;b", Words: []string{"SET", "k", "#;%<b>&$`\n"}},
		{Seq: 2, Kind: tracking.Ended, Client: 1, Bytes: []byte("$0\r\n\r\n"), CausedBy: 1},
	})
	require.Equal(t, `sequenceDiagram
    participant server
    participant c1 as client 1 (a#59;b)
    c1->>server: SET k #35;#59;#37;#60;b#62;#38;#36;#96;\n
    server-->>c1: #8203;
`, text)
}

// redis-cli reads the words of a script as they were sent.
func TestRedisCLIQuotes(t *testing.T) {
	words := []string{"SET", "", "a b", "'", "\"\\", "\r\n\x00\x7f", "\xff", "é", "#x", "$x", "{a}"}
	text := written(t, "rediscli", []tracking.Event{{Seq: 1, Kind: tracking.Began, Client: 1, Words: words}})
	require.Contains(t, text, "\n"+`SET "" "a b" "'" "\"\\" "\r\n\x00\x7f" "\xff" é "#x" $x {a}`+"\n")
}
