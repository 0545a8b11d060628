package streams

import (
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errGroupKey  = resp.Error("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.")
	errBusyGroup = resp.Error("BUSYGROUP Consumer Group name already exists")
	errRead      = resp.Error("ERR value for ENTRIESREAD must be positive or -1")
)

// errSubcommand refuses words that a subcommand does not take.
func errSubcommand(c *command.Call) error {
	return resp.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", c.Args[1], strings.ToUpper(c.Row.Parent().Name))
}

// groupArgs is key group id [MKSTREAM] [ENTRIESREAD n] after XGROUP CREATE and, without
// MKSTREAM, SETID.
type groupArgs struct {
	key, group, id []byte
	create         bool
	read           int64
}

// parseGroup reads the words of CREATE or SETID.
func parseGroup(c *command.Call, makes bool) (a groupArgs, err error) {
	a = groupArgs{key: c.Args[2], group: c.Args[3], id: c.Args[4], read: keyspace.UnknownRead}
	for rest := c.Args[5:]; len(rest) > 0; {
		switch {
		case makes && command.Is(rest[0], "mkstream"):
			a.create = true
			rest = rest[1:]
		case len(rest) > 1 && command.Is(rest[0], "entriesread"):
			if a.read, err = command.Int(rest[1]); err != nil {
				return a, err
			}
			if a.read < keyspace.UnknownRead {
				return a, errRead
			}
			rest = rest[2:]
		default:
			return a, errSubcommand(c)
		}
	}
	return a, nil
}

// last reads the id that a group is to go on from; $ is the last one of the stream.
func (a *groupArgs) last(s *keyspace.Stream, parse func([]byte) (keyspace.StreamID, error)) (keyspace.StreamID, error) {
	if string(a.id) != "$" {
		return parse(a.id)
	}
	if s == nil {
		return keyspace.StreamID{}, nil
	}
	return s.Last, nil
}

// The most words that CREATE and SETID take.
const mostCreateWords, mostSetIDWords = 8, 7

func runCreate(c *command.Call) error {
	a, err := parseGroup(c, true)
	if err != nil {
		return err
	}
	s, err := write(c, a.key)
	switch {
	case err != nil:
		return err
	case s == nil && !a.create:
		return errGroupKey
	case len(c.Args) > mostCreateWords:
		return errSubcommand(c)
	}
	id, err := a.last(s, exact)
	if err != nil {
		return err
	}
	made := s == nil
	if made {
		s = create(c, a.key)
	}
	if !s.CreateGroup(a.group, id, a.read) {
		return errBusyGroup
	}
	c.Out.OK()
	if made {
		changed(c, a.key, entries, 1)
	} else {
		changed(c, a.key, groups, 1)
	}
	c.Event(keyspace.ClassStream, "xgroup-create", a.key)
	return nil
}

// findGroup returns the stream and the group of a subcommand that needs both.
func findGroup(c *command.Call, key, name []byte) (*keyspace.Stream, *keyspace.Group, error) {
	s, err := write(c, key)
	if err != nil {
		return nil, nil, err
	}
	if s == nil {
		return nil, nil, errGroupKey
	}
	g := s.Group(name)
	if g == nil {
		return nil, nil, noGroupOf(key, name)
	}
	return s, g, nil
}

func runGroupSetID(c *command.Call) error {
	a, err := parseGroup(c, false)
	if err != nil {
		return err
	}
	s, g, err := findGroup(c, a.key, a.group)
	if err != nil {
		return err
	}
	if len(c.Args) > mostSetIDWords {
		return errSubcommand(c)
	}
	id, err := a.last(s, func(word []byte) (keyspace.StreamID, error) { return parseBound(word, 0) })
	if err != nil {
		return err
	}
	g.LastID, g.Read = id, a.read
	c.Out.OK()
	changed(c, a.key, groups, 1)
	c.Event(keyspace.ClassStream, "xgroup-setid", a.key)
	return nil
}

func runDestroy(c *command.Call) error {
	key := c.Args[2]
	s, err := write(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		return errGroupKey
	}
	gone := s.DestroyGroup(c.Args[3])
	c.Out.Flag(gone)
	if gone {
		changed(c, key, groups, 1)
		c.Event(keyspace.ClassStream, "xgroup-destroy", key)
		c.DB.Ready(key) // who waits for the group waits in vain
	}
	return nil
}

func runCreateConsumer(c *command.Call) error {
	key := c.Args[2]
	_, g, err := findGroup(c, key, c.Args[3])
	if err != nil {
		return err
	}
	_, created := g.CreateConsumer(c.Args[4], c.Now())
	if created {
		changed(c, key, consumers, 1)
		c.Event(keyspace.ClassStream, "xgroup-createconsumer", key)
	}
	c.Out.Flag(created)
	return nil
}

func runDeleteConsumer(c *command.Call) error {
	key := c.Args[2]
	_, g, err := findGroup(c, key, c.Args[3])
	if err != nil {
		return err
	}
	n, found := g.DeleteConsumer(c.Args[4])
	if found {
		changed(c, key, consumers, 1)
		c.Event(keyspace.ClassStream, "xgroup-delconsumer", key)
	}
	c.Out.Len(n)
	return nil
}

var groupHelp = command.Help("XGROUP",
	"CREATE <key> <groupname> <id|$> [option]",
	"    Make a consumer group. The options are:",
	"    * MKSTREAM",
	"      Make an empty stream if the key is missing.",
	"    * ENTRIESREAD entries_read",
	"      Say how many entries the group has read.",
	"CREATECONSUMER <key> <groupname> <consumer>",
	"    Make a consumer.",
	"DELCONSUMER <key> <groupname> <consumer>",
	"    Remove a consumer with what is pending for it.",
	"DESTROY <key> <groupname>",
	"    Remove a group.",
	"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
	"    Set the id after which a group goes on.",
)

var groupRows = []command.Row{
	command.Container("xgroup", "5.0.0", "Holds the subcommands for consumer groups",
		command.Row{Name: "create", Arity: -5, Since: "5.0.0", Run: runCreate, Summary: "Makes a consumer group",
			Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.At(2, command.RW|command.Insert)}},
		command.Row{Name: "createconsumer", Arity: 5, Since: "6.2.0", Run: runCreateConsumer, Summary: "Makes a consumer",
			Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.At(2, command.RW|command.Insert)}},
		command.Row{Name: "delconsumer", Arity: 5, Since: "5.0.0", Run: runDeleteConsumer, Summary: "Removes a consumer",
			Flags: command.Write, Keys: []command.KeySpec{command.At(2, command.RW|command.Delete)}},
		command.Row{Name: "destroy", Arity: 4, Since: "5.0.0", Run: runDestroy, Summary: "Removes a consumer group",
			Flags: command.Write, Keys: []command.KeySpec{command.At(2, command.RW|command.Delete)}},
		command.HelpRow("5.0.0", groupHelp),
		command.Row{Name: "setid", Arity: -5, Since: "5.0.0", Run: runGroupSetID, Summary: "Sets the id after which a group goes on",
			Flags: command.Write, Keys: []command.KeySpec{command.At(2, command.RW|command.Update)}},
	),
}
