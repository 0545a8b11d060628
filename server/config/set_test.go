package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pairs makes the arguments of Set.
func pairs(words ...string) [][]byte {
	list := make([][]byte, len(words))
	for i, w := range words {
		list[i] = []byte(w)
	}
	return list
}

// value returns what CONFIG GET shows for a name.
func value(t *testing.T, c *Config, name string) string {
	t.Helper()
	got := c.Get([]byte(name))
	require.Len(t, got, 1, name)
	return got[0][1]
}

// The values and texts are those of a Redis 8.0.2.
func TestSetValues(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"maxmemory", "1kb", "1024"},
		{"maxmemory", "1K", "1000"},
		{"maxmemory", "2g", "2000000000"},
		{"maxmemory", "100mb", "104857600"},
		{"maxmemory", "10B", "10"},
		{"maxmemory", "007", "7"},
		{"maxmemory", "", "0"},
		{"maxmemory", "kb", "0"},
		{"maxmemory", "18446744073709551616", "18446744073709551615"},
		{"maxmemory", "99999999999gb", "15140462030378500096"},
		{"maxmemory-clients", "50%", "50%"},
		{"maxmemory-clients", "0%", "0"},
		{"maxmemory-clients", "1k", "1000"},
		{"maxmemory-clients", "99999999999999999999", "1%"},
		{"notify-keyspace-events", "KEA", "AKE"},
		{"notify-keyspace-events", "KE$", "$KE"},
		{"notify-keyspace-events", "KEAmn", "AKEm"},
		{"notify-keyspace-events", "mn", "nm"},
		{"notify-keyspace-events", "mgdnKE", "gdnKEm"},
		{"notify-keyspace-events", "KEg$lshzxetd", "AKE"},
		{"notify-keyspace-events", "g$lshzxet", "g$lshzxet"},
		{"notify-keyspace-events", "", ""},
		{"save", "3600 1 300 100", "3600 1 300 100"},
		{"save", "+1 02", "1 2"},
		{"save", "", ""},
		{"client-output-buffer-limit", "NORMAL 1mb 1k 60", "normal 1048576 1000 60 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
		{"client-output-buffer-limit", "replica 1 2 3 pubsub 4 5 +6", "normal 0 0 0 slave 1 2 3 pubsub 4 5 6"},
		{"client-output-buffer-limit", "", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
		{"activerehashing", "NO", "no"},
		{"maxmemory-policy", "ALLKEYS-lru", "allkeys-lru"},
		{"loglevel", "Debug", "debug"},
		{"hz", "1000", "500"},
		{"hz", "0", "1"},
		{"lua-time-limit", "7", "7"},
		{"list-max-ziplist-size", "-6", "-6"},
		{"shutdown-on-sigterm", "save FORCE now", "save now force"},
		{"shutdown-on-sigterm", "default now", "now"},
		{"oom-score-adj-values", "+1 02 3", "1 2 3"},
		{"latency-tracking-info-percentiles", "99.99 33.3333333 1e-3 100.0 0x10", "99.99 33.333333 0.001 100 16"},
		{"latency-tracking-info-percentiles", "", ""},
		{"bind", "127.0.0.1 -::1", "127.0.0.1 -::1"},
		{"bind", "", ""},
		{"requirepass", "a b", "a b"},
		{"proc-title-template", "{{title}} {port}", "{{title}} {port}"},
		{"replica-priority", "5", "5"},
	} {
		c := New()
		_, err := c.Set(pairs(tt.name, tt.value))
		require.NoError(t, err, "%s %q", tt.name, tt.value)
		require.Equal(t, tt.want, value(t, c, tt.name), "%s %q", tt.name, tt.value)
	}
}

func TestSetRefuses(t *testing.T) {
	for _, tt := range []struct{ name, value, why string }{
		{"timeout", "abc", "argument couldn't be parsed into an integer"},
		{"timeout", "+5", "argument couldn't be parsed into an integer"},
		{"timeout", "05", "argument couldn't be parsed into an integer"},
		{"timeout", "-0", "argument couldn't be parsed into an integer"},
		{"timeout", "", "argument couldn't be parsed into an integer"},
		{"timeout", "-1", "argument must be between 0 and 2147483647 inclusive"},
		{"maxclients", "0", "argument must be between 1 and 4294967295 inclusive"},
		{"slowlog-log-slower-than", "-2", "argument must be between -1 and 9223372036854775807 inclusive"},
		{"port", "70000", "argument must be between 0 and 65535 inclusive"},
		{"maxmemory", "-1", "argument must be a memory value"},
		{"maxmemory", "1.5g", "argument must be a memory value"},
		{"maxmemory", "1t", "argument must be a memory value"},
		{"maxmemory", " 1", "argument must be a memory value"},
		{"maxmemory", strings.Repeat("1", 130), "argument must be a memory value"},
		{"proto-max-bulk-len", "1k", "argument must be between 1048576 and 9223372036854775807 inclusive"},
		{"maxmemory-clients", "150%", "percentage argument must be less or equal to 100"},
		{"maxmemory-clients", "-5%", "argument must be a memory or percent value"},
		{"maxmemory-clients", "005%", "argument must be a memory or percent value"},
		{"activerehashing", "true", "argument must be 'yes' or 'no'"},
		{"loglevel", "x", "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"},
		{"notify-keyspace-events", "KEq", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
		{"save", "3600", "Invalid save parameters"},
		{"save", "0 1", "Invalid save parameters"},
		{"save", "  3600   1 ", "Invalid save parameters"},
		{"client-output-buffer-limit", "normal 1 2", "Wrong number of arguments in buffer limit configuration."},
		{"client-output-buffer-limit", "master 1 2 3", "Invalid client class specified in buffer limit configuration."},
		{"client-output-buffer-limit", "normal 1 2 -3", "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
		{"oom-score-adj-values", "0 1", "wrong number of arguments"},
		{"oom-score-adj-values", "1 2 3x", "Invalid oom-score-adj-values, elements must be between -2000 and 2000."},
		{"latency-tracking-info-percentiles", "101", "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
		{"latency-tracking-info-percentiles", "nan", "Invalid latency-tracking-info-percentiles parameters"},
		{"shutdown-on-sigint", "save nosave", "shutdown options SAVE and NOSAVE can't be used simultaneously"},
		{"shutdown-on-sigint", "", "argument(s) must be one of the following: default, save, nosave, now, force"},
		{"bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."},
		{"proc-title-template", "{foo}", "template format is invalid or contains unknown variables"},
		{"proc-title-template", "{title", "template format is invalid or contains unknown variables"},
		{"cluster-announce-hostname", "a_b", "Hostnames may only contain alphanumeric characters, hyphens or dots"},
		{"cluster-announce-hostname", strings.Repeat("x", 256), "Hostnames must be less than 256 characters"},
		{"databases", "5", "can't set immutable config"},
		{"dir", "/tmp", "can't set protected config"},
		{"dbfilename", "a", "can't set protected config"},
	} {
		c := New()
		before := value(t, c, tt.name)
		_, err := c.Set(pairs(tt.name, tt.value))
		want := Error("ERR CONFIG SET failed (possibly related to argument '" + tt.name + "') - " + tt.why)
		require.Equal(t, want, err, "%s %q", tt.name, tt.value)
		require.Equal(t, before, value(t, c, tt.name))
	}
}

func TestSetSeveral(t *testing.T) {
	for _, tt := range []struct {
		words string
		want  string // the error
	}{
		{"timeout 1 foo 2 bar 3", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"timeout 1 hz x foo 3", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"timeout 1 dir /tmp foo 2", "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config"},
		{"timeout 1 TIMEOUT 2", "ERR CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter"},
		{"timeout x timeout 4", "ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter"},
		{"timeout 1 HZ x", "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer"},
		{"replica-priority 1 slave-priority x", "ERR CONFIG SET failed (possibly related to argument 'slave-priority') - argument couldn't be parsed into an integer"},
		{"a b c", "ERR syntax error"},
	} {
		c := New()
		before := c.Get([]byte("*"))
		_, err := c.Set(pairs(strings.Fields(tt.words)...))
		require.EqualError(t, err, tt.want)
		require.Equal(t, before, c.Get([]byte("*")), tt.words)
	}
}

func TestSetTellsWhatChanged(t *testing.T) {
	c := New()
	changed, err := c.Set(pairs("timeout", "0", "hz", "20", "slave-priority", "1", "replica-priority", "2"))
	require.NoError(t, err)
	require.Equal(t, []string{"hz", "replica-priority"}, changed)
	require.Equal(t, 20, c.Hz)
	require.Equal(t, "2", value(t, c, "slave-priority"))
}

func TestApplyMayRefuse(t *testing.T) {
	c := New()
	var seen []int
	c.Apply = func(name string) error {
		seen = append(seen, c.Timeout)
		if name == "port" && c.Port == 7 {
			return Error("Unable to listen on this port. Check server logs.")
		}
		return nil
	}
	_, err := c.Set(pairs("timeout", "3", "port", "7"))
	require.EqualError(t, err, "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.")
	require.Equal(t, 6379, c.Port)
	require.Equal(t, []int{3, 3, 0, 0}, seen) // both told, then both told again of the old values
}

func TestProtectedSettings(t *testing.T) {
	c := New()
	require.NoError(t, c.Load("enable-protected-configs yes"))
	_, err := c.Set(pairs("dbfilename", "b"))
	require.NoError(t, err)
	_, err = c.Set(pairs("dbfilename", "a/b"))
	require.EqualError(t, err, "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - dbfilename can't be a path, just a filename")
	_, err = c.Set(pairs("dir", "/no/such/place"))
	require.EqualError(t, err, "ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory")
}

func TestGet(t *testing.T) {
	c := New()
	require.Equal(t, [][2]string{{"TIMEOUT", "0"}}, c.Get([]byte("TIMEOUT"), []byte("tim*"), []byte("timeout")))
	require.Equal(t, [][2]string{{"replica-priority", "100"}, {"slave-priority", "100"}}, c.Get([]byte("*-Priority")))
	require.Empty(t, c.Get([]byte("nope"), []byte("")))
	require.Empty(t, c.Get([]byte("watchdog*")), "hidden settings match no pattern")
	require.Equal(t, [][2]string{{"watchdog-period", "0"}}, c.Get([]byte("watchdog-period")))
	require.Len(t, c.Get([]byte("*")), 203, "as many as Redis 8.0.2 lists")
}

func TestFieldsAndTextsAgree(t *testing.T) {
	c := New()
	for i := range settings {
		s := &settings[i]
		if s.name != "dir" { // shows the current directory
			require.Equal(t, s.initial, s.text(c), s.name)
		}
		if s.field.put == nil {
			require.Contains(t, NoEffect(), s.name)
		} else {
			require.NotContains(t, NoEffect(), s.name)
		}
	}
	c.Port, c.UnixSocketPerm, c.Bind = 0, 0o700, []string{"::1"}
	require.Equal(t, "0", value(t, c, "port"))
	require.Equal(t, "700", value(t, c, "unixsocketperm"))
	require.Equal(t, "::1", value(t, c, "bind"))
	require.True(t, AccessLocal.Allows(true))
	require.False(t, AccessLocal.Allows(false))
}
