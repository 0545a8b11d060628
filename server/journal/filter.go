package journal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/tracking"
)

// Filter selects events: those that every part of it lets through. The zero Filter lets all
// through.
type Filter struct {
	// Keys are patterns as those of KEYS. An event passes if it is about a key that matches
	// one of them, or about all keys. A command passes if one of its words matches.
	Keys []string
	// Clients are ids and names of connections. An event passes if it is about one of them or by
	// it; with an id, also if it is for it.
	Clients []string
	// Kinds are the kinds that pass; 0 is all.
	Kinds tracking.Kinds
	// NotSent lets only those messages through that were not sent. Without Kinds nothing
	// else passes.
	NotSent bool
}

// ParseFilter reads a filter as people type it: user:1 as key:user:*, 7 as client:7, and so on.
//
//	key:user:* client:7 kind:push not-sent
//
// A value with spaces is quoted as in Go: key:"a b". The names of kinds are those of
// [tracking.Kind.String] with - for a space; command stands for began, reply for ended, and push for
// message and pushed. A client is an id or a name.
func ParseFilter(text string) (f Filter, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		end := strings.IndexAny(text, " \t\"")
		if end >= 0 && text[end] == '"' {
			prefix, err := strconv.QuotedPrefix(text[end:])
			if err != nil {
				return f, fmt.Errorf("a quote is missing in %s", text)
			}
			value, _ := strconv.Unquote(prefix)
			if err := f.Add(strings.TrimSuffix(text[:end], ":"), value); err != nil {
				return f, err
			}
			text = text[end+len(prefix):]
			continue
		}
		if end < 0 {
			end = len(text)
		}
		name, value, _ := strings.Cut(text[:end], ":")
		if err := f.Add(name, value); err != nil {
			return f, err
		}
		text = text[end:]
	}
	return f, nil
}

// Add narrows the filter by one part: a name (key, client, kind or not-sent, in any case) and
// its value.
func (f *Filter) Add(name, value string) error {
	switch strings.ToLower(name) {
	case "key":
		f.Keys = append(f.Keys, value)
	case "client":
		if value == "" {
			return errors.New("client: needs the id or the name of a connection")
		}
		f.Clients = append(f.Clients, value)
	case "kind":
		kinds, ok := kindsNamed(strings.ToLower(value))
		if !ok {
			return fmt.Errorf("there are no events of the kind %q", value)
		}
		f.Kinds |= kinds
		f.NotSent = f.NotSent || strings.EqualFold(value, notSent)
	case notSent:
		f.NotSent = true
	default:
		return fmt.Errorf("there is no filter %q: it is key:, client:, kind: or not-sent", name)
	}
	return nil
}

const notSent = "not-sent"

// kindsNamed returns the kinds that a name stands for.
func kindsNamed(name string) (tracking.Kinds, bool) {
	switch name {
	case "command":
		return tracking.KindsOf(tracking.Began), true
	case "reply":
		return tracking.KindsOf(tracking.Ended), true
	case "push":
		return tracking.KindsOf(tracking.Message, tracking.Pushed), true
	case notSent:
		return tracking.KindsOf(tracking.Message), true
	}
	k, ok := tracking.KindNamed(strings.ReplaceAll(name, "-", " "))
	return tracking.KindsOf(k), ok
}

// Match reports whether an event passes.
func (f *Filter) Match(e tracking.Event) bool {
	return f.matchKind(e) && f.matchClient(e) && f.matchKey(e)
}

func (f *Filter) matchKind(e tracking.Event) bool {
	kinds := f.wants()
	if !f.NotSent {
		return kinds.Has(e.Kind)
	}
	return kinds.Has(e.Kind) && e.Kind != tracking.Pushed && (e.Kind != tracking.Message || e.Outcome.Suppressed())
}

func (f *Filter) matchClient(e tracking.Event) bool {
	if len(f.Clients) == 0 {
		return true
	}
	return slices.ContainsFunc(f.Clients, func(who string) bool {
		if id, err := strconv.ParseUint(who, 10, 64); err == nil {
			return id == e.Client || id == e.Writer || id == e.Receiver
		}
		return who == e.Name || who == e.WriterName
	})
}

func (f *Filter) matchKey(e tracking.Event) bool {
	keys := e.Keys
	switch {
	case len(f.Keys) == 0 || e.Keys == nil && (e.Kind == tracking.Message || e.Kind == tracking.Flushed):
		return true
	case e.Kind == tracking.Began && len(e.Words) > 0:
		keys = e.Words[1:]
	}
	for _, pattern := range f.Keys {
		if slices.ContainsFunc(keys, func(key string) bool { return keyspace.Match([]byte(pattern), []byte(key), false) }) {
			return true
		}
	}
	return false
}

// Wants returns the kinds of which any event may pass, in order.
func (f *Filter) Wants() (list []tracking.Kind) {
	all := f.wants()
	for k := tracking.Kind(0); all>>k != 0; k++ {
		if all.Has(k) {
			list = append(list, k)
		}
	}
	return list
}

func (f *Filter) wants() tracking.Kinds {
	switch {
	case f.Kinds != 0:
		return f.Kinds
	case f.NotSent:
		return tracking.KindsOf(tracking.Message)
	}
	return tracking.KindsOf()
}
