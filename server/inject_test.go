package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
)

const (
	loading = resp.Error("LOADING Redis is loading the dataset in memory")
	oops    = resp.Error("OOPS")
)

func TestInjectedErrors(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	inject := func(e resp.Error, times int, commands ...string) {
		require.NoError(t, srv.Lab().InjectError(server.InjectedError{Text: string(e), Commands: commands, Times: times}))
	}
	inject(loading, 0)
	require.Equal(t, loading, c.Do("SET", "k", "1"))
	require.Equal(t, loading, c.Do("CLIENT", "ID"))
	require.Equal(t, resp.WrongArity("get"), c.Do("GET"))
	require.IsType(t, resp.Error(""), c.Do("NONE"))

	// The error for a command goes before the one for all, and its container's between.
	inject("A", 0, "client")
	inject("B", 0, "CLIENT  Id", "get")
	require.Equal(t, resp.Error("B"), c.Do("CLIENT", "ID"))
	require.Equal(t, resp.Error("A"), c.Do("CLIENT", "GETNAME"))
	require.Equal(t, resp.Error("B"), c.Do("GET", "k"))
	require.Equal(t, loading, c.Do("PING"))
	inject("", 0, "get")
	require.Equal(t, loading, c.Do("GET", "k"))
	inject("", 0)
	require.Nil(t, c.Do("GET", "k"))
	require.Equal(t, resp.Error("B"), c.Do("CLIENT", "ID"))
	srv.Lab().ClearInjected()
	require.IsType(t, int64(0), c.Do("CLIENT", "ID"))

	// A number of times, of all its commands taken together.
	inject(oops, 2, "GET", "SET")
	require.Equal(t, oops, c.Do("SET", "k", "1"))
	require.Equal(t, int64(0), c.Do("EXISTS", "k"))
	require.Equal(t, oops, c.Do("GET", "k"))
	require.Equal(t, "OK", c.Do("SET", "k", "1"))
	require.Equal(t, "1", c.Do("GET", "k"))
}

// What fails by an injected error has done nothing, not even to tracking.
func TestInjectedErrorsDoNothing(t *testing.T) {
	srv := servertest.Run(t)
	c, d := srv.Connect3(t), srv.Connect(t)
	c.Do("CLIENT", "TRACKING", "ON")
	require.NoError(t, srv.Lab().InjectError(server.InjectedError{Text: string(oops), Commands: []string{"GET"}, Times: 1}))
	require.Equal(t, oops, c.Do("GET", "k"))
	d.Do("SET", "k", "1")
	c.Quiet()
	require.Equal(t, "1", c.Do("GET", "k"))
	require.NoError(t, srv.Lab().InjectError(server.InjectedError{Text: string(oops), Commands: []string{"SET"}}))
	require.Equal(t, oops, d.Do("SET", "k", "2"))
	c.Quiet()

	require.Equal(t, "OK", d.Do("MULTI"))
	require.Equal(t, oops, d.Do("SET", "k", "2"))
	require.Equal(t, resp.Error("EXECABORT Transaction discarded because of previous errors."), d.Do("EXEC"))
	require.Equal(t, "OK", d.Do("EVAL", "return redis.call('set', 'k', '3')", "0"))
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
	_, err := srv.Call(0, "SET", "k", "4")
	require.NoError(t, err)
}

func TestInjectErrorMisuse(t *testing.T) {
	srv := servertest.Run(t)
	for name, want := range map[string]string{
		"none":          `server: there is no command "none"`,
		"":              `server: there is no command ""`,
		"get k":         `server: there is no command "get k"`,
		"client none":   `server: there is no command "client none"`,
		"client id now": `server: there is no command "client id now"`,
	} {
		err := srv.Lab().InjectError(server.InjectedError{Text: "E", Commands: []string{"set", name}})
		require.EqualError(t, err, want)
	}
	require.Equal(t, "OK", srv.Do("SET", "k", "1")) // nothing was set
	require.Error(t, srv.Lab().InjectError(server.InjectedError{Text: "E", Times: -1}))
	require.True(t, srv.Lab().ReadsOnly("GET"))
	require.False(t, srv.Lab().ReadsOnly("set"))
	require.False(t, srv.Lab().ReadsOnly("none"))
}
