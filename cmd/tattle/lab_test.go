package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/lab"
)

func TestLab(t *testing.T) {
	for _, tt := range []struct {
		args           string
		code           int
		stdout, stderr string // parts of what is printed
	}{
		{"lab", 0, "   1  default-mode (level 1): ", ""},
		{"lab --help", 0, "tattle lab check [NAME ...]", ""},
		{"lab 1", 0, "\nAnswer: ", ""},
		{"tattle lab default-mode --yes --step", 0, "  < >invalidate [k]\n", ""},
		{"lab check 1 01", 0, "ok      01-default-mode\nok      01-default-mode\n", ""},
		{"lab defaultmode", 1, "", `there is no lab "defaultmode"; there is default-mode`},
		{"lab check 1 nothing-like-it", 1, "", "tattle lab lists them"},
		{"lab 1 2", 1, "", "one lab at a time; tattle lab check plays several"},
		{"lab --against", 1, "", "--against wants the HOST:PORT of a server"},
		{"lab --against x:1", 1, "", "which lab?"},
		{"lab 1 --against=127.0.0.1:1", 1, "", "127.0.0.1:1: dial tcp"},
		{"lab 1 --inspect=auto", 0, "The page is at http://127.0.0.1:", ""},
		{"lab 1 --inspect=nowhere", 1, "", "argument must be 'yes', 'no', a port, or an address"},
		{"lab check --inspect", 1, "", "--inspect and --why go with one lab"},
		{"lab 1 --why --against x:1", 1, "", "--inspect and --why go with one lab"},
		{"lab noloop-untracks --why", 0, "* invalidate [a1] for a by push: not sent: NOLOOP (SET by a)\n", ""},
		{"lab --foo", 1, "", "what is --foo?"},
	} {
		code, stdout, stderr := call(tt.args)
		require.Equal(t, tt.code, code, tt.args)
		require.Contains(t, stdout, tt.stdout)
		require.Contains(t, stderr, tt.stderr)
		require.NotContains(t, stdout, "Predict: \x1b", "it is no terminal")
	}
}

// call runs tattle without a terminal.
func call(args string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(strings.Fields(args), strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// The keys of another server are not deleted unless somebody agrees.
func TestLabAgainst(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer srv.Close()
	addr := srv.Addr().String()

	code, stdout, _ := call("lab 1 --against " + addr)
	require.Zero(t, code, "nobody needs to agree")
	require.Contains(t, stdout, "tattle "+server.Version+" at "+addr+" loses its keys (it has 0), cached scripts and statistics.\n")

	_, err = srv.Call(0, "SET", "mine", "v")
	require.NoError(t, err)
	code, _, stderr := call("lab check 1 --against " + addr)
	require.Equal(t, 1, code)
	require.Equal(t, "tattle lab: the server is not empty: with --yes its keys are deleted\n", stderr)
	v, err := srv.Call(0, "GET", "mine")
	require.NoError(t, err)
	require.Equal(t, "v", v)

	var out bytes.Buffer
	asked := labCall{against: addr}
	_, err = borrow(asked, func(string) string { return "no" }, &out)
	require.EqualError(t, err, "nothing was done")
	_, err = borrow(asked, func(string) string { return "yes" }, &out)
	require.NoError(t, err)
	code, _, _ = call("lab check 1 --yes --against " + addr)
	require.Zero(t, code)
	v, err = srv.Call(0, "GET", "mine")
	require.NoError(t, err)
	require.Nil(t, v)
}

// A reader is asked only at a terminal.
func TestLabAsks(t *testing.T) {
	require.False(t, terminal(&bytes.Buffer{}))
	device, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	require.NoError(t, err)
	defer device.Close()
	require.Nil(t, asker(labCall{}, device, &bytes.Buffer{}))
	require.Nil(t, asker(labCall{yes: true}, device, device))
	t.Setenv("NO_COLOR", "1")
	require.False(t, colourful(device))
	if ask := asker(labCall{}, device, device); ask != nil { // it is like a terminal on Unix
		require.Empty(t, ask("guess> "), "the input has ended")
	}
}

// The page is there from before the first step until after the last one.
func TestLabInspect(t *testing.T) {
	v, err := open(labCall{inspect: "auto"}, nil, nil)
	require.NoError(t, err)
	defer v.end()
	var out bytes.Buffer
	asked := 0
	term := lab.Terminal{Out: &out, Ask: func(string) string {
		asked++
		r, err := http.Get(v.page)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, r.StatusCode)
		r, err = http.Post(v.page+"do", "application/json", strings.NewReader(`{"words":["TATTLE","PREFIXES"]}`))
		require.NoError(t, err)
		reply, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.JSONEq(t, `{"reply":[]}`, string(reply), "its buttons are commands")
		return ""
	}}
	beside(v.page, &term)
	linger(&term, nil)
	require.Equal(t, 2, asked)
	require.Contains(t, out.String(), v.page)

	port, _, _ := strings.Cut(strings.TrimPrefix(v.page, "http://127.0.0.1:"), "/")
	code, _, stderr := call("lab 1 --inspect=" + port)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "--inspect=auto takes a port that is free")
}
