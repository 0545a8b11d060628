package command

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
)

// This file has what the pops of lists and of sorted sets share: how they read their
// arguments, choose among several keys and wait for one. Each family defines how to pop
// from a value.

const (
	// ErrNumKeys refuses a number of keys that is not positive.
	ErrNumKeys = resp.Error("ERR numkeys should be greater than 0")
	errCount   = resp.Error("ERR count should be greater than 0")
)

// Count reads how many elements to take. The error is ErrNotPositive if that is not an
// integer of 0 or more.
func Count(word []byte) (int64, error) {
	n, ok := ParseInt(word)
	if !ok || n < 0 {
		return 0, resp.ErrNotPositive
	}
	return n, nil
}

// Popping says what to pop: the most elements to take, and from which end.
type Popping struct {
	Count int64
	// Last selects the second of the two ends: RIGHT or MAX.
	Last bool
}

// A Popper pops from the value of key, which is not empty, and replies.
type Popper[T keyspace.Value] func(c *Call, key []byte, from T, p Popping)

// PopOne makes BLPOP, BZPOPMIN and so on: key [key ...] timeout.
func PopOne[T keyspace.Value](last bool, pop Popper[T]) func(*Call) error {
	return func(c *Call) error {
		end := len(c.Args) - 1
		timeout, err := Timeout(c.Args[end])
		if err != nil {
			return err
		}
		keys := c.Args[1:end]
		if found, err := popFirst(c, keys, Popping{1, last}, pop); found || err != nil {
			return err
		}
		return c.BlockFor(keys, timeout)
	}
}

// PopMany makes LMPOP and ZMPOP: numkeys key [key ...] END [COUNT n]. ends are the
// two words for END.
func PopMany[T keyspace.Value](ends [2]string, pop Popper[T]) func(*Call) error {
	return func(c *Call) error {
		keys, p, err := parsePopMany(c.Args[1:], ends)
		if err != nil {
			return err
		}
		found, err := popFirst(c, keys, p, pop)
		if !found && err == nil {
			c.Out.NullArray()
		}
		return err
	}
}

// WaitPopMany makes BLMPOP and BZMPOP: a timeout, then what PopMany takes.
func WaitPopMany[T keyspace.Value](ends [2]string, pop Popper[T]) func(*Call) error {
	return func(c *Call) error {
		keys, p, err := parsePopMany(c.Args[2:], ends)
		if err != nil {
			return err
		}
		timeout, err := Timeout(c.Args[1])
		if err != nil {
			return err
		}
		if found, err := popFirst(c, keys, p, pop); found || err != nil {
			return err
		}
		return c.BlockFor(keys, timeout)
	}
}

// parsePopMany reads the words from numkeys on.
func parsePopMany(words [][]byte, ends [2]string) (keys [][]byte, p Popping, err error) {
	n, ok := ParseInt(words[0])
	if !ok || n < 1 {
		return nil, p, ErrNumKeys
	}
	if n > int64(len(words)-2) {
		return nil, p, resp.ErrSyntax
	}
	keys, words = words[1:1+n], words[1+n:]
	p = Popping{Count: 1, Last: Is(words[0], ends[1])}
	switch rest := words[1:]; {
	case !p.Last && !Is(words[0], ends[0]):
		return nil, p, resp.ErrSyntax
	case len(rest) == 0:
		return keys, p, nil
	case len(rest) == 1 || !Is(rest[0], "count"):
		return nil, p, resp.ErrSyntax
	default:
		if p.Count, ok = ParseInt(rest[1]); !ok || p.Count < 1 {
			return nil, p, errCount
		}
		if len(rest) > 2 {
			return nil, p, resp.ErrSyntax
		}
	}
	return keys, p, nil
}

// popFirst pops from the first of keys that exists and reports whether one does. The
// error is ErrWrongType if that key holds another type.
func popFirst[T keyspace.Value](c *Call, keys [][]byte, p Popping, pop Popper[T]) (found bool, err error) {
	for _, key := range keys {
		e := c.DB.LookupWrite(key)
		if e == nil {
			continue
		}
		v, err := keyspace.As[T](e)
		if err == nil {
			pop(c, key, v, p)
		}
		return err == nil, err
	}
	return false, nil
}
