package transcript_test

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
)

func TestBadTranscripts(t *testing.T) {
	for text, want := range map[string]string{
		"a>":                           "f:1: a sends nothing",
		"\n\na<":                       "f:3: a value is missing",
		"a! now":                       "f:1: nothing stands behind a!",
		"a< OK boy":                    `f:1: "boy" stands behind the value; text of several words is quoted`,
		"a< [1":                        "f:1: ] is missing",
		"a< ]":                         `f:1: "]" is no value`,
		"a< %[a]":                      "f:1: a map has a value for each key",
		"a< ,x":                        `f:1: ",x" is no double`,
		`a< "x`:                        `f:1: what begins with a quote must end with one: "x`,
		`a> GET "x`:                    `f:1: what begins with a quote must end with one: "x`,
		"a< /x":                        "f:1: the / at the end of a regular expression is missing",
		"a< /(/":                       "f:1: error parsing regexp: missing closing ): `(`",
		"only":                         "f:1: the names of servers are missing",
		"only redis>=x":                `f:1: "redis>=x" names no servers; redis>=8.0 would`,
		"only redis\na> PING":          "f:2: end is missing",
		"else":                         "f:1: else stands alone, after only",
		"only redis\nend now":          "f:2: end stands alone, after only",
		"a> PING\ndiffers redis: OK":   "f:2: differs stands below an expectation, as differs valkey: value",
		"a< OK\ndiffers redis OK":      "f:2: differs stands below an expectation, as differs valkey: value",
		"open":                         "f:1: open what?",
		"open a-b":                     `f:1: "a-b" is no name for a connection`,
		"wait x":                       "f:1: wait wants a field of INFO and its value",
		"info tracking_clients":        "f:1: info wants a name and a field of INFO",
		"pass soon":                    "f:1: pass wants a number of milliseconds",
		"reset now":                    "f:1: nothing stands behind reset",
		"| x":                          "f:1: a row stands behind the end of an each",
		"each\na> PING":                "f:2: end is missing",
		"each\na> {2}\nend\n| x":       "f:4: the row has no cell 2",
		"each\na> {0}\nend\n| x":       "f:4: the row has no cell 0",
		"each\na< {1}\nend\n| [":       `f:4: in "a< [": ] is missing`,
		"a? 1st":                       "f:1: a? wants a name for what has arrived",
		"table what":                   "f:1: a column is headed by a text and the name of a value, as in table | what a hears @heard",
		"table a @b\n| tattle":         "f:2: the row has 0 values, the table 1 columns",
		"table a @b\n| dbm 1 | OK":     `f:2: "dbm 1" names no server; Redis 8.0.2 would`,
		"table a @b\n| tattle | OK OK": `f:2: "OK" stands behind the value; text of several words is quoted`,
		"send a PING":                  `f:1: what is "send"? See the comment of package transcript`,
	} {
		_, err := transcript.Parse("f", text)
		require.EqualError(t, err, want, text)
	}
	_, err := transcript.Load("no such file")
	require.Error(t, err)
}

func TestRun(t *testing.T) {
	addr := servertest.Run(t).Addr()
	for _, tt := range []struct{ name, text, want string }{
		{"as written", "a> SET k v\na< OK\na> GET k\na< @v\na> ECHO $v\na< v", ""},
		{"another value", "a> PING\na< OK", "f:2: a receives PONG, expected was OK"},
		{"more than expected", "a> PING", "f:1: at the end: a receives PONG, and nothing was expected"},
		{"not quiet", "a> PING\na!", "f:2: a receives PONG, and nothing was expected"},
		{"reopened", "a> PING\nopen a", "f:2: a receives PONG, and nothing was expected"},
		{"nothing sent", "a< OK", "f:1: a has not sent anything yet"},
		{"not open", "close a", "f:1: a is not open"},
		{"no such name", "a> GET $b", "f:1: there is no $b"},
		{"the end", "a> QUIT\na< OK\na< closed\na< OK", "f:4: a receives the end of the connection, expected was OK"},
		{"an end too early", "a> QUIT\na< OK\na< OK", "f:3: a receives the end of the connection, expected was OK"},
		{"another id", "a> CLIENT ID\na< $a\nb> CLIENT ID\nb< $b", ""},
		{"only", "only valkey\na> NO\nelse\na> PING\nend\na< PONG\n  differs valkey: OK", ""},
		{"differs", "a> PING\na< OK\n differs valkey: OK\n differs redis>=8: PONG", ""},
		{"one write", "a> MULTI\na+ PING\na+ EXEC\na< OK\na< QUEUED\na< [PONG]", ""},
		{"part of a field", "a> GET k\na< nil\nwait cmdstat_get:calls 1\npass 5", ""},
		{"reset", "a> SET k v\na< OK\nreset\na> GET k\na< nil", ""},
		{"not quiet at reset", "a> PING\nreset", "f:2: a receives PONG, and nothing was expected"},
		{"rows", "each\na> MSET {1}\na< OK\na> EXISTS {2...}\na< {3...}\nend\n| k v l v | k l | 1 1\n| m v | |", ""},
		{"sorted", "each\na> ECHO \"{1 sorted}\"\na< \"{1}\"\nend\n| a b |\n| b a", "f:6: a receives \"a b\", expected was \"b a\""},
		{"blocks of rows", "each\nonly valkey\na> NO\nelse\na> {1}\nend\na< {2}\nend\nonly valkey\n| NO | NO\nend\n| PING | PONG", ""},
		{"bytes", "a> GET k\na< bytes \"$-1\\r\\n\"\na> PING\na< PONG", ""},
		{"other bytes", "a> PING\na< bytes \"+PANG\\r\\n\"", `f:2: a receives bytes "+PONG\r\n", expected was bytes "+PANG\r\n"`},
		{"nothing has arrived", "a? x\na? y\ntable x @x | y @y\n| tattle | nothing | nothing", ""},
		{"all that has arrived", "a> PING\na> GET k\na? x\na> PING\na< @y\ntable x @x | y @y\n| Redis 1 | nothing | OK\n| Valkey 1, tattle | PONG then nil | PONG", ""},
		{"a table that lies", "a> PING\na> GET k\na? x\ntable x @x\n| tattle | PONG", "f:4: x: the table says PONG, it is PONG then nil"},
		{"a table without the server", "a? x\ntable x @x\n| Redis 8.0.2 | PONG", ""},
		{"fields", "info n tracking_clients\ninfo v redis_version\ntable n @n | v @v\n| tattle | 0 | /^8/", ""},
		{"a table of nothing", "table x @x\n| Redis 8.0.2 | PONG", "f:1: there is no $x"},
		{"the last of the connection", "a> QUIT\na? x\ntable x @x\n| tattle | OK then closed", ""},
		{"resp3", "open a resp3\na> CONFIG GET port\na< %[port *]", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := transcript.Parse("f", tt.text)
			require.NoError(t, err)
			err = s.Run(addr)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.want)
		})
	}
}

// Play shows every line that is played, with what arrived, and paragraphs of prose as a whole.
func TestPlay(t *testing.T) {
	s, err := transcript.Parse("f", `title A title
# One paragraph
# of two lines.
#
# Another.
open a resp3
a> SET k v
a+ CLIENT ID
a? heard
a> ECHO x
a< @x
a> MSET k "$x $a" $x $a
a< *
only valkey
	# Not here.
end
table text @heard
| tattle | OK then $a
`, "title")
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"title": {"A title"}, "#": {"One paragraph of two lines.", "Another.", "Not here."}}, s.Texts())
	require.Equal(t, []string{"a"}, s.Conns())
	var steps []transcript.Step
	require.NoError(t, s.Play(servertest.Run(t).Addr(), func(s transcript.Step) error {
		steps = append(steps, s)
		return nil
	}))
	id := steps[6].Got[1]
	name := "tattle " + server.Version
	require.Equal(t, []transcript.Step{
		{Line: 1, Word: "title", Text: "A title", Server: name},
		{Line: 3, Word: "#", Text: "One paragraph of two lines.", Server: name},
		{Line: 5, Word: "#", Text: "Another.", Server: name},
		{Line: 6, Word: "open", Text: "a resp3", Server: name},
		{Line: 7, Word: ">", Conn: "a", Text: "SET k v", Server: name},
		{Line: 8, Word: "+", Conn: "a", Text: "CLIENT ID", Server: name},
		{Line: 9, Word: "?", Conn: "a", Text: "heard", Got: []string{"OK", id}, Server: name},
		{Line: 10, Word: ">", Conn: "a", Text: "ECHO x", Server: name},
		{Line: 11, Word: "<", Conn: "a", Text: "@x", Got: []string{"x"}, Server: name},
		{Line: 12, Word: ">", Conn: "a", Text: `MSET k "$x $a" x $a`, Server: name},
		{Line: 13, Word: "<", Conn: "a", Text: "*", Got: []string{"OK"}, Server: name},
		{Line: 17, Word: "table", Text: "text @heard", Table: s.Tables()[0], Got: []string{"OK then " + id}, Server: name},
	}, steps)

	stop := errors.New("stop")
	require.ErrorIs(t, s.Play(servertest.Run(t).Addr(), func(transcript.Step) error { return stop }), stop)
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	s, err := transcript.Parse("f", "a> PING\na< PONG")
	require.NoError(t, err)

	go func() { // a server that hangs up at once
		conn, err := l.Accept()
		if err == nil {
			conn.Close()
		}
	}()
	require.ErrorContains(t, s.Run(addr), "f: connecting the runner: ")
	l.Close()
	require.ErrorContains(t, s.Run(addr), "connection refused")
}
