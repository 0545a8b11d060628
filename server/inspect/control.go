package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/tattle"
)

// Limits of what a page may ask for.
const (
	maxBody    = 8 << 20
	maxConns   = 64               // that it opens
	maxConnect = 10 * time.Second // for the handshake of one
)

// request is the body of a POST. Each takes its own of the fields.
type request struct {
	Words  []word `json:"words"`
	Client uint64 `json:"client"`
	RESP   int    `json:"resp"`
	Name   string `json:"name"`
}

// word is a string as the page sends it: {"base64": ...} if it is not UTF-8.
type word string

func (w *word) UnmarshalJSON(b []byte) error {
	var raw struct {
		Base64 []byte `json:"base64"`
	}
	if b[0] != '{' {
		return json.Unmarshal(b, (*string)(w))
	}
	err := json.Unmarshal(b, &raw)
	*w = word(raw.Base64)
	return err
}

func texts(list []word) []string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return words
}

var (
	errReadOnly = errors.New("ERR the page is read-only")
	errConns    = fmt.Errorf("ERR the page has opened %d connections, which is the limit", maxConns)
	errClosed   = errors.New("ERR the page is closed")
)

// posted makes a handler of a function that answers the body of a POST. The reply becomes
// {"reply": ...}, an error {"error": "ERR ..."}.
func (p *Page) posted(answer func(context.Context, request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "this takes POST only", http.StatusMethodNotAllowed)
			return
		}
		if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/json" {
			http.Error(w, "the Content-Type must be application/json", http.StatusUnsupportedMediaType)
			return
		}
		var body request
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		reply, err := answer(r.Context(), body)
		if err != nil {
			fmt.Fprintf(w, `{"error":%s}`, appendText(nil, err.Error()))
			return
		}
		fmt.Fprintf(w, `{"reply":%s}`, appendReply(nil, reply))
	}
}

// do answers a TATTLE command.
func (p *Page) do(_ context.Context, r request) (any, error) { return p.tattle(texts(r.Words)) }

// tattle runs a TATTLE command.
func (p *Page) tattle(words []string) (any, error) {
	switch {
	case len(words) < 2 || !strings.EqualFold(words[0], "tattle"):
		return nil, errors.New("ERR the page runs TATTLE commands only")
	case strings.EqualFold(words[1], "follow"):
		return nil, errors.New("ERR the page follows the events by itself")
	case p.options.ReadOnly && !looks(words[1:]):
		return nil, errReadOnly
	}
	lab, done := p.lab()
	defer done()
	return tattle.Answer(lab, &server.Request{Client: server.ClientInfo{Name: "inspect", Proto: 3}, Words: words})
}

// looking are the subcommands of TATTLE that change nothing.
var looking = []string{"table", "prefixes", "clients", "explain", "why", "events", "stats", "tree", "help", "record dump"}

func looks(words []string) bool {
	name := strings.ToLower(words[0])
	if name == "record" && len(words) > 1 {
		name += " " + strings.ToLower(words[1])
	}
	return slices.Contains(looking, name)
}

// typed runs a command as a client.
func (p *Page) typed(_ context.Context, r request) (any, error) {
	return p.tattle(append([]string{"TATTLE", "AS", strconv.FormatUint(r.Client, 10)}, texts(r.Words)...))
}

// connect opens a connection, whose replies and pushes the page sees as events, and returns the id of
// the client.
func (p *Page) connect(ctx context.Context, r request) (any, error) {
	if p.options.ReadOnly {
		return nil, errReadOnly
	}
	ctx, cancel := context.WithTimeout(ctx, maxConnect)
	defer cancel()
	conn, err := p.srv.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	id, rest, err := greet(conn, r)
	if err == nil {
		err = p.keep(id, conn)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	go func() {
		io.Copy(io.Discard, rest)
		p.forget(id)
	}()
	return resp.Map{{Key: "client", Value: int64(id)}}, nil
}

// greet sends HELLO and returns the id of the client, and what there is to read after the reply.
func greet(conn net.Conn, r request) (uint64, io.Reader, error) {
	hello := []any{"HELLO", max(r.RESP, 2)}
	if r.Name != "" {
		hello = append(hello, "SETNAME", r.Name)
	}
	if _, err := conn.Write(resp.AppendCommand(nil, hello...)); err != nil {
		return 0, nil, err
	}
	in := resp.NewReader(conn)
	reply, err := in.Read()
	if err != nil {
		return 0, nil, err
	}
	var flat []any // RESP2 has no maps
	switch reply := reply.(type) {
	case resp.Error:
		return 0, nil, reply
	case []any:
		flat = reply
	case resp.Map:
		for _, pair := range reply {
			flat = append(flat, pair.Key, pair.Value)
		}
	}
	for i := 0; i+1 < len(flat); i += 2 {
		if id, ok := flat[i+1].(int64); ok && flat[i] == "id" {
			return uint64(id), in.Raw(), nil
		}
	}
	return 0, nil, fmt.Errorf("ERR HELLO was answered by %v", reply)
}

// keep remembers a connection until disconnect or Close.
func (p *Page) keep(id uint64, conn net.Conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return errClosed
	case len(p.conns) >= maxConns:
		return errConns
	}
	p.conns[id] = conn
	return nil
}

// disconnect ends a connection that the page has opened.
func (p *Page) disconnect(_ context.Context, r request) (any, error) {
	if p.options.ReadOnly {
		return nil, errReadOnly
	}
	conn := p.forget(r.Client)
	if conn == nil {
		return nil, fmt.Errorf("ERR the page has opened no connection of client %d", r.Client)
	}
	return "OK", conn.Close()
}

// forget returns a connection that the page has opened, or nil, and does not count it any more.
func (p *Page) forget(id uint64) net.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	conn := p.conns[id]
	delete(p.conns, id)
	return conn
}
