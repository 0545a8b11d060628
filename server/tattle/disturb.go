package tattle

import (
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

// disturbed has a fault begin or end for the client of the first argument.
func (c *call) disturbed(fault func(server.Faults) error) (any, error) {
	id, err := clientID(c.args[0])
	if err != nil {
		return nil, err
	}
	return done(of(id, fault(c.lab.Faults(id))))
}

func hold(c *call) (any, error) { return c.disturbed(server.Faults.Hold) }

func cut(c *call) (any, error) { return c.disturbed(server.Faults.CutBeforePush) }

func breakRedirect(c *call) (any, error) { return c.disturbed(server.Faults.BreakRedirect) }

func reorder(c *call) (any, error) {
	return c.disturbed(func(f server.Faults) error { return f.Release(true) })
}

func release(c *call) (any, error) {
	var n int
	var id uint64
	if err := options(c.args[1:], count(&n, 1<<31-1), eventID(&id)); err != nil {
		return nil, err
	}
	return c.disturbed(func(f server.Faults) error {
		switch {
		case id > 0:
			return f.ReleaseOne(id)
		case n > 0:
			return f.ReleaseSome(n)
		}
		return f.Release(false)
	})
}

// eventID is the option ID.
func eventID(into *uint64) option {
	return option{"ID", func(v string) error {
		n, err := number(v, 1, 1<<62)
		*into = uint64(n)
		return err
	}}
}

func drop(c *call) (any, error) {
	n, id := int64(1), uint64(0)
	var err error
	if len(c.args) == 2 {
		n, err = number(c.args[1], -1, 1<<31-1)
	} else {
		err = options(c.args[1:], eventID(&id))
	}
	if err != nil {
		return nil, err
	}
	return c.disturbed(func(f server.Faults) error {
		if id > 0 {
			return f.DropOne(id)
		}
		return f.Drop(int(n))
	})
}

func delay(c *call) (any, error) {
	d, err := milliseconds(c.args[1])
	if err != nil {
		return nil, err
	}
	return c.disturbed(func(f server.Faults) error { return f.Delay(d) })
}

func duplicate(c *call) (any, error) {
	on := true
	if len(c.args) == 2 {
		var err error
		if on, err = onOff(c.args[1]); err != nil {
			return nil, err
		}
	}
	return c.disturbed(func(f server.Faults) error { return f.Duplicate(on) })
}

func stall(c *call) (any, error) {
	what, on := server.Faults.StallWrites, true
	rest := c.args[1:]
	if len(rest) > 0 {
		if side, err := choice(rest[0], "READS", "WRITES"); err == nil {
			if rest = rest[1:]; side == "READS" {
				what = server.Faults.StallReads
			}
		}
	}
	switch len(rest) {
	case 0:
	case 1:
		var err error
		if on, err = onOff(rest[0]); err != nil {
			return nil, err
		}
	default:
		return nil, resp.ErrSyntax
	}
	return c.disturbed(func(f server.Faults) error { return what(f, on) })
}

// injectError is ERROR.
func injectError(c *call) (any, error) {
	e := server.InjectedError{Text: c.args[0]}
	err := options(c.args[1:], option{"FOR", func(v string) error {
		e.Commands = append(e.Commands, strings.ReplaceAll(v, "|", " "))
		return nil
	}}, option{"TIMES", func(v string) error {
		n, err := number(v, 1, 1<<31-1)
		e.Times = int(n)
		return err
	}})
	if err != nil {
		return nil, err
	}
	if e.Text == "" && len(e.Commands) == 0 {
		c.lab.ClearInjected()
		return ok, nil
	}
	return done(c.lab.InjectError(e))
}

func evict(c *call) (any, error) {
	if c.lab.EvictKey(c.args[0]) {
		return 1, nil
	}
	return 0, nil
}

func push(c *call) (any, error) {
	info, err := c.client(c.args[0])
	if err != nil {
		return nil, err
	}
	where, words := server.Now, c.args[1:]
	if place, err := choice(words[0], "NOW", "BEFORE", "INSIDE"); err == nil && len(words) > 1 {
		where = map[string]server.Place{"NOW": server.Now, "BEFORE": server.BeforeReply, "INSIDE": server.InsideReply}[place]
		words = words[1:]
	}
	frame, err := transcript.Frame(value(words), info.Proto)
	if err != nil {
		return nil, resp.Errorf("ERR that is no value to push: %s", err)
	}
	return done(of(info.ID, c.lab.Push(info.ID, frame, where)))
}

// value joins words to the text of a value. A client such as redis-cli has taken away the
// quotes of those that had any.
func value(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	for i, word := range words {
		if plain := strings.Trim(word, "[]"); i > 0 && (plain == "" && word == "" || strings.ContainsFunc(plain, special)) {
			words[i] = strconv.Quote(word)
		}
	}
	return strings.Join(words, " ")
}

// special reports whether a character would have been in quotes.
func special(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xfffd }

func as(c *call) (any, error) {
	info, err := c.client(c.args[0])
	if err != nil {
		return nil, err
	}
	reply, err := c.lab.As(info.ID, c.args[1:]...)
	if err != nil {
		return nil, inWords(of(info.ID, err))
	}
	return reply, nil
}
