package sessions

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// offline returns a player whose clients have these flags in CLIENT LIST, where BCAST
// clients redirect to b.
func offline(flags map[byte]string) *Player {
	p := &Player{ref: &side{conns: map[byte]*conn{}}, last: status{clients: map[int64]map[string]string{}}}
	for i, name := range []byte(Names) {
		p.ref.conns[name] = &conn{id: int64(i + 1)}
		p.last.clients[int64(i+1)] = map[string]string{"flags": flags[name], "redir": "2"}
	}
	return p
}

// TestRounds shows where sessions are cut; the second column are the rounds, as the
// numbers of their steps.
func TestRounds(t *testing.T) {
	bcast := map[byte]string{'a': "tB"}
	for _, test := range []struct {
		session string
		flags   map[byte]string
		want    []int
	}{
		{"a GET k\na GET l", nil, []int{1, 1}},
		{"* !pipeline\na GET k\na GET l\nb GET k\na GET k", nil, []int{2, 1, 1}},
		{"* !pipeline\na GET k\na !reconnect\na QUIT\na GET k", nil, []int{1, 1, 2}},
		{"* !async\na GET k\na GET l\nb GET k\na GET k\nc GET k", nil, []int{3, 2}},
		{"* !async\na GET k\nb QUIT\nc GET k\nd FLUSHALL\ne FLUSHALL ASYNC", nil, []int{1, 1, 1, 1, 1}},
		{"* !async\na CLIENT KILL ID $b\nb HELLO 3\nc CLIENT KILL ID $c", nil, []int{2, 1}},
		{"* !async\na CLIENT KILL ID $b\nb GET k\nc HELLO 3\nd SET k v", bcast, []int{1, 1, 1, 1}},
		{"* !async\na GET k\nb CLIENT TRACKING ON BCAST\nc GET k", nil, []int{1, 1, 1}},
	} {
		session, err := Parse(strings.NewReader(test.session))
		require.NoError(t, err)
		p := offline(test.flags)
		var got []int
		for mode, steps := session.mode(); len(steps) > 0; {
			n := len(p.nextRound(mode, steps).steps)
			got, steps = append(got, n), steps[n:]
		}
		require.Equal(t, test.want, got, test.session)
	}
}

// TestSkipped shows which steps are left out of a round.
func TestSkipped(t *testing.T) {
	for _, test := range []struct {
		session string
		flags   string // of a
		want    int    // steps played
	}{
		{"* !async\na BLPOP l 0\na GET k\nb GET k", "", 2},
		{"* !pipeline\na FLUSHALL\na GET k", "", 2},
		{"* !pipeline\na BLPOP l 0\na GET k", "b", 2},
		{"* !pipeline\na AUTH default x\na GET k", "b", 0},
		{"* !pipeline\na MONITOR\na GET k", "", 1},
		{"a MONITOR", "b", 0},
		{"* !async\na CLIENT TRACKING ON BCAST NOLOOP", "", 0},
		{"* !pipeline\na CLIENT TRACKING ON BCAST NOLOOP", "", 1},
		{"* !async\na CLIENT TRACKING ON BCAST", "x", 0},
		{"* !async\na QUIT", "x", 1},
		{"* !async\na SET k v PX 5\na BLPOP l 0.005", "", 0},
		{"* !async\na GET k\nb GET k", "b", 1},
		{"* !pipeline\na CLIENT REPLY OFF\na QUIT", "", 1},
	} {
		session, err := Parse(strings.NewReader(test.session))
		require.NoError(t, err)
		p, got := offline(map[byte]string{'a': test.flags}), 0
		mode, steps := session.mode()
		p.round = p.nextRound(mode, steps)
		for _, step := range p.round.steps {
			if !p.skip(step) {
				got++
			}
		}
		require.Equal(t, test.want, got, test.session)
	}
}

func TestView(t *testing.T) {
	const (
		k    = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
		l    = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\nl\r\n"
		both = ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\nk\r\n$1\r\nl\r\n"
		null = ">2\r\n$10\r\ninvalidate\r\n_\r\n"
		ok   = "+OK\r\n"
	)
	two := make([]Step, 2)
	bcast := round{mode: Async, steps: two, bcast: map[byte]int{'a': 1}}
	for _, test := range []struct {
		ref, our []string
		equal    bool
		name     byte
		why      string
	}{
		{[]string{k, ok, l}, []string{ok, both}, true, 'a', "grouping and place are not defined"},
		{[]string{k, ok, k}, []string{k, ok}, true, 'a', "nor is how often a key is told"},
		{[]string{k, ok}, []string{ok}, false, 'a', "but that it is told is"},
		{[]string{null, ok}, []string{ok, null}, false, 'a', "a flush is told at once"},
		{[]string{k, ok}, []string{ok, k}, false, 'b', "b is not told of any prefix"},
		{[]string{ok, closedFrame}, []string{closedFrame}, true, 'b', "b was killed before its reply was written"},
		{[]string{ok, closedFrame}, []string{k, closedFrame}, false, 'b', "what was written must be right"},
		{[]string{ok, closedFrame}, []string{ok}, false, 'b', "b must be killed on both"},
	} {
		ref, our := bcast.view(test.name, test.ref, test.our)
		if test.equal {
			require.Equal(t, ref, our, test.why)
		} else {
			require.NotEqual(t, ref, our, test.why)
		}
	}

	for clients, equal := range map[int]bool{1: false, 2: true} {
		p := round{mode: Pipeline, bcast: map[byte]int{'a': clients}}
		ref, our := p.view('a', []string{k, ok, l, k}, []string{k, ok, k, l})
		require.Equal(t, equal, slices.Equal(ref, our), "messages of %d clients", clients)
	}
}
