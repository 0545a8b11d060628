package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fatal is the text that redis-server 8.0.2 prints before it exits.
func fatal(line, text, why string) string {
	return "\n*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***\nReading the configuration file, at line " + line + "\n>>> '" + text + "'\n" + why
}

func TestLoad(t *testing.T) {
	c := New()
	require.NoError(t, c.Load(strings.Join([]string{
		"# comment", "", "  PORT 7000 \r", "requirepass \"a \\x42\\n\"", "bind '127.0.0.1' ::1",
		"save 900 1", "save 300 10 60 5", "client-output-buffer-limit normal 1mb 1mb 60", "client-output-buffer-limit \"pubsub 1 2 3\"",
		"rename-command FLUSHALL \"\"", "user alice on nopass ~*", "io-threads-do-reads yes", "lua-time-limit 9", "slaveof no one",
		"tls-protocols \"TLSv1.2 TLSv1.3\"", "latency-tracking-info-percentiles 50 90",
	}, "\n")))
	require.Equal(t, 7000, c.Port)
	require.Equal(t, "a B\n", c.RequirePass)
	require.Equal(t, []string{"127.0.0.1", "::1"}, c.Bind)
	require.Equal(t, "900 1 300 10 60 5", value(t, c, "save"))
	require.EqualValues(t, 1<<20, c.OutputLimit(ClassNormal).Hard)
	require.EqualValues(t, 2, c.OutputLimit(ClassPubSub).Soft)
	require.Equal(t, []string{"FLUSHALL", ""}, c.Renames[0].Args)
	require.Equal(t, []string{"alice", "on", "nopass", "~*"}, c.Users[0].Args)
	require.EqualError(t, c.Renames[0].Fail("No such command in rename-command"),
		fatal("10", `rename-command FLUSHALL ""`, "No such command in rename-command"))
	require.EqualValues(t, 9, c.BusyReplyThreshold)
	require.Equal(t, []float64{50, 90}, c.LatencyPercentiles)
}

func TestLoadSave(t *testing.T) {
	for content, want := range map[string]string{
		"port 1":                             "",
		"save 900 1\nsave 300 10\nsave \"\"": "",
		"save \"\"\nsave 5 6":                "5 6",
		"save":                               "",
		"save '900 1'":                       "900 1",
	} {
		c := New()
		require.NoError(t, c.Load(content))
		require.Equal(t, want, value(t, c, "save"), content)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range []struct{ content, text, why string }{
		{"port 0\nfoo", "foo", "Bad directive or wrong number of arguments"},
		{"port 0\nuser", "user", "Bad directive or wrong number of arguments"},
		{"port 0\nloadmodule", "loadmodule", "Bad directive or wrong number of arguments"},
		{"port 0\nloadmodule x.so", "loadmodule x.so", "Modules are not supported by tattle"},
		{"port 0\nio-threads-do-reads", "io-threads-do-reads", "Bad directive or wrong number of arguments"},
		{"port 0\nhz \"5", "hz \"5", "Unbalanced quotes in configuration line"},
		{"port 0\nhz \"5\"6", "hz \"5\"6", "Unbalanced quotes in configuration line"},
		{"port 0\n HZ   5 6 ", "HZ   5 6", "wrong number of arguments"},
		{"port 0\ntimeout", "timeout", "wrong number of arguments"},
		{"port 0\r\nhz x\r", "hz x", "argument couldn't be parsed into an integer"},
		{"port 0\n\"timeout\" x", "\"timeout\" x", "argument couldn't be parsed into an integer"},
		{"port 0\nhz '5\\'x'", "hz '5\\'x'", "argument couldn't be parsed into an integer"},
		{"port 0\nsave 1 2 3", "save 1 2 3", "Invalid save parameters"},
		{"port 0\nclient-output-buffer-limit \"\"", "client-output-buffer-limit \"\"", "Wrong number of arguments in buffer limit configuration."},
		{"port 0\noom-score-adj-values", "oom-score-adj-values", "wrong number of arguments"},
		{"port 0\nunixsocketperm 999", "unixsocketperm 999", "argument couldn't be parsed as an octal number"},
		{"port 0\nunixsocketperm 1777", "unixsocketperm 1777", "argument must be between 0 and 777 inclusive"},
		{"port 0\ndir /no/such", "dir /no/such", "No such file or directory"},
		{"port 0\nappendfilename \"\"", "appendfilename \"\"", "appendfilename can't be empty"},
		{"port 0\nslaveof a 70000", "slaveof a 70000", "Invalid master port"},
		{"port 0\nreplicaof a b c", "replicaof a b c", "wrong number of arguments"},
	} {
		require.EqualError(t, New().Load(tt.content), fatal("2", tt.text, tt.why), tt.content)
	}
}

func TestLoadUnknownNames(t *testing.T) {
	err := New().Load("foo a \"b\"\nport 0\nbar.baz c")
	require.EqualError(t, err, "Unresolved Configuration(s) Detected:\n>>> 'foo a b'\n>>> 'bar.baz c'")
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	inner := write("inner.conf", "\ntimeout 3\n")
	c := New()
	require.NoError(t, c.Load("timeout 1\ninclude "+inner+"\ninclude "+dir+"/none*.conf"))
	require.Equal(t, 3, c.Timeout)

	bad := write("bad.conf", "\n\nhz y")
	require.EqualError(t, c.Load("include "+bad), fatal("3", "hz y", "argument couldn't be parsed into an integer"))
	require.EqualError(t, c.Load("include "+dir+"/nosuch"), "Fatal error, can't open config file '"+dir+"/nosuch': No such file or directory")

	self := filepath.Join(dir, "self.conf")
	write("self.conf", "include "+self)
	var line *LineError
	require.ErrorAs(t, c.LoadFile(self), &line)
}

func TestLoadArgs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.conf")
	require.NoError(t, os.WriteFile(file, []byte("timeout 1\nhz 20\n"), 0o600))
	for _, tt := range []struct {
		args  []string
		stdin string
		want  map[string]string
	}{
		{nil, "", map[string]string{"port": "6379"}},
		{[]string{"--port", "7000", "--TIMEOUT", "5"}, "", map[string]string{"port": "7000", "timeout": "5"}},
		{[]string{"--port 7000", "--hz", "1"}, "", map[string]string{"port": "7000", "hz": "1"}},
		{[]string{file, "--port", "0", "--timeout", "9"}, "", map[string]string{"hz": "20", "port": "0", "timeout": "9"}},
		{[]string{"--save", "", "--appendonly", "no"}, "", map[string]string{"save": "", "appendonly": "no"}},
		{[]string{"--save", "--appendonly", "no"}, "", map[string]string{"save": "", "appendonly": "no"}},
		{[]string{"--port", "1", "--save"}, "", map[string]string{"save": "", "port": "1"}},
		{[]string{"--exit-with-parent", "--port", "auto", "--tls-port", "Auto"}, "", map[string]string{"exit-with-parent": "yes", "port": "-1", "tls-port": "-1"}},
		{[]string{"--port", "auto", "--exit-with-parent", "no", "--port", "7000"}, "", map[string]string{"exit-with-parent": "no", "port": "7000"}},
		{[]string{"--inspect", "--inspect-read-only"}, "", map[string]string{"inspect": "127.0.0.1:8379", "inspect-read-only": "yes"}},
		{[]string{"--inspect", "0.0.0.0:8000", "--port", "1"}, "", map[string]string{"inspect": "0.0.0.0:8000", "inspect-read-only": "no"}},
		{[]string{"--inspect", "[::1]:Auto"}, "", map[string]string{"inspect": "[::1]:0"}},
		{[]string{"--inspect", "auto"}, "", map[string]string{"inspect": "127.0.0.1:0"}},
		{[]string{"--inspect", "8000"}, "", map[string]string{"inspect": "127.0.0.1:8000"}},
		{[]string{"--inspect", "--inspect", "no"}, "", map[string]string{"inspect": ""}},
		{[]string{"--save", "1", "2", "--save", "3", "4"}, "", map[string]string{"save": "1 2 3 4"}},
		{[]string{"--requirepass", "--foo", "--hz", "3"}, "", map[string]string{"requirepass": "--foo", "hz": "3"}},
		{[]string{"--requirepass", "a\" b\n"}, "", map[string]string{"requirepass": "a\" b\n"}},
		{[]string{"--bind", "127.0.0.1", "::1"}, "", map[string]string{"bind": "127.0.0.1 ::1"}},
		{[]string{"-", "--hz", "5"}, "hz 3\ntimeout 4", map[string]string{"hz": "5", "timeout": "4"}},
		{[]string{file, "--hz", "5", "-"}, "hz 3\ntimeout 4", map[string]string{"hz": "5", "timeout": "4"}},
		{[]string{"--client-output-buffer-limit", "normal", "1", "2", "3"}, "", map[string]string{"client-output-buffer-limit": "normal 1 2 3 slave 268435456 67108864 60 pubsub 33554432 8388608 60"}},
	} {
		c := New()
		require.NoError(t, c.LoadArgs(tt.args, strings.NewReader(tt.stdin)), "%q", tt.args)
		for name, want := range tt.want {
			require.Equal(t, want, value(t, c, name), "%q: %s", tt.args, name)
		}
	}
}

func TestLoadArgsRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.conf")
	require.NoError(t, os.WriteFile(file, []byte("timeout 1\n"), 0o600))
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--foo"}, fatal("2", "foo", "Bad directive or wrong number of arguments")},
		{[]string{"--port"}, fatal("2", "port", "wrong number of arguments")},
		{[]string{"--port", "0", "--timeout", "1", "2"}, fatal("3", `timeout "1" "2"`, "wrong number of arguments")},
		{[]string{"--port", "0", "-timeout", "5"}, fatal("2", `port "0" "-timeout" "5"`, "wrong number of arguments")},
		{[]string{"--port 0", "--timeout", "x"}, fatal("3", `timeout "x"`, "argument couldn't be parsed into an integer")},
		{[]string{"--port", "0", "--save", "--timeout", "x"}, fatal("4", `timeout "x"`, "argument couldn't be parsed into an integer")},
		{[]string{"--port", "0", "--loglevel", `a"b`}, fatal("3", `loglevel "a\"b"`, "argument(s) must be one of the following: debug, verbose, notice, warning, nothing")},
		{[]string{file, "--hz", "x"}, fatal("3", `hz "x"`, "argument couldn't be parsed into an integer")},
		{[]string{file, "-", "--hz", "x"}, fatal("3", `"-"`, "Bad directive or wrong number of arguments")},
		{[]string{"-", "--hz", "x"}, fatal("3", `hz "x"`, "argument couldn't be parsed into an integer")},
		{[]string{"--port", "auto", "auto"}, fatal("2", `port "auto" "auto"`, "wrong number of arguments")},
		{[]string{"--hz", "auto"}, fatal("2", `hz "auto"`, "argument couldn't be parsed into an integer")},
		{[]string{"--exit-with-parent", "maybe"}, fatal("2", `exit-with-parent "maybe"`, "argument must be 'yes' or 'no'")},
		{[]string{"--inspect", "localhost"}, fatal("2", `inspect "localhost"`, "argument must be 'yes', 'no', a port, or an address such as 127.0.0.1:8379")},
		{[]string{"--foo", "bar"}, "Unresolved Configuration(s) Detected:\n>>> 'foo bar'"},
		{[]string{"/no/such.conf"}, "Fatal error, can't open config file '/no/such.conf': No such file or directory"},
	} {
		err := New().LoadArgs(tt.args, strings.NewReader("timeout 1\n"))
		require.EqualError(t, err, tt.want, "%q", tt.args)
	}
}

func TestQuoteReadsBack(t *testing.T) {
	for _, s := range []string{"", "a", "a b", `a"b\c`, "\x00\xff\n\r\t\a\b", "'", "é"} {
		words, ok := splitLine("x " + quote(s))
		require.True(t, ok)
		require.Equal(t, []string{"x", s}, words)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("port 1\nsave 900 1\nbind 'a' \"\\x41\"")
	f.Add("client-output-buffer-limit normal 1 2 3\nnotify-keyspace-events KEA")
	f.Fuzz(func(t *testing.T, content string) {
		if strings.Contains(strings.ToLower(content), "include") {
			return // reads files of this machine
		}
		_ = New().Load(content)
	})
}

// FuzzSplitLine makes sure that the words of a line, quoted, are those words again.
func FuzzSplitLine(f *testing.F) {
	for _, seed := range []string{`a "b\x41\n" 'c\'d'`, `"unbalanced`, `"a"b`, "a\x00b", `'`, `"\`, `\x`, "\v\f a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, ok := splitLine(line)
		if !ok {
			return
		}
		var quoted strings.Builder
		for _, w := range words {
			quoted.WriteString(quote(w) + " ")
		}
		again, ok := splitLine(quoted.String())
		require.True(t, ok)
		require.Equal(t, words, again)
	})
}

// FuzzLoadArgs takes the arguments of the command line, which stand one on a line, and
// standard input.
func FuzzLoadArgs(f *testing.F) {
	f.Add("--port\n7000\n--save\n", "")
	f.Add("-\n--hz\n5", "hz 3\nsave")
	f.Add("--bind 'a\n--\n-\n--save\n--x", "\"")
	f.Fuzz(func(t *testing.T, args, stdin string) {
		if !strings.HasPrefix(args, "-") || strings.Contains(strings.ToLower(args+stdin), "include") {
			return // reads files of this machine
		}
		_ = New().LoadArgs(strings.Split(args, "\n"), strings.NewReader(stdin)) // must return
	})
}

func TestRewrite(t *testing.T) {
	require.Equal(t, ErrNoFile, New().Rewrite(nil))

	path := filepath.Join(t.TempDir(), "r.conf")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join([]string{
		"# my conf", "port 6408", "", "save 900 1", "save 300 10", "maxmemory 100mb", "slave-priority 50",
		"client-output-buffer-limit normal 1mb 1mb 60", "timeout 5", "timeout 6", "", "rename-command FLUSHALL \"\"", "user alice on",
	}, "\n")), 0o600))
	c := New()
	require.NoError(t, c.LoadFile(path))
	_, err := c.Set(pairs("maxmemory", "1gb", "notify-keyspace-events", "KEA", "requirepass", "a b\"c", "save", "1 2 3 4 5 6"))
	require.NoError(t, err)
	c.Dir = "/tmp"
	require.NoError(t, c.Rewrite([]string{"alice off", "default on"}))

	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		"# my conf", "port 6408", "", "save 1 2", "save 3 4", "maxmemory 1gb", "replica-priority 50",
		"client-output-buffer-limit normal 1mb 1mb 60", "timeout 6", "", "rename-command FLUSHALL \"\"", "user alice off",
		"", "# Generated by CONFIG REWRITE", "requirepass \"a b\\\"c\"", "dir \"/tmp\"", "save 5 6", "notify-keyspace-events \"AKE\"", "user default on", "",
	}, "\n"), string(got))

	again := New()
	require.NoError(t, again.LoadFile(path))
	require.Equal(t, c.Get([]byte("*")), again.Get([]byte("*")))
	require.NoError(t, again.Rewrite(nil))
	twice, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(got), string(twice), "a second rewrite changes nothing")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestIgnored(t *testing.T) {
	c := New()
	require.Empty(t, c.Ignored())
	require.NoError(t, c.Load("supervised systemd\nappendonly yes"))
	require.Equal(t, []string{"appendonly yes: nothing is written to disk", "supervised systemd: no supervisor is notified"}, c.Ignored())
}
