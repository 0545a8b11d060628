package streams

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errTwoTrims   = resp.Error("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
	errMaxLen     = resp.Error("ERR The MAXLEN argument must be >= 0.")
	errLimit      = resp.Error("ERR The LIMIT argument must be >= 0.")
	errLimitAlone = resp.Error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
	errLimitExact = resp.Error("ERR syntax error, LIMIT cannot be used without the special ~ option")
	errNoTrim     = resp.Error("ERR syntax error, XTRIM must be called with a trimming strategy")

	errAddZero   = resp.Error("ERR The ID specified in XADD must be greater than 0-0")
	errAddOrder  = resp.Error("ERR The ID specified in XADD is equal or smaller than the target stream top item")
	errAddSpent  = resp.Error("ERR The stream has exhausted the last possible ID, unable to add more items")
	errAddTooBig = resp.Error("ERR Elements are too large to be stored")
)

// trimArgs is [MAXLEN|MINID [=|~] threshold] [LIMIT n].
type trimArgs struct {
	trim    keyspace.StreamTrim
	given   bool
	limited bool
}

// options reads options until a word is none, and returns what is left. other says whether
// a word is an option of the command's own.
func (t *trimArgs) options(words [][]byte, other func([]byte) bool) (rest [][]byte, err error) {
	for len(words) > 0 {
		taken := 0
		if len(words) > 1 {
			taken, err = t.option(words)
		}
		switch {
		case err != nil:
			return nil, err
		case taken == 0 && !other(words[0]):
			return words, nil
		}
		words = words[max(taken, 1):]
	}
	return nil, nil
}

// option reads the option at the beginning of words, of which there are two or more. It
// returns how many words it took, 0 if it is no option of trimming.
func (t *trimArgs) option(words [][]byte) (taken int, err error) {
	byID := command.Is(words[0], "minid")
	switch {
	case byID || command.Is(words[0], "maxlen"):
		if t.given {
			return 0, errTwoTrims
		}
		return t.threshold(words, byID)
	case command.Is(words[0], "limit"):
		t.limited = true
		if t.trim.Limit, err = command.Int(words[1]); err == nil && t.trim.Limit < 0 {
			err = errLimit
		}
		return 2, err
	}
	return 0, nil
}

func (t *trimArgs) threshold(words [][]byte, byID bool) (taken int, err error) {
	t.given, t.trim.ByID, taken = true, byID, 2
	if mark := string(words[1]); len(words) > 2 && (mark == "~" || mark == "=") {
		t.trim.Approx, taken = mark == "~", 3
	}
	if byID {
		t.trim.MinID, err = exact(words[taken-1])
		return taken, err
	}
	if t.trim.MaxLen, err = command.Int(words[taken-1]); err == nil && t.trim.MaxLen < 0 {
		err = errMaxLen
	}
	return taken, err
}

// What an approximate trim without LIMIT removes at most: so many full nodes.
const (
	limitNodes    = 100
	limitUnknown  = 10_000
	limitGreatest = 1_000_000
)

// settle checks the options together, and sets the limit if none is given.
func (t *trimArgs) settle(l *keyspace.Limits) error {
	switch {
	case t.trim.Limit != 0 && !t.given:
		return errLimitAlone
	case t.limited && !t.trim.Approx:
		return errLimitExact
	case t.trim.Approx && !t.limited:
		if t.trim.Limit = limitUnknown; l.StreamNodeEntries > 0 {
			t.trim.Limit = min(l.StreamNodeEntries, limitGreatest/limitNodes) * limitNodes
		}
	}
	return nil
}

// addArgs is XADD key [NOMKSTREAM] [trim options] *|id field value [field value ...].
type addArgs struct {
	trimArgs
	noCreate bool
	id       keyspace.StreamID
	auto     bool // no id is given
	autoSeq  bool // only ms of the id is given
	words    [][]byte
}

func parseAdd(args [][]byte, l *keyspace.Limits) (a addArgs, err error) {
	rest, err := a.options(args[2:], func(word []byte) bool {
		a.noCreate = a.noCreate || command.Is(word, "nomkstream")
		return command.Is(word, "nomkstream")
	})
	if err == nil && len(rest) > 0 {
		err = a.parseID(rest[0])
	}
	if err == nil {
		err = a.settle(l)
	}
	switch {
	case err != nil:
		return a, err
	case len(rest) < 3 || len(rest)%2 == 0:
		return a, resp.WrongArity("xadd")
	case !a.auto && !a.autoSeq && a.id.IsZero():
		return a, errAddZero
	}
	a.words = rest[1:]
	return a, nil
}

// parseID reads *, ms-* or an id.
func (a *addArgs) parseID(word []byte) (err error) {
	if string(word) == "*" {
		a.auto = true
		return nil
	}
	if n := len(word); n > 2 && string(word[n-2:]) == "-*" {
		a.autoSeq = true
		var ok bool
		if a.id.Ms, ok = unsigned(word[:n-2]); !ok {
			return errID
		}
		return nil
	}
	a.id, err = exact(word)
	return err
}

// next chooses the id of the new entry of s, which may be nil.
func (a *addArgs) next(s *keyspace.Stream, now int64) (id keyspace.StreamID, err error) {
	if s == nil {
		s = &keyspace.Stream{}
	}
	if s.Last == keyspace.LastStreamID {
		return id, errAddSpent
	}
	id = a.id
	switch {
	case a.auto:
		id, _ = s.NextID(now)
	case a.autoSeq && id.Ms == s.Last.Ms:
		id, _ = s.Last.Next()
		if id.Ms != a.id.Ms { // it was the last one of that ms
			return id, errAddOrder
		}
	}
	if !s.Last.Less(id) {
		return id, errAddOrder
	}
	return id, nil
}

func runAdd(c *command.Call) error {
	key := c.Args[1]
	a, err := parseAdd(c.Args, &c.Keyspace().Limits)
	if err != nil {
		return err
	}
	s, err := write(c, key)
	if err != nil {
		return err
	}
	if s == nil && a.noCreate {
		c.Out.Null()
		return nil
	}
	id, err := a.next(s, c.Now())
	if err != nil {
		return err
	}
	if size(a.words) > keyspace.MaxStreamEntry {
		return errAddTooBig
	}
	if s == nil {
		s = create(c, key)
	}
	a.add(c, s, id)
	return nil
}

// add adds the entry, trims the stream and replies with the id.
func (a *addArgs) add(c *command.Call, s *keyspace.Stream, id keyspace.StreamID) {
	key, removed := c.Args[1], int64(0)
	s.Add(id, a.words, &c.Keyspace().Limits)
	if a.given {
		removed = s.Trim(a.trim)
	}
	writeID(c.Out, id)
	c.Event(keyspace.ClassStream, "xadd", key)
	if removed > 0 {
		c.Event(keyspace.ClassStream, "xtrim", key)
	}
	changed(c, key, entries, 1)
}

// size returns the bytes of all words.
func size(words [][]byte) (n int) {
	for _, w := range words {
		n += len(w)
	}
	return n
}

// setIDArgs is XSETID key id [ENTRIESADDED n] [MAXDELETEDID id].
type setIDArgs struct {
	id, deleted keyspace.StreamID
	added       int64 // -1 if it is not given
}

const (
	errAdded       = resp.Error("ERR entries_added must be positive")
	errSetDeleted  = resp.Error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
	errSetPast     = resp.Error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
	errSetTop      = resp.Error("ERR The ID specified in XSETID is smaller than the target stream top item")
	errSetTooShort = resp.Error("ERR The entries_added specified in XSETID is smaller than the target stream length")
)

func parseSetID(args [][]byte) (a setIDArgs, err error) {
	a.added = -1
	if a.id, err = exact(args[2]); err != nil {
		return a, err
	}
	for rest := args[3:]; len(rest) > 0; rest = rest[2:] {
		switch {
		case len(rest) > 1 && command.Is(rest[0], "entriesadded"):
			if a.added, err = command.Int(rest[1]); err == nil && a.added < 0 {
				err = errAdded
			}
		case len(rest) > 1 && command.Is(rest[0], "maxdeletedid"):
			if a.deleted, err = exact(rest[1]); err == nil && a.id.Less(a.deleted) {
				err = errSetDeleted
			}
		default:
			err = resp.ErrSyntax
		}
		if err != nil {
			return a, err
		}
	}
	return a, nil
}

func runSetID(c *command.Call) error {
	key := c.Args[1]
	a, err := parseSetID(c.Args)
	if err != nil {
		return err
	}
	s, err := write(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		return resp.ErrNoSuchKey
	}
	if err := a.fits(s); err != nil {
		return err
	}
	s.Last = a.id
	if a.added >= 0 {
		s.Added = a.added
	}
	if !a.deleted.IsZero() {
		s.MaxDeleted = a.deleted
	}
	c.Out.OK()
	changed(c, key, lastID, 1)
	c.Event(keyspace.ClassStream, "xsetid", key)
	return nil
}

// fits checks the arguments against what the stream holds.
func (a *setIDArgs) fits(s *keyspace.Stream) error {
	if a.id.Less(s.MaxDeleted) {
		return errSetPast
	}
	if top, ok := s.LastEntry(); ok && a.id.Less(top) {
		return errSetTop
	}
	if s.Len() > 0 && a.added >= 0 && s.Len() > a.added {
		return errSetTooShort
	}
	return nil
}

var addRows = []command.Row{
	{Name: "xadd", Arity: -5, Since: "5.0.0", Run: runAdd, Summary: "Adds an entry to a stream, which is created if missing",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Update), Tips: command.Nondeterministic},
	{Name: "xsetid", Arity: -3, Since: "5.0.0", Run: runSetID, Summary: "Sets the last id of a stream",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Update)},
}
