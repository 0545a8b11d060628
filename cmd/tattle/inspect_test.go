//go:build unix

package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInspect: the page is where the line with the address says, for who has its token.
func TestInspect(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.json")
	cmd := program(os.Args[0], "--port", "auto", "--inspect", "0.0.0.0:auto", "--inspect-read-only", "--address-file", file)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill()
	var log bytes.Buffer
	a := readAddress(t, io.TeeReader(out, &log))
	require.Contains(t, log.String(), "# WARNING inspect 0.0.0.0:", "other machines reach it")
	require.Contains(t, a.Inspect, "http://127.0.0.1:")
	token := strings.Split(a.Inspect, "/")[3]
	require.NotContains(t, strings.Split(log.String(), readyPrefix)[0], token, "the log is for everybody")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it has the token")

	require.Equal(t, http.StatusOK, status(t, a.Inspect))
	require.Equal(t, http.StatusNotFound, status(t, strings.Replace(a.Inspect, token, "guess", 1)))
	require.Equal(t, http.StatusMethodNotAllowed, status(t, a.Inspect+"do"))

	ask(t, "tcp", a.tcp(), "PING")
	answer, err := http.Get(a.Inspect + "record?format=jsonl")
	require.NoError(t, err)
	defer answer.Body.Close()
	recorded, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(recorded), `"words":["PING"]`, "what happened before anybody looked")
	ask(t, "tcp", a.tcp(), "SHUTDOWN")
	io.Copy(io.Discard, out)
	require.NoError(t, cmd.Wait())
}

func status(t *testing.T, url string) int {
	t.Helper()
	answer, err := http.Get(url)
	require.NoError(t, err)
	answer.Body.Close()
	return answer.StatusCode
}
