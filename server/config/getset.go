package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
)

// Error is the text of an error reply, code first.
type Error string

func (e Error) Error() string { return string(e) }

func setError(name, why string) Error {
	return Error("ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why)
}

// Get returns names and values of the settings that match any of the patterns,
// sorted by name. A pattern without wildcards is a name, comes back in the case
// it was asked in, and finds hidden settings too.
func (c *Config) Get(patterns ...[]byte) [][2]string {
	found := make(map[string]string) // name in lower case -> name as shown
	for _, p := range patterns {
		if !strings.ContainsAny(string(p), "[*?") {
			name := strings.ToLower(string(p))
			if _, seen := found[name]; !seen && settingByName[name] != nil {
				found[name] = string(p)
			}
			continue
		}
		for name, s := range settingByName {
			if _, seen := found[name]; !seen && !s.has(hidden) && keyspace.Match(p, []byte(name), true) {
				found[name] = name
			}
		}
	}
	list := make([][2]string, 0, len(found))
	for name, shown := range found {
		list = append(list, [2]string{shown, settingByName[name].text(c)})
	}
	slices.SortFunc(list, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return list
}

// change is one setting of a CONFIG SET.
type change struct {
	*setting
	name     string // as asked, in lower case
	value    string
	old, new string
}

// Set changes settings, given as names and values in turn: all of them, or none
// if there is an error, which then is an [Error]. It returns the primary names
// of those that have another value than before. What enable-protected-configs
// keeps for this machine may be set; see [Config.SetFrom].
func (c *Config) Set(pairs [][]byte) (changed []string, err error) {
	return c.SetFrom(true, pairs)
}

// SetFrom is Set for somebody on this machine, or on another.
func (c *Config) SetFrom(local bool, pairs [][]byte) (changed []string, err error) {
	changes, err := c.plan(local, pairs)
	if err != nil {
		return nil, err
	}
	for i := range changes {
		ch := &changes[i]
		ch.old = ch.text(c)
		text, err := ch.kind.check(ch.split(ch.value), ch.old)
		if err != nil {
			c.undo(changes[:i])
			return nil, setError(ch.name, err.Error())
		}
		ch.put(c, text)
		ch.new = ch.text(c)
	}
	return c.apply(changes)
}

// plan finds the settings to change. Of all unknown names the first is reported,
// and before any setting that may not be changed after it.
func (c *Config) plan(local bool, pairs [][]byte) ([]change, error) {
	if len(pairs)%2 != 0 {
		return nil, Error("ERR syntax error")
	}
	var changes []change
	for ; len(pairs) > 0; pairs = pairs[2:] {
		asked, name := string(pairs[0]), strings.ToLower(string(pairs[0]))
		s := settingByName[name]
		switch {
		case s == nil:
			return nil, Error("ERR Unknown option or number of arguments for CONFIG SET - '" + asked + "'")
		case s.has(immutable):
			return nil, setError(asked, "can't set immutable config")
		case s.has(protected) && !c.EnableProtectedConfigs.Allows(local):
			return nil, setError(asked, "can't set protected config")
		case slices.ContainsFunc(changes, func(ch change) bool { return ch.name == name }):
			return nil, setError(asked, "duplicate parameter")
		}
		changes = append(changes, change{setting: s, name: name, value: string(pairs[1])})
	}
	return changes, nil
}

// apply tells Apply of what has changed, and takes all back if it refuses.
func (c *Config) apply(changes []change) (changed []string, err error) {
	for _, ch := range changes {
		if ch.old == ch.new || slices.Contains(changed, ch.setting.name) {
			continue
		}
		changed = append(changed, ch.setting.name)
		if c.Apply == nil {
			continue
		}
		if err := c.Apply(ch.setting.name); err != nil {
			c.undo(changes)
			for _, name := range changed {
				_ = c.Apply(name) // the value it had before; nothing is left to try if this fails
			}
			return nil, setError(ch.name, err.Error())
		}
	}
	return changed, nil
}

// undo puts old values back, the last change first: an alias may have been set
// beside its setting.
func (c *Config) undo(changes []change) {
	for _, ch := range slices.Backward(changes) {
		ch.put(c, ch.old)
	}
}
