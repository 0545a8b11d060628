package inspect_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/inspect"
)

// serve serves the page of a new server.
func serve(t *testing.T, o inspect.Options) (*server.Server, *inspect.Page) {
	t.Helper()
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { srv.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := inspect.Serve(srv, l, o)
	t.Cleanup(func() { p.Close() })
	return srv, p
}

// ask sends a request and returns the status and the body.
func ask(t *testing.T, method, url, body string, headers ...string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // without following redirects
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text), answer.Header
}

// post sends a control as the page does.
func post(t *testing.T, p *inspect.Page, what, body string) string {
	t.Helper()
	status, text, _ := ask(t, "POST", p.URL()+what, body, "Content-Type", "application/json")
	require.Equal(t, 200, status, text)
	return text
}

// How long and how often to look for what soon happens.
const (
	patience = 10 * time.Second
	tick     = time.Millisecond
)

func TestWhoIsRefused(t *testing.T) {
	_, p := serve(t, inspect.Options{Token: "secret", Host: "lab.example.com"})
	root := strings.TrimSuffix(p.URL(), "secret/")
	for _, c := range []struct {
		name, method, url string
		status            int
		headers           []string
	}{
		{"the page", "GET", p.URL(), 200, nil},
		{"by name", "GET", p.URL(), 200, []string{"Host", "localhost:8379"}},
		{"by IPv6", "GET", p.URL(), 200, []string{"Host", "[::1]:8379"}},
		{"by its name", "GET", p.URL(), 200, []string{"Host", "LAB.example.com"}},
		{"without the slash", "GET", root + "secret", 301, nil},
		{"no token", "GET", root, 404, nil},
		{"a wrong token", "GET", root + "secreT/", 404, nil},
		{"a wrong token's events", "GET", root + "x/events", 404, nil},
		{"a foreign Host", "GET", p.URL(), 403, []string{"Host", "rebound.example.com:8379"}},
		{"what looks like localhost", "GET", p.URL(), 403, []string{"Host", "localhost.example.com"}},
		{"GET of a control", "GET", p.URL() + "do", 405, nil},
		{"GET of another", "GET", p.URL() + "type", 405, nil},
		{"no type", "POST", p.URL() + "do", 415, nil},
		{"the type of a form", "POST", p.URL() + "do", 415, []string{"Content-Type", "text/plain"}},
		{"from another origin", "POST", p.URL() + "do", 403, []string{"Content-Type", "application/json", "Origin", "http://example.com"}},
		{"from another site", "POST", p.URL() + "do", 403, []string{"Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"}},
		{"no file", "GET", p.URL() + "nothing.js", 404, nil},
		{"a folder", "GET", p.URL() + "assets/", 404, nil},
		{"what is not JSON", "POST", p.URL() + "do", 400, []string{"Content-Type", "application/json"}},
	} {
		status, body, header := ask(t, c.method, c.url, "", c.headers...)
		require.Equal(t, c.status, status, "%s: %s", c.name, body)
		require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'", c.name)
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"), c.name)
	}
}

func TestTokensDiffer(t *testing.T) {
	_, a := serve(t, inspect.Options{})
	_, b := serve(t, inspect.Options{})
	require.NotEqual(t, a.Path(), b.Path())
	require.GreaterOrEqual(t, len(a.Path()), 22)
}

func TestControls(t *testing.T) {
	_, p := serve(t, inspect.Options{})
	require.Contains(t, post(t, p, "do", `{"words":["tattle","stats"]}`), `"paused":false`)
	require.JSONEq(t, `{"reply":"OK"}`, post(t, p, "do", `{"words":["TATTLE","LOOP","PAUSE"]}`))
	require.Contains(t, post(t, p, "do", `{"words":["TATTLE","STATS"]}`), `"paused":true`)
	require.Contains(t, post(t, p, "do", `{"words":["TATTLE","LOOP"]}`), `{"error":"ERR unknown subcommand`)
	require.Contains(t, post(t, p, "do", `{"words":["FLUSHALL","SYNC"]}`), "TATTLE commands only")
	require.Contains(t, post(t, p, "do", `{"words":[]}`), "TATTLE commands only")
	require.Contains(t, post(t, p, "do", `{"words":["TATTLE","Follow"]}`), "follows")
	require.Contains(t, post(t, p, "type", `{"client":7,"words":["GET","k"]}`), "ERR")
}

// TestReadOnly: a page that changes nothing refuses every control that is not known to look.
func TestReadOnly(t *testing.T) {
	_, p := serve(t, inspect.Options{ReadOnly: true})
	for _, words := range []string{
		`"TABLE"`, `"TREE"`, `"prefixes"`, `"CLIENTS"`, `"EXPLAIN","k"`, `"WHY","1","k"`, `"EVENTS"`, `"STATS"`, `"RECORD","dump"`, `"HELP"`,
	} {
		require.NotContains(t, post(t, p, "do", `{"words":["TATTLE",`+words+`]}`), "read-only", words)
	}
	for _, words := range []string{`"LOOP","PAUSE"`, `"RECORD","START"`, `"RECORD"`, `"RESET"`, `"EVICT","k"`, `"AS","1","GET"`, `"whatever"`} {
		require.Contains(t, post(t, p, "do", `{"words":["TATTLE",`+words+`]}`), "read-only", words)
	}
	require.Contains(t, post(t, p, "type", `{"client":1,"words":["GET","k"]}`), "read-only")
	require.Contains(t, post(t, p, "connect", `{"resp":3}`), "read-only")
	require.Contains(t, post(t, p, "disconnect", `{"client":1}`), "read-only")
}

func TestConnections(t *testing.T) {
	srv, p := serve(t, inspect.Options{})
	for _, proto := range []string{"2", "3"} {
		text := post(t, p, "connect", `{"resp":`+proto+`,"name":"mine"}`)
		var reply struct{ Reply struct{ Client uint64 } }
		require.NoError(t, json.Unmarshal([]byte(text), &reply))
		list := srv.Clients()
		require.Len(t, list, 1)
		require.Equal(t, reply.Reply.Client, list[0].ID)
		require.Equal(t, "mine", list[0].Name)
		id, _ := json.Marshal(reply.Reply.Client)
		require.JSONEq(t, `{"reply":"OK"}`, post(t, p, "disconnect", `{"client":`+string(id)+`}`))
		require.Contains(t, post(t, p, "disconnect", `{"client":`+string(id)+`}`), "no connection")
		require.Eventually(t, func() bool { return len(srv.Clients()) == 0 }, patience, tick)
	}
	require.Contains(t, post(t, p, "connect", `{"resp":3,"name":"a b"}`), "ERR Client names cannot contain spaces")
	require.Contains(t, post(t, p, "connect", `{"resp":4}`), "NOPROTO")
	for range 64 {
		require.Contains(t, post(t, p, "connect", `{}`), "client")
	}
	require.Contains(t, post(t, p, "connect", `{}`), "64 connections")
	p.Close()
	require.Eventually(t, func() bool { return len(srv.Clients()) == 0 }, patience, tick)
}

// batch is a message of the stream.
type batch struct {
	Events []struct {
		ID    uint64
		Kind  string
		Words []string
		Line  string
	}
	Dropped int
	LeftOut int `json:"left_out"`
}

// stream opens the stream of events and returns a function for the next message of a name,
// "" being those with events.
func stream(t *testing.T, url string) (next func(name string) string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { answer.Body.Close() })
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewReader(answer.Body)
	return func(name string) string {
		t.Helper()
		for is, data := "", ""; ; {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			switch {
			case field == "event":
				is = value
			case field == "data":
				data = value
			case line == "\n" && is == name && data != "":
				return data
			case line == "\n":
				is, data = "", ""
			}
		}
	}
}

func TestEventsArrive(t *testing.T) {
	srv, p := serve(t, inspect.Options{ReadOnly: true})
	next := stream(t, p.URL()+"events")
	var hello map[string]any
	require.NoError(t, json.Unmarshal([]byte(next("hello")), &hello))
	require.Len(t, hello["run"], 32, "by which the page knows this server from one that takes its place")
	delete(hello, "run")
	require.Equal(t, map[string]any{"read_only": true, "version": server.Version, "last": 0.0}, hello)
	conn, err := srv.Dial(context.Background())
	require.NoError(t, err)
	_, err = conn.Write(resp.AppendCommand(nil, "SET", "k", "v"))
	require.NoError(t, err)
	lines := ""
	for !strings.Contains(lines, `< "+OK`) {
		var b batch
		require.NoError(t, json.Unmarshal([]byte(next("")), &b))
		for _, e := range b.Events {
			lines += e.Line + "\n"
		}
	}
	require.Contains(t, lines, "> SET k v\n")
	srv.Close()
	next("end")
}

func TestRecord(t *testing.T) {
	srv, p := serve(t, inspect.Options{ReadOnly: true})
	next := stream(t, p.URL()+"events")
	next("hello")
	conn, err := srv.Dial(context.Background())
	require.NoError(t, err)
	_, err = conn.Write(resp.AppendCommand(nil, "SET", "k", "v"))
	require.NoError(t, err)
	require.Contains(t, next(""), "connected")
	for format, want := range map[string]string{"": `"words":["SET","k","v"]`, "jsonl": `"words":["SET","k","v"]`, "text": "SET k v"} {
		require.Eventually(t, func() bool {
			_, text, header := ask(t, "GET", p.URL()+"record?format="+format, "")
			require.Contains(t, header.Get("Content-Disposition"), "attachment")
			return strings.Contains(text, want)
		}, patience, tick, format)
	}
	status, text, _ := ask(t, "GET", p.URL()+"record?format=xml", "")
	require.Equal(t, 400, status)
	require.Contains(t, text, `no format "xml"`)
}
