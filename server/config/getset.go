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

// Get returns the names and values of the settings that match any of the patterns,
// sorted by name. A pattern without wildcards is a name; it is returned in the case
// it was given in, and finds hidden settings too.
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

// Set changes settings, given as names and values in turn. It changes all of them,
// or none if there is an error, which is then an [Error]. It returns the primary
// names of those whose values have changed. It may set what
// enable-protected-configs reserves for this machine; see [Config.SetFrom].
func (c *Config) Set(pairs [][]byte) (changed []string, err error) {
	return c.SetFrom(true, pairs)
}

// SetFrom is Set for a client that is on this machine or is not.
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

// plan finds the settings to change. An unknown name is reported first (the first
// one, if there are several), before a setting that may not be changed.
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

// apply calls Apply for what has changed, and undoes everything if it refuses.
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
				_ = c.Apply(name) // with the old value; if this fails nothing is left to try
			}
			return nil, setError(ch.name, err.Error())
		}
	}
	return changed, nil
}

// undo restores the old values, last change first: a setting and its alias may both
// have been set.
func (c *Config) undo(changes []change) {
	for _, ch := range slices.Backward(changes) {
		ch.put(c, ch.old)
	}
}
