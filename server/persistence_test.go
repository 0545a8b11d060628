package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// What SAVE and BGSAVE write is there again in a server that loads it.
func TestSaveAndLoad(t *testing.T) {
	for _, command := range []string{"SAVE", "BGSAVE"} {
		t.Run(command, func(t *testing.T) {
			dir := t.TempDir()
			srv := servertest.Run(t, servertest.WithSetting("dir", dir))
			srv.Do("MSET", "k", "v", "n", "17")
			srv.Do("EXPIREAT", "n", "9999999999")
			srv.Do("RPUSH", "l", "a", "b")
			srv.Do(command)
			path := filepath.Join(dir, "dump.rdb")
			require.Eventually(t, func() bool { return fileThere(path) }, 10*time.Second, time.Millisecond)

			again := servertest.Run(t, servertest.WithRDB(path))
			require.Equal(t, []any{"v", "17"}, again.Do("MGET", "k", "n"))
			require.Equal(t, int64(9999999999), again.Do("EXPIRETIME", "n"))
			require.Equal(t, []any{"a", "b"}, again.Do("LRANGE", "l", 0, -1))
		})
	}
}

func persistence(srv *servertest.Server) string { return srv.Do("INFO", "persistence").(string) }

func fileThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// The server goes on where SHUTDOWN cannot write the file that it is to write.
func TestShutdownThatCannotSave(t *testing.T) {
	const failed = resp.Error("ERR Errors trying to SHUTDOWN. Check logs.")
	for line, want := range map[string]struct{ plain, withSavePoints bool }{
		"SHUTDOWN":            {true, false},
		"SHUTDOWN NOW":        {true, false},
		"SHUTDOWN SAVE":       {false, false},
		"SHUTDOWN NOSAVE":     {true, true},
		"SHUTDOWN FORCE":      {true, true},
		"SHUTDOWN SAVE FORCE": {true, true},
	} {
		for points, ends := range map[string]bool{"": want.plain, "3600 1": want.withSavePoints} {
			srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()), servertest.WithSetting("save", points), servertest.WithSetting("dbfilename", "."))
			c := srv.Connect(t)
			c.WriteRaw(line + "\r\n")
			if ends {
				c.Closed()
				continue
			}
			require.Equal(t, failed, c.Read(), line)
			require.Equal(t, "PONG", c.Do("PING"), line)
		}
	}
}

// After a BGSAVE that failed, writes and PING are refused if there are save points, until a
// file is written.
func TestWritesStopWhenSavingFails(t *testing.T) {
	const refused = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk." +
		" Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if" +
		" RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()), servertest.WithSetting("dbfilename", "."), servertest.WithSetting("enable-protected-configs", "yes"))
	c := srv.Connect(t)
	c.Do("SET", "k", "v")
	c.Do("BGSAVE")
	require.Eventually(t, func() bool { return strings.Contains(persistence(srv), "rdb_last_bgsave_status:err") }, 10*time.Second, time.Millisecond)
	require.Equal(t, "OK", c.Do("SET", "k", "v"), "without save points")
	c.Do("CONFIG", "SET", "save", "3600 1")
	for _, line := range [][]any{{"SET", "k", "w"}, {"DEL", "none"}, {"PING"}, {"EVAL", "#!lua\nreturn 1", 0}, {"FLUSHALL"}} {
		require.Equal(t, resp.Error(refused), c.Do(line...))
	}
	require.Contains(t, string(c.Do("EVAL", "return redis.call('set', KEYS[1], 1)", 1, "k").(resp.Error)), refused)
	require.Equal(t, "v", c.Do("GET", "k"))
	require.Equal(t, int64(1), c.Do("EVAL", "return 1", 0))
	c.Do("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
	require.Equal(t, "OK", c.Do("SET", "k", "w"))
	c.Do("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
	require.Equal(t, resp.Error("ERR"), c.Do("SAVE"))
	c.Do("CONFIG", "SET", "dbfilename", "dump.rdb")
	require.Equal(t, "OK", c.Do("SAVE"))
	require.Equal(t, "OK", c.Do("SET", "k", "x"))
}

// Nothing is written unless it is asked for.
func TestNothingIsSavedUnasked(t *testing.T) {
	dir := t.TempDir()
	srv := servertest.Run(t, servertest.WithSetting("dir", dir))
	srv.Do("SET", "k", "v")
	srv.Close()
	require.False(t, fileThere(filepath.Join(dir, "dump.rdb")))
}

// Save points write the file when they fall due, and at the end.
func TestSavePoints(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dump.rdb")
	srv := servertest.Run(t, servertest.WithSetting("dir", dir), servertest.WithSetting("save", "60 2"), servertest.WithManualClock(time.Unix(1000, 0)))
	srv.Do("SET", "a", "1")
	srv.FastForward(time.Hour)
	require.Contains(t, persistence(srv), "rdb_changes_since_last_save:1\r\n", "one change is too few")
	srv.Do("SET", "b", "2")
	srv.FastForward(time.Second)
	require.Eventually(t, func() bool { return strings.Contains(persistence(srv), "rdb_bgsave_in_progress:0\r\n") }, 10*time.Second, time.Millisecond)
	require.Contains(t, persistence(srv), "rdb_changes_since_last_save:0\r\n")
	require.Contains(t, persistence(srv), "rdb_saves:1\r\n")
	srv.Do("SET", "c", "3")
	srv.Close()
	require.Equal(t, int64(3), servertest.Run(t, servertest.WithRDB(path)).Do("DBSIZE"))
}

// A program that finds a broken file does not start; without a file it does.
func TestPersist(t *testing.T) {
	cfg := config.New()
	cfg.Port, cfg.Dir = 0, t.TempDir()
	srv, err := server.Start(server.Options{Config: cfg, Persist: true})
	require.NoError(t, err)
	srv.Close()
	path := filepath.Join(cfg.Dir, "dump.rdb")
	require.NoError(t, os.WriteFile(path, []byte("REDIS0012\x00\x01k"), 0o600))
	_, err = server.Start(server.Options{Config: cfg, Persist: true})
	require.ErrorContains(t, err, "Fatal error loading the DB from "+path)
}

// DEBUG RELOAD sends all keys through a file. Clients with caches are told to drop
// everything, and transactions that watch a key fail, as in Redis.
func TestDebugReload(t *testing.T) {
	w := newWorld(t)
	a, x := w.v3(), w.v2()
	w.admin.ok("MSET k v l v")
	a.ok("CLIENT TRACKING ON")
	a.does("v", "GET k")
	x.ok("WATCH k")
	x.ok("MULTI")
	w.admin.ok("DEBUG RELOAD")
	require.Equal(t, resp.Push{"invalidate", nil}, a.Read())
	require.Nil(t, x.do("EXEC"))
	a.does("v", "GET k")
	require.Equal(t, resp.Error("ERR Error trying to load the RDB dump, check server logs"), w.admin.do("DEBUG RELOAD NOFLUSH"))
	w.admin.ok("DEBUG RELOAD NOFLUSH MERGE")
	require.Equal(t, int64(2), w.admin.do("DBSIZE"))
}

// The program writes the file that DEBUG RELOAD reads, so that NOSAVE finds it again.
func TestReloadWritesTheProgramsFile(t *testing.T) {
	cfg := config.New()
	cfg.Port, cfg.Dir, cfg.EnableDebugCommand = 0, t.TempDir(), "yes"
	srv, err := server.Start(server.Options{Config: cfg, Persist: true})
	require.NoError(t, err)
	defer srv.Close()
	call := func(words ...any) any {
		reply, err := srv.Call(0, words...)
		require.NoError(t, err)
		return reply
	}
	call("SET", "k", "v")
	require.Equal(t, "OK", call("DEBUG", "RELOAD"))
	call("SET", "k", "changed")
	require.Equal(t, "OK", call("DEBUG", "RELOAD", "NOSAVE"))
	require.Equal(t, "v", call("GET", "k"))
	require.True(t, fileThere(filepath.Join(cfg.Dir, "dump.rdb")))
}
