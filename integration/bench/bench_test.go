//go:build linux

package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sample is the report of a made-up run: get is half as fast as Redis, bcast is
// fifty times as fast with many prefixes.
func sample() *Report {
	r := &Report{Rounds: 3, Servers: []Server{{Redis, "redis 8.0.2"}, {Tattle, "tattle"}}}
	get, _ := Find("get")
	r.add(get, map[point]map[string][]float64{
		{"throughput", 0}: {Redis: {100, 300, 200}, Tattle: {90, 110, 100}},
	})
	bcast, _ := Find("bcast")
	r.add(bcast, map[point]map[string][]float64{
		{"throughput", 10_000}: {Redis: {10}, Tattle: {500}},
		{"throughput", 1}:      {Redis: {1000}, Tattle: {1000}},
	})
	holders, _ := Find("holders")
	r.add(holders, map[point]map[string][]float64{
		{"bytes/holder", 50}: {Redis: {53}, Tattle: {8.5}},
	})
	r.judgeNoise()
	return r
}

func TestReport(t *testing.T) {
	r := sample()
	get := r.Results[0]
	require.Equal(t, 200.0, get.Servers[Redis].Median)
	require.Equal(t, 1.0, get.Servers[Redis].Spread)
	require.Equal(t, 0.5, get.Ratio)
	met, known := get.Met()
	require.True(t, known)
	require.False(t, met)
	require.Equal(t, "throughput@1", r.Results[1].Name())
	met, _ = r.Results[2].Met()
	require.True(t, met)
	met, known = r.Results[3].Met()
	require.True(t, met && known, "absolute goals do not need Redis")
	require.Equal(t, []string{"get throughput: Redis itself differs by 100 % between rounds"}, r.Warnings)
}

func TestReportRoundTrip(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, sample().WriteJSON(&b))
	r, err := ReadReport(&b)
	require.NoError(t, err)
	require.Equal(t, sample(), r)
	_, err = ReadReport(strings.NewReader("nonsense"))
	require.Error(t, err)
}

func TestTable(t *testing.T) {
	var b strings.Builder
	sample().WriteTable(&b)
	lines := strings.Split(b.String(), "\n")
	require.Equal(t, "| get     | throughput       | op/s |         200 |    100 |  0.50 |      >= 1 |  NO |  100 % |", lines[4])
}

func TestFloor(t *testing.T) {
	for _, test := range []struct {
		floor string
		want  []string
	}{
		{"get throughput >= 0.5", nil},
		{"# nothing but a comment\n\nget throughput >= 0.4 # and one more", nil},
		{"get throughput >= 0.6", []string{"get throughput >= 0.60: it is 0.50"}},
		{"get throughput <= 0.4", []string{"get throughput <= 0.40: it is 0.50"}},
		{"bcast throughput@10000 >= 50", nil},
		{"bcast throughput@10000 >= 51", []string{"bcast throughput@10000 >= 51.0: it is 50.0"}},
		{"bcast throughput@100000 >= 1", []string{"bcast throughput@100000 >= 1: was not measured"}},
		{"fanout reply <= 1", nil},
		{"holders bytes/holder@50 <= 10 B", nil},
		{"holders bytes/holder@50 <= 8 B", []string{"holders bytes/holder@50 <= 8 B: it is 8.50"}},
		{"get throughput >= 5 B", []string{`get throughput >= 5 B: the figure is in "op/s", which no floor may name: only ratios and bytes are judged`}},
	} {
		floor, err := ReadFloor(strings.NewReader(test.floor))
		require.NoError(t, err, test.floor)
		require.Equal(t, test.want, sample().Check(floor), test.floor)
	}
}

func TestFloorErrors(t *testing.T) {
	for _, text := range []string{"get", "get throughput 1", "get throughput = 1", "get throughput >= many", "get throughput >= 1 ms"} {
		_, err := ReadFloor(strings.NewReader("\n" + text))
		require.ErrorContains(t, err, "line 2 of the floor", text)
	}
}

// TestRecordedFloor: each line of the committed floor names a figure that exists.
func TestRecordedFloor(t *testing.T) {
	file, err := os.Open("../bench.floor")
	require.NoError(t, err)
	defer file.Close()
	floor, err := ReadFloor(file)
	require.NoError(t, err)
	for _, b := range floor {
		c, ok := Find(b.Case)
		require.True(t, ok, b)
		name, _, _ := strings.Cut(b.Figure, "@")
		require.NotEmpty(t, c.figure(name).Unit+c.figure(name).Goal.Op, b)
	}
}

func TestPlots(t *testing.T) {
	r := sample()
	plots := r.Plots()
	require.Len(t, plots, 1, "figures with a single X make no line")
	require.Equal(t, "bcast-throughput", plots[0].Name)
	require.Equal(t, [][2]float64{{1, 1000}, {10_000, 10}}, plots[0].Series[0].Points)
	var b bytes.Buffer
	require.NoError(t, plots[0].WriteSVG(&b))
	require.Equal(t, 2, strings.Count(b.String(), "<polyline"))
	for d := xml.NewDecoder(&b); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
	}
}

func TestTemplate(t *testing.T) {
	require.Equal(t, "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000001207\r\n", string(getKey.Append(nil, 1207)))
	require.Equal(t, "*1\r\n$4\r\nPING\r\n", string(NewTemplate("PING").Append(nil, 5)))
	require.Equal(t, getKey.Append(nil, 30), getKey.Of([]uint32{10, 20, 30}).Append(nil, 2))
	two := getKey.Append(getKey.Append(nil, 1), 999_999_999_999)
	require.True(t, strings.HasSuffix(string(two), "key:999999999999\r\n"))
}

func TestShuffled(t *testing.T) {
	a := shuffled(100, 1000, 1)
	require.Equal(t, a, shuffled(100, 1000, 1), "the same for all")
	require.NotEqual(t, a, shuffled(100, 1000, 2))
	slices.Sort(a)
	for i, n := range a {
		require.EqualValues(t, 100+i, n)
	}
}

func TestPercentile(t *testing.T) {
	require.Equal(t, 3.0, percentile([]float64{5, 1, 3, 2, 4}, 50))
	require.Equal(t, 5.0, percentile([]float64{5, 1, 3, 2, 4}, 99))
	require.Zero(t, percentile(nil, 50))
}

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		require.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
		require.NotEmpty(t, c.About, c.Name)
		require.NotEmpty(t, c.Figures, c.Name)
		require.NotNil(t, c.run, c.Name)
	}
}

func TestMachine(t *testing.T) {
	busy, err := busyCPU()
	require.NoError(t, err)
	require.Positive(t, busy)
	_, err = cpuOf("self")
	require.NoError(t, err)
	require.Positive(t, describeMachine().CPUs)
}

func TestScript(t *testing.T) {
	s := newScript("ZADD k %c e%i; ZRANGE k %h %e", 1)
	var want []byte
	for _, words := range [][]string{{"ZADD", "k", "000001", "e000000"}, {"ZRANGE", "k", "0", "9"}, {"ZADD", "k", "000002", "e000000"}, {"ZRANGE", "k", "0", "9"}} {
		want = append(want, encode(words)...)
	}
	require.Equal(t, string(want), string(s.render(2)), "the only number below 1 is 0")
}

// TestCommandRows: each row has a value to work on, and a name of its own in its family.
func TestCommandRows(t *testing.T) {
	for _, f := range commandFamilies {
		names := map[string]bool{}
		for _, row := range f.rows {
			require.NotEmpty(t, fills[row.value], row.name)
			require.NotEmpty(t, row.cost, row.name)
			require.False(t, names[row.name], "%s is there twice", row.name)
			names[row.name] = true
		}
	}
	for _, value := range dropValues {
		require.NotEmpty(t, fills[value], value)
	}
}

func TestCommandsPage(t *testing.T) {
	r := &Report{Rounds: 3}
	for _, c := range commandCases() {
		values := map[point]map[string][]float64{}
		for _, f := range c.Figures {
			values[point{f.Name, 10}] = map[string][]float64{Redis: {1}, Tattle: {2}}
			values[point{f.Name, 100_000}] = map[string][]float64{Redis: {4}, Tattle: {16}}
		}
		r.add(c, values)
	}
	var b strings.Builder
	require.True(t, r.WriteCommands(&b))
	require.Contains(t, b.String(), "\n| ZRANK | O(log N) | 1 |  | 4 | 2 |  | 16.0 | 4 | 2 |\n")
}

func TestTemplateWithSeveralPlaces(t *testing.T) {
	got := NewTemplate("ZADD", "k", "###", "m##").Append(nil, 42)
	require.Equal(t, "*4\r\n$4\r\nZADD\r\n$1\r\nk\r\n$3\r\n042\r\n$3\r\nm42\r\n", string(got))
}

func TestGroupOfCases(t *testing.T) {
	require.Len(t, Group("get"), 1, "the case of that name alone, though get-pipelined begins with it")
	require.Equal(t, len(memoryRows()), len(Group("memory")))
	require.Empty(t, Group("no-such"))
}

func TestMemoryPage(t *testing.T) {
	var b bytes.Buffer
	require.False(t, sample().WriteMemory(&b))
	require.False(t, sample().WriteCommands(&b))
	c := memoryCases()[0]
	r := &Report{Rounds: 1}
	values := map[point]map[string][]float64{}
	for i, f := range []string{memoryFull, memoryHalf, memoryFew, memoryEstimate} {
		values[point{f, 0}] = map[string][]float64{Redis: {2}, Tattle: {float64(i + 1)}}
	}
	r.add(c, values)
	require.True(t, r.WriteMemory(&b))
	require.Contains(t, b.String(), "\n| set, members of 8 bytes | 2 | 1 | 0.50 | 2 | 2 | 1 | 2 | 3 | 1.50 | 2 | 4 | 2 |\n")
}
