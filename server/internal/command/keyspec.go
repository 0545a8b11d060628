package command

import (
	"bytes"
	"strconv"

	"github.com/tattle-server/tattle/resp"
)

// KeyFlags say what a command does to a key, as COMMAND INFO and COMMAND
// GETKEYSANDFLAGS show it.
type KeyFlags uint16

// The flags of keys, in Redis's order.
const (
	RO KeyFlags = 1 << iota
	RW
	OW
	RM
	Access
	Update
	Insert
	Delete
	NotKey
	Incomplete
	VariableFlags
)

var keyFlagNames = []string{
	"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete", "variable_flags",
}

// Names lists the flags in Redis's order.
func (f KeyFlags) Names() []string { return names(uint64(f), keyFlagNames) }

// KeySpec describes where a command has keys: where to begin, and which arguments are keys
// from there on. Source: https://redis.io/docs/latest/develop/reference/key-specs/.
type KeySpec struct {
	Flags KeyFlags
	Begin Begin
	Find  Find
}

// Begin is where the search for keys begins: at Index, or after Keyword. The search for
// Keyword starts at word From and, if From is negative, goes backwards from the end. The
// zero Begin means unknown.
type Begin struct {
	Index   int
	Keyword string
	From    int
}

// Find describes which words are keys, relative to where the search begins. With Num,
// the word at NumIdx is the number of keys, and the first key is at FirstKey. Otherwise
// the keys go up to LastKey; a negative LastKey counts from the end of the command, where
// -1 is the last word. If LastKey is -1, Limit restricts the search to a half (2), a third
// (3) and so on of the words. If only Step is not zero, there is one key.
type Find struct {
	LastKey, Step, Limit int
	Num                  bool
	NumIdx, FirstKey     int
	Unknown              bool
}

// KeyRef is a key in a command line: the index of its word and what the command does to it.
type KeyRef struct {
	Pos   int
	Flags KeyFlags
}

// At is the spec of one key at word index.
func At(index int, flags KeyFlags) KeySpec {
	return KeySpec{Flags: flags, Begin: Begin{Index: index}, Find: Find{Step: 1}}
}

// Range is the spec of keys from word index to word last, one every step words. last is
// relative to index or, if negative, counts from the end.
func Range(index, last, step int, flags KeyFlags) KeySpec {
	return KeySpec{Flags: flags, Begin: Begin{Index: index}, Find: Find{LastKey: last, Step: step}}
}

// Counted is the spec of keys that follow their number. The number is at word index.
func Counted(index int, flags KeyFlags) KeySpec {
	return KeySpec{Flags: flags, Begin: Begin{Index: index}, Find: Find{Num: true, FirstKey: 1, Step: 1}}
}

// Key returns the specs of a command with one key, its first argument.
func Key(flags KeyFlags) []KeySpec { return []KeySpec{At(1, flags)} }

// AllKeys returns the specs of a command whose arguments are all keys.
func AllKeys(flags KeyFlags) []KeySpec { return []KeySpec{Range(1, -1, 1, flags)} }

// HasKeys reports whether the command may have keys at all.
func (r *Row) HasKeys() bool { return len(r.Keys) > 0 || r.GetKeys != nil }

// errBadKeys refuses arguments that do not fit the key specs.
const errBadKeys = resp.Error("ERR Invalid arguments specified for command")

// AppendKeys appends the keys of a command line to dst, including words that only look
// like keys (shard channels, which have NotKey). args must fit the arity.
func (r *Row) AppendKeys(dst []KeyRef, args [][]byte) ([]KeyRef, error) {
	if r.GetKeys != nil {
		refs, err := r.GetKeys(args)
		return append(dst, refs...), err
	}
	from := len(dst)
	for i := range r.Keys {
		var err error
		if dst, err = r.Keys[i].append(dst, args); err != nil {
			return r.appendLoosely(dst[:from], args, err)
		}
	}
	if r.KeyFlags != nil {
		r.KeyFlags(args, dst[from:])
	}
	return dst, nil
}

// appendLoosely finds the keys of a command line that the specs do not fit. For commands
// that count their keys, Redis then falls back on an older method. That method reads the
// count as C's atoi does ("1x" is 1), does not know what the command does to a key, and
// puts the destination last.
func (r *Row) appendLoosely(dst []KeyRef, args [][]byte, err error) ([]KeyRef, error) {
	counted := false
	var destination []KeyRef
	for _, s := range r.Keys {
		if !s.Find.Num {
			destination = append(destination, KeyRef{Pos: s.Begin.Index})
			continue
		}
		counted = true
		first := s.Begin.Index + s.Find.FirstKey
		n := atoi(args[s.Begin.Index+s.Find.NumIdx])
		if n < 1 || n > (len(args)-first)/s.Find.Step {
			return dst, nil
		}
		for i := range n {
			dst = append(dst, KeyRef{Pos: first + i*s.Find.Step})
		}
	}
	if !counted {
		return dst, err
	}
	return append(dst, destination...), nil
}

// atoi reads a number as C does: it ignores spaces before the number and anything after
// it, and a number that is too large overflows.
func atoi(word []byte) int {
	word = bytes.TrimLeft(word, " \t\n\v\f\r")
	end := 0
	if len(word) > 0 && (word[0] == '-' || word[0] == '+') {
		end = 1
	}
	for end < len(word) && '0' <= word[end] && word[end] <= '9' {
		end++
	}
	n, _ := strconv.ParseInt(string(word[:end]), 10, 64) // out of range: the nearest value
	return int(int32(n))
}

// isPadded reports whether a word is an integer to Go but not to Redis.
func isPadded(word []byte) bool {
	return word[0] == '+' || len(word) > 1 && word[0] == '0'
}

func (s *KeySpec) append(dst []KeyRef, args [][]byte) ([]KeyRef, error) {
	first := s.Begin.find(args)
	switch {
	case first >= len(args) && s.Begin.Keyword == "":
		return dst, errBadKeys
	case first <= 0 || first >= len(args):
		return dst, nil
	}
	last, step := first, s.Find.Step
	switch {
	case s.Find.Unknown:
		return dst, nil
	case s.Find.Num:
		at := first + s.Find.NumIdx
		if at >= len(args) {
			return dst, errBadKeys
		}
		n, err := strconv.Atoi(string(args[at]))
		if err != nil || n < 1 || n > len(args) || isPadded(args[at]) {
			return dst, errBadKeys
		}
		first += s.Find.FirstKey
		last = first + (n-1)*step
	case s.Find.LastKey >= 0:
		last = first + s.Find.LastKey
	default:
		last = len(args) + s.Find.LastKey
		if s.Find.Limit > 1 {
			last = first + (len(args)-first)/s.Find.Limit + s.Find.LastKey
		}
	}
	for i := first; i <= last; i += step {
		if i >= len(args) {
			return dst, errBadKeys
		}
		dst = append(dst, KeyRef{i, s.Flags})
	}
	return dst, nil
}

// find returns the word at which the search begins, or 0.
func (b Begin) find(args [][]byte) int {
	if b.Keyword == "" {
		return b.Index
	}
	step, i := 1, b.From
	if b.From < 0 {
		step, i = -1, len(args)+b.From
	}
	for ; i > 0 && i < len(args); i += step {
		if bytes.EqualFold(args[i], []byte(b.Keyword)) {
			return i + 1
		}
	}
	return 0
}

// bounds derives first, last and step from the first spec that begins at an
// index and ranges over words, as Redis does for COMMAND INFO.
func bounds(specs []KeySpec) KeyBounds {
	var b KeyBounds
	for _, s := range specs {
		if s.Begin.Keyword != "" || s.Begin.Index == 0 || s.Find.Num || s.Find.Unknown {
			continue
		}
		last := s.Find.LastKey
		if last >= 0 {
			last += s.Begin.Index
		}
		if b.First == 0 {
			b = KeyBounds{s.Begin.Index, last, s.Find.Step}
			continue
		}
		// Two neighbouring ranges make one (RENAME, SMOVE).
		if b.Last == s.Begin.Index-1 && b.Step == 1 {
			b.Last = last
		}
	}
	return b
}

// movable reports whether bounds cannot express where the keys are.
func movable(specs []KeySpec) bool {
	for _, s := range specs {
		if s.Begin.Keyword != "" || s.Find.Num || s.Find.Unknown || s.Flags&Incomplete != 0 {
			return true
		}
	}
	return false
}
