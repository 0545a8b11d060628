package serverlog

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLines(t *testing.T) {
	var b bytes.Buffer
	l := New(&b, Master, Notice)
	l.Debugf("no")
	l.Verbosef("no")
	l.Noticef("Ready to accept connections %s", "tcp")
	l.Warningf("careful")
	l.SetLevel(Debug)
	l.Debugf("d")
	l.Verbosef("v")
	l.SetLevel(Nothing)
	l.Warningf("no")
	require.Regexp(t, fmt.Sprintf(`^%[1]d:M \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} \* Ready to accept connections tcp
%[1]d:M .{24} # careful
%[1]d:M .{24} \. d
%[1]d:M .{24} - v
$`, os.Getpid()), b.String())
}

func TestNoLog(t *testing.T) {
	var l *Logger
	l.Warningf("into nothing")
	New(nil, Master, Debug).Warningf("into nothing")
}

func TestFileMayBeMovedAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f := File(path)
	require.NoError(t, f.Check())
	l := New(f, Starting, Notice)
	l.Noticef("one")
	require.NoError(t, os.Rename(path, path+".1"))
	l.Noticef("two")
	old, err := os.ReadFile(path + ".1")
	require.NoError(t, err)
	require.Contains(t, string(old), "one")
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(now), "two")
	require.Error(t, File(filepath.Join(path, "below")).Check())
}

func TestLevels(t *testing.T) {
	for l := Debug; l <= Nothing; l++ {
		require.Equal(t, l, ParseLevel(l.String()))
	}
}
