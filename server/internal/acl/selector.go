package acl

import (
	"maps"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// permission says what may be done to a key.
type permission uint8

const (
	read permission = 1 << iota
	write

	readWrite = read | write
)

// keyPattern lets the keys that match a pattern be read, written or both.
type keyPattern struct {
	pattern string
	may     permission
}

// selector is one set of permissions of a user.
type selector struct {
	allKeys, allChannels bool
	keys                 []keyPattern
	channels             []string

	allowed []uint64 // a bit for each row of the command table, by its ID
	future  bool     // commands are allowed unless a rule takes them away
	// first has the first arguments with which a command is allowed that otherwise is
	// not (+select|0).
	first map[int][]string
	rules []string // the rules about commands, for display
}

func (us *Users) newSelector() *selector {
	return &selector{allChannels: us.AllChannels, allowed: us.noCommands()}
}

// noCommands returns a bit for each row, all zero.
func (us *Users) noCommands() []uint64 { return make([]uint64, (us.table.IDs()+63)/64) }

func (s *selector) clone() *selector {
	c := *s
	c.keys, c.channels = slices.Clone(s.keys), slices.Clone(s.channels)
	c.allowed, c.rules = slices.Clone(s.allowed), slices.Clone(s.rules)
	c.first = maps.Clone(s.first)
	for id, list := range c.first {
		c.first[id] = slices.Clone(list)
	}
	return &c
}

// everything reports whether all commands are allowed.
func (s *selector) everything() bool {
	return s.future && len(s.rules) == 0
}

func (s *selector) has(id int) bool { return s.allowed[id/64]&(1<<(id%64)) != 0 }

// set allows a command and its subcommands, or does not, whatever their arguments.
func (s *selector) set(row *command.Row, allow bool) {
	id := row.ID()
	if allow {
		s.allowed[id/64] |= 1 << (id % 64)
	} else {
		s.allowed[id/64] &^= 1 << (id % 64)
	}
	delete(s.first, id)
	for i := range row.Sub {
		s.set(&row.Sub[i], allow)
	}
}

// allows reports whether a command is allowed, its keys and channels aside.
func (s *selector) allows(row *command.Row, args [][]byte) bool {
	switch {
	case s.has(row.ID()), row.Is(command.NoAuth):
		return true
	case len(args) < 2:
		return false
	}
	return slices.ContainsFunc(s.first[row.ID()], func(word string) bool { return strings.EqualFold(word, string(args[1])) })
}

// check returns what of a command is denied, or nil.
func (s *selector) check(row *command.Row, args [][]byte, keys []command.KeyRef) *Denial {
	if !s.allows(row, args) {
		return &Denial{Reason: DeniedCommand, Object: row.FullName()}
	}
	for _, ref := range keys {
		if ref.Flags&command.NotKey == 0 && !s.allowsKey(args[ref.Pos], needs(ref.Flags)) {
			return &Denial{Reason: DeniedKey, Object: string(args[ref.Pos]), word: ref.Pos}
		}
	}
	from, to := row.Channels.Words(len(args))
	for i := from; i < to; i++ {
		if !s.allowsChannel(args[i], row.Channels == command.AllPatterns) {
			return &Denial{Reason: DeniedChannel, Object: string(args[i]), word: i}
		}
	}
	return nil
}

// needs returns the permission that a command needs for a key. A command that looks at
// nothing but the key's existence or type needs none of the two: any pattern will do.
func needs(f command.KeyFlags) (p permission) {
	if f&command.Access != 0 {
		p |= read
	}
	if f&(command.Insert|command.Delete|command.Update) != 0 {
		p |= write
	}
	return p
}

func (s *selector) allowsKey(key []byte, p permission) bool {
	return s.allKeys || slices.ContainsFunc(s.keys, func(k keyPattern) bool {
		return k.may&p == p && keyspace.Match([]byte(k.pattern), key, false)
	})
}

func (s *selector) mayReadAll() bool {
	return s.allKeys || slices.ContainsFunc(s.keys, func(k keyPattern) bool {
		return k.may&read != 0 && k.pattern == "*"
	})
}

// allowsChannel reports whether a channel is allowed. A pattern to subscribe to is allowed
// only as it stands: it must be one of the selector's own.
func (s *selector) allowsChannel(name []byte, pattern bool) bool {
	return s.allChannels || slices.ContainsFunc(s.channels, func(allowed string) bool {
		if pattern {
			return allowed == string(name)
		}
		return keyspace.Match([]byte(allowed), name, false)
	})
}
