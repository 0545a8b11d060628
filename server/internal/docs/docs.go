// Package docs has what COMMAND DOCS says of each command besides its summary: arguments,
// complexity and history. docs.txt is its source, in a notation of its own. It is read when
// somebody first asks, so a server starts without it. A command need not exist to be
// described.
package docs

import (
	_ "embed"
	"strings"
	"sync"
)

// Command is the description of one command or subcommand.
type Command struct {
	Complexity      string
	DeprecatedSince string // a version, or "" if the command is not deprecated
	ReplacedBy      string
	System          bool // for the server's own use
	History         []Change
	Arguments       []Argument
}

// Change is what a version changed.
type Change struct{ Version, Text string }

// Argument is one argument, or a group of them.
type Argument struct {
	Name, Type      string // the type as COMMAND DOCS names it: "key", "oneof", "block" ...
	Display         string // what hints show, "" for a group
	Token           string // the word before the argument, or the argument itself
	HasToken        bool   // since a token may be empty
	KeySpec         int    // the number of the key spec that finds the key, or -1
	Since           string // a version, or "" if it is as old as the command
	DeprecatedSince string
	Optional        bool
	Multiple        bool
	TokenRepeats    bool
	Arguments       []Argument
}

//go:embed docs.txt
var source string

// Of returns the description of a command by its full name, such as "get" or
// "client|list", or nil if there is none.
func Of(name string) *Command { return commands()[name] }

var commands = sync.OnceValue(func() map[string]*Command {
	all := map[string]*Command{}
	var c *Command
	for line := range strings.Lines(source) {
		line = strings.TrimSuffix(line, "\n")
		switch field, isField := strings.CutPrefix(line, "\t"); {
		case isField:
			c.read(field)
		case line != "" && line[0] != '#':
			c = &Command{}
			all[line] = c
		}
	}
	return all
})

// read reads one line below the name of a command.
func (c *Command) read(line string) {
	kind, text, _ := strings.Cut(line, " ")
	switch kind {
	case "args":
		c.Arguments = parse(text)
	case "cost":
		c.Complexity = text
	case "gone":
		c.DeprecatedSince, c.ReplacedBy, _ = strings.Cut(text, " ")
	case "syscmd":
		c.System = true
	default:
		c.History = append(c.History, Change{Version: kind, Text: text})
	}
}
