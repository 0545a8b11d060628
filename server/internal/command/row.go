package command

import (
	"slices"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
)

// Flags are the flags of a command. COMMAND INFO shows those up to MovableKeys; the
// rest are for the dispatcher alone.
type Flags uint32

// The flags of commands. The order is the one in which Redis lists them.
const (
	Write    Flags = 1 << iota
	ReadOnly       // what it reads is remembered for tracking
	DenyOOM
	Module
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipSlowlog
	Asking
	Fast
	NoAuth
	NoAsyncLoading
	NoMulti
	NoMandatoryKeys
	AllowBusy
	MovableKeys // derived: first, last and step do not express where the keys are

	MayReplicate    // treated as a write: CLIENT PAUSE WRITE holds it, a script that only reads may not call it
	Unqueued        // runs at once inside MULTI
	RunsQueued      // does what the queued commands do, so that their flags count too
	WhileSubscribed // allowed to a RESP2 connection with subscriptions
	RepliesByPush   // on RESP3 its replies are pushes, which CLIENT REPLY OFF does not silence
	NeedsConnection // makes no sense without a connection of its own
	NeedsDebug      // only where enable-debug-command allows it
	KeepsCaching    // what CLIENT CACHING said stays in force for the command after this one
	TouchesKeys     // marks its keys as used, whatever CLIENT NO-TOUCH says
)

var flagNames = []string{
	"write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript", "blocking", "loading", "stale",
	"skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "no_async_loading", "no_multi",
	"no_mandatory_keys", "allow_busy", "movablekeys",
}

// Names lists the flags that COMMAND INFO shows, in Redis's order.
func (f Flags) Names() []string { return names(uint64(f), flagNames) }

// Category is a set of ACL categories.
type Category uint32

// The ACL categories, in Redis's order.
const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

// CategoryNames are the names of the ACL categories, without the @.
var CategoryNames = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
	"stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
}

// Names lists the categories in Redis's order.
func (c Category) Names() []string { return names(uint64(c), CategoryNames) }

func names(bits uint64, all []string) []string {
	var out []string
	for i, name := range all {
		if bits&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// Row is one command or subcommand.
type Row struct {
	Name  string // lower case, without its container
	Arity int    // arguments with the name (and the container's); negative: at least so many
	Flags Flags
	// Categories names the ACL categories that do not follow from the flags;
	// ACL returns all.
	Categories Category
	Keys       []KeySpec
	// GetKeys finds the keys where no key spec can (SORT's STORE).
	GetKeys func(args [][]byte) ([]KeyRef, error)
	// KeyFlags corrects the flags of keys where they depend on the arguments (SET
	// with GET).
	KeyFlags func(args [][]byte, refs []KeyRef)
	Tips     []string

	// FlagsOf corrects the flags, which are the row's, where they depend on the
	// arguments (EVAL, whose script may declare what it does).
	FlagsOf func(flags Flags, caller Client, args [][]byte) Flags
	// Secrets returns the indexes of words that are passwords, to be hidden wherever
	// the command is shown.
	Secrets func(args [][]byte) []int
	// Wakes reports whether to run a parked call again, now that one of its keys
	// has become e, or nil if the key is gone. A command that calls [Call.Block]
	// with keys must have it.
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

// Tips that many commands have.
var (
	Nondeterministic = []string{"nondeterministic_output"}
	AnyOrder         = []string{"nondeterministic_output_order"}
)

// KeyBounds is the old description of where keys are, which COMMAND INFO still
// shows: the first and the last position (a negative one counts from the end) and
// the step.
type KeyBounds struct{ First, Last, Step int }

// ID numbers the rows of a table from 0, subcommands included.
func (r *Row) ID() int { return r.id }

// Parent returns the container of a subcommand, else nil.
func (r *Row) Parent() *Row { return r.parent }

// FullName is the name by which errors, statistics and ACLs call the command:
// "get", "client|tracking".
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

// Reads reports whether the command itself reads its keys, so that tracking
// remembers them. A script that only reads does not: the commands that it calls do.
func (r *Row) Reads() bool { return r.Is(ReadOnly) && r.Categories&CatScripting == 0 }

// WakesOn returns the Wakes of a command that waits for a value of type t.
func WakesOn(t keyspace.Type) func(*keyspace.Entry) bool {
	return func(e *keyspace.Entry) bool { return e != nil && e.Type() == t }
}

// Answers reports whether a command line that begins with word is the row's, whatever
// follows. Clients often repeat a command, and this is quicker than a look-up.
func (r *Row) Answers(word []byte) bool {
	return r.parent == nil && len(r.Sub) == 0 && Is(word, r.Name)
}

// FitsArity reports whether a command of n words, its name included, has as many
// arguments as it takes.
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

// Table is all commands that a server knows.
type Table struct {
	rows   []*Row // commands without their subcommands, in the order given
	all    []*Row // by ID
	byName map[string]*Row
}

// NewTable makes a table of copies of rows. It panics if two have the same name,
// which is a mistake in the program.
func NewTable(families ...[]Row) *Table {
	t := &Table{byName: map[string]*Row{}}
	rows := slices.Concat(families...)
	for i := range rows {
		t.rows = append(t.rows, &rows[i])
		t.add(&rows[i], nil)
	}
	return t
}

func (t *Table) add(r, parent *Row) {
	r.parent, r.id = parent, len(t.all)
	r.first = bounds(r.Keys)
	if r.GetKeys != nil || movable(r.Keys) {
		r.Flags |= MovableKeys
	}
	if t.byName[r.FullName()] != nil {
		panic("command: " + r.FullName() + " is in the table twice")
	}
	t.byName[r.FullName()] = r
	t.all = append(t.all, r)
	r.Sub = slices.Clone(r.Sub)
	for i := range r.Sub {
		t.add(&r.Sub[i], r)
	}
}

// Container makes the row of a command that only has subcommands.
func Container(name, since, summary string, sub ...Row) Row {
	return Row{Name: name, Arity: -2, Since: since, Summary: summary, Sub: sub}
}

// Group returns copies of rows with what common says added to each of them and to
// their subcommands: the group's name, flags, categories and keys, and, for those
// that block, what wakes them. A container gets only the name, since it does not run.
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
		if r.Is(Blocking) {
			r.Wakes = common.Wakes
		}
		r.Sub = Group(common, r.Sub)
	}
	return rows
}

// Rows returns the commands, without their subcommands.
func (t *Table) Rows() []*Row { return t.rows }

// All returns all commands and subcommands by ID.
func (t *Table) All() []*Row { return t.all }

// Named finds a command by its full name in any case: "get", "client|list".
func (t *Table) Named(name string) *Row { return t.byName[strings.ToLower(name)] }

// longestName bounds the names that are looked up; every real one is shorter.
const longestName = 64

// Lookup finds the row for a command line: the subcommand's where its second word
// names one. It returns nil, false for an unknown command, and the container, false
// for an unknown subcommand.
func (t *Table) Lookup(args [][]byte) (row *Row, found bool) {
	var buf [longestName]byte
	name, ok := lower(buf[:0], args[0])
	if !ok {
		return nil, false
	}
	row = t.byName[string(name)]
	if row == nil || row.parent != nil {
		return nil, false
	}
	if len(row.Sub) == 0 || len(args) < 2 {
		return row, true
	}
	sub, ok := lower(append(name, '|'), args[1])
	if !ok {
		return row, false
	}
	if r := t.byName[string(sub)]; r != nil {
		return r, true
	}
	return row, false
}

func lower(dst, b []byte) ([]byte, bool) {
	if len(dst)+len(b) > longestName {
		return nil, false
	}
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst, true
}
