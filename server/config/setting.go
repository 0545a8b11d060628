package config

import (
	"slices"
	"strings"
)

// setting is a row of the table of settings.
type setting struct {
	name, alias string // both in lower case; alias is an older name
	kind        kind
	initial     string // the text that New starts with
	flags       flags
	field       field // if none, the text is kept and has no effect
}

type flags uint8

const (
	immutable flags = 1 << iota // not by CONFIG SET
	protected                   // by CONFIG SET only if enable-protected-configs allows
	hidden                      // shown by CONFIG GET only when asked for by name
	manyWords                   // a value of several words
	orAuto                      // a port, which a file or the command line may leave to Auto
)

// kind says what values a setting may have.
type kind struct {
	// check returns the canonical text of a value given as words, or an error with
	// Redis's text. old is the text of the present value.
	check func(words []string, old string) (string, error)
	// lines writes a text as lines of redis.conf.
	lines func(name, text string) []string
}

// settings are all rows; settingByName finds them by name and by alias.
var (
	settings      = slices.Concat(effective, kept)
	settingByName = func() map[string]*setting {
		m := make(map[string]*setting, 2*len(settings))
		for i := range settings {
			s := &settings[i]
			m[s.name] = s
			if s.alias != "" {
				m[s.alias] = s
			}
		}
		return m
	}()
)

// NoEffect lists the names of the settings that are accepted and do nothing,
// sorted.
func NoEffect() []string {
	names := make([]string, 0, len(kept))
	for i := range kept {
		names = append(names, kept[i].name)
	}
	slices.Sort(names)
	return names
}

func (s *setting) has(f flags) bool { return s.flags&f != 0 }

// put stores a canonical text.
func (s *setting) put(c *Config, text string) {
	if s.field.put == nil {
		c.kept[s.name] = text
		return
	}
	s.field.put(c, text)
}

// text returns the canonical text of the present value.
func (s *setting) text(c *Config) string {
	if s.field.get == nil {
		return c.kept[s.name]
	}
	return s.field.get(c)
}

// split splits the value of a CONFIG SET into words.
func (s *setting) split(value string) []string {
	if !s.has(manyWords) {
		return []string{value}
	}
	if value == "" {
		return nil
	}
	return strings.Split(value, " ")
}
