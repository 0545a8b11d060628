package command

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
)

// Row is one command or subcommand.
type Row struct {
	Name  string // lower case, without its container
	Arity int    // number of words, including the name (and that of the container); if negative, the minimum
	Flags Flags
	// Categories names the ACL categories that do not follow from the flags;
	// ACL returns all.
	Categories Category
	Keys       []KeySpec
	// GetKeys finds the keys if no key spec can (SORT's STORE).
	GetKeys func(args [][]byte) ([]KeyRef, error)
	// KeyFlags corrects the flags of keys if they depend on the arguments (SET with GET).
	KeyFlags func(args [][]byte, refs []KeyRef)
	// Channels says which words are channels that the command publishes or subscribes to.
	Channels Channels
	Tips     []string

	// FlagsOf corrects the flags of the row if they depend on the arguments (EVAL, whose
	// script may declare what it does).
	FlagsOf func(flags Flags, caller Client, args [][]byte) Flags
	// Secrets returns the indexes of words that are passwords, to be hidden wherever
	// the command is shown.
	Secrets func(args [][]byte) []int
	// Wakes reports whether to run a parked call again after a change to one of its keys.
	// e is the key's new entry, nil if the key is gone. A command that calls [Call.Block]
	// with keys must have Wakes.
	Wakes func(e *keyspace.Entry) bool

	// What COMMAND DOCS shows.
	Group, Since, Summary string

	Run func(*Call) error
	Sub []Row // the subcommands of a container such as CLIENT

	// Filled in by NewTable.
	parent *Row
	id     int
	first  KeyBounds
}

// Channels says which words of a command are channels. The zero Channels is none.
type Channels uint8

// Where the channels are.
const (
	NoChannels  Channels = iota
	OneChannel           // the first argument
	AllChannels          // all arguments
	AllPatterns          // all arguments are patterns
)

// Words returns the range of the words that are channels, in a command of n words.
func (c Channels) Words(n int) (from, to int) {
	switch c {
	case NoChannels:
		return 0, 0
	case OneChannel:
		return 1, min(2, n)
	}
	return 1, n
}

// Tips that many commands have.
var (
	Nondeterministic = []string{"nondeterministic_output"}
	AnyOrder         = []string{"nondeterministic_output_order"}
)

// KeyBounds is the old description of where keys are, which COMMAND INFO still shows: the
// first and the last position, of which a negative one counts from the end, and the step.
type KeyBounds struct{ First, Last, Step int }

// ID numbers the names in a table from 0, subcommands included.
func (r *Row) ID() int { return r.id }

// Parent returns the container of a subcommand, or nil for any other row.
func (r *Row) Parent() *Row { return r.parent }

// FullName returns the name of the command in errors, statistics and ACLs: "get",
// "client|tracking".
func (r *Row) FullName() string {
	if r.parent != nil {
		return r.parent.Name + "|" + r.Name
	}
	return r.Name
}

// Is reports whether the row has all of these flags.
func (r *Row) Is(f Flags) bool { return r.Flags&f == f }

// FlagsFor returns the flags of a command line.
func (r *Row) FlagsFor(caller Client, args [][]byte) Flags {
	if r.FlagsOf == nil {
		return r.Flags
	}
	return r.FlagsOf(r.Flags, caller, args)
}

// Reads reports whether the command itself reads its keys, so that tracking remembers
// them. For a script that only reads it returns false, since the commands that the script
// calls read the keys.
func (r *Row) Reads() bool { return r.Is(ReadOnly) && r.Categories&CatScripting == 0 }

// WakesOn returns the Wakes of a command that waits for a value of type t.
func WakesOn(t keyspace.Type) func(*keyspace.Entry) bool {
	return func(e *keyspace.Entry) bool { return e != nil && e.Type() == t }
}

// Answers reports whether a command line that begins with word belongs to the row, whatever
// follows. Clients often repeat a command, and this is faster than a look-up.
func (r *Row) Answers(word []byte) bool {
	return r.parent == nil && len(r.Sub) == 0 && Is(word, r.Name)
}

// FitsArity reports whether n words, including the name, are as many as the command takes.
func (r *Row) FitsArity(n int) bool { return n == r.Arity || r.Arity < 0 && n >= -r.Arity }

// Bounds returns the first, last and step that COMMAND INFO shows.
func (r *Row) Bounds() KeyBounds { return r.first }

// ACL returns all ACL categories: those of the row and those that its flags
// imply.
func (r *Row) ACL() Category {
	c := r.Categories
	imply := func(f Flags, add Category) {
		if r.Flags&f != 0 {
			c |= add
		}
	}
	imply(Write, CatWrite)
	if r.Reads() {
		c |= CatRead
	}
	imply(Admin, CatAdmin|CatDangerous)
	imply(PubSub, CatPubSub)
	imply(Fast, CatFast)
	imply(Blocking, CatBlocking)
	if c&CatFast == 0 {
		c |= CatSlow
	}
	return c
}

// Container makes the row of a command that only has subcommands.
func Container(name, since, summary string, sub ...Row) Row {
	return Row{Name: name, Arity: -2, Since: since, Summary: summary, Sub: sub}
}

// Group returns copies of rows, in which each row and each subcommand gets what common
// says: the name of the group, flags, categories and keys and, if it blocks, Wakes. A
// container gets only the name, since it does not run.
func Group(common Row, rows []Row) []Row {
	rows = slices.Clone(rows)
	for i := range rows {
		r := &rows[i]
		if r.Group == "" {
			r.Group = common.Group
		}
		if r.Run != nil {
			r.Flags |= common.Flags
			r.Categories |= common.Categories
			r.Keys = append(common.Keys[:len(common.Keys):len(common.Keys)], r.Keys...)
		}
		if r.Is(Blocking) && r.Wakes == nil {
			r.Wakes = common.Wakes
		}
		r.Sub = Group(common, r.Sub)
	}
	return rows
}
