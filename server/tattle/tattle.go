package tattle

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

// Answer answers a TATTLE command. The reply is a value of a type that [resp.Writer.Value] takes.
// It is made for [server.Options].Tattle.
func Answer(lab *server.Lab, r *server.Request) (any, error) {
	if len(r.Words) < 2 {
		return nil, resp.WrongArity("tattle")
	}
	if strings.EqualFold(r.Words[1], "HELP") && len(r.Words) == 2 {
		return help(), nil
	}
	args := r.Words[2:]
	for _, w := range words() {
		if strings.EqualFold(w.name, r.Words[1]) && len(args) >= w.least && (len(args) <= w.most || w.most < 0) {
			return w.run(&call{lab: lab, r: r, args: args})
		}
	}
	return nil, resp.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try TATTLE HELP.", r.Words[1])
}

// word is a subcommand.
type word struct {
	name        string
	least, most int // arguments; -1 is any number
	usage       string
	does        []string // for HELP
	run         func(*call) (any, error)
}

// call is one TATTLE command that runs.
type call struct {
	lab  *server.Lab
	r    *server.Request
	args []string // behind the subcommand
}

// ok is the reply of what has nothing to tell.
const ok = resp.Simple("OK")

// done returns OK, or the error in words for clients.
func done(err error) (any, error) {
	if err != nil {
		return nil, inWords(err)
	}
	return ok, nil
}

// inWords returns an error as the client reads it.
func inWords(err error) error {
	switch {
	case errors.Is(err, server.ErrNotHeld):
		return resp.Error("ERR no such push of that client is held. TATTLE HOLD holds them.")
	case errors.Is(err, server.ErrNoRedirect):
		return resp.Error("ERR that client redirects to nobody")
	case errors.Is(err, server.ErrNotManual):
		return resp.Error("ERR the loop runs by itself. TATTLE LOOP PAUSE stops it.")
	case errors.Is(err, server.ErrRealClock):
		return resp.Error("ERR the clock runs by itself. TATTLE CLOCK STOP stops it.")
	case errors.As(err, new(resp.Error)):
		return err
	}
	return resp.Error("ERR " + strings.TrimPrefix(err.Error(), "server: "))
}

// of returns the error of something about one client.
func of(id uint64, err error) error {
	if errors.Is(err, server.ErrNoClient) {
		return resp.Errorf("ERR client %d is not connected", id)
	}
	return err
}

// clientID reads the id of a client, who need not be there.
func clientID(word string) (uint64, error) {
	id, err := strconv.ParseUint(word, 10, 63)
	if err != nil || id == 0 {
		return 0, resp.Errorf("ERR '%s' is no id of a client. TATTLE CLIENTS lists them.", word)
	}
	return id, nil
}

// client finds a connected client.
func (c *call) client(word string) (server.ClientInfo, error) {
	id, err := clientID(word)
	if err != nil {
		return server.ClientInfo{}, err
	}
	for _, info := range c.lab.Server().Clients() {
		if info.ID == id {
			return info, nil
		}
	}
	return server.ClientInfo{}, of(id, server.ErrNoClient)
}

// number reads a number within bounds.
func number(word string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(word, 10, 64)
	switch {
	case err != nil:
		return 0, resp.ErrNotInteger
	case n < least || n > most:
		return 0, resp.ErrOutOfRange
	}
	return n, nil
}

// milliseconds reads a duration.
func milliseconds(word string) (time.Duration, error) {
	const most = int64(1<<63-1) / int64(time.Millisecond)
	n, err := number(word, 0, most)
	return time.Duration(n) * time.Millisecond, err
}

// option is a word with a value behind it.
type option struct {
	name string
	take func(value string) error
}

// options reads words and their values, in any order and any case.
func options(args []string, known ...option) error {
	for len(args) > 0 {
		if len(args) == 1 {
			return resp.ErrSyntax
		}
		found := false
		for _, o := range known {
			if found = strings.EqualFold(o.name, args[0]); found {
				if err := o.take(args[1]); err != nil {
					return err
				}
				break
			}
		}
		if !found {
			return resp.ErrSyntax
		}
		args = args[2:]
	}
	return nil
}

// text is an option whose value is any text.
func text(name string, into *string) option {
	return option{name, func(v string) error { *into = v; return nil }}
}

// count is the option COUNT.
func count(into *int, most int64) option {
	return option{"COUNT", func(v string) error {
		n, err := number(v, 1, most)
		*into = int(n)
		return err
	}}
}

// choice finds a word among some, whatever its case.
func choice(word string, of ...string) (string, error) {
	for _, o := range of {
		if strings.EqualFold(o, word) {
			return o, nil
		}
	}
	return "", resp.ErrSyntax
}

// help lists the subcommands as the HELP of other containers does.
func help() []any {
	lines := []any{resp.Simple("TATTLE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")}
	for _, w := range words() {
		lines = append(lines, resp.Simple(strings.TrimSpace(w.name+" "+w.usage)))
		for _, line := range w.does {
			lines = append(lines, resp.Simple("    "+line))
		}
	}
	return append(lines, resp.Simple("HELP"), resp.Simple("    Print this help."))
}

// pairs makes a map of keys and values in turn.
func pairs(list ...any) (m resp.Map) {
	for i := 0; i < len(list); i += 2 {
		m = append(m, resp.Pair{Key: list[i], Value: list[i+1]})
	}
	return m
}

// list makes an array of a slice.
func list[T any](of []T, value func(T) any) []any {
	values := make([]any, len(of))
	for i, v := range of {
		values[i] = value(v)
	}
	return values
}

func ids(of []uint64) []any { return list(of, func(id uint64) any { return int64(id) }) }

func strs(of []string) []any { return list(of, func(s string) any { return s }) }

// onOff reads ON or OFF.
func onOff(word string) (bool, error) {
	on, err := choice(word, "ON", "OFF")
	return on == "ON", err
}
