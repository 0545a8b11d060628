package servertest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// This file and strings.go, hashes.go, lists.go, sets.go and zsets.go are data at
// hand, without a connection. Each method is one command, run as a client would
// that nobody knows: it changes, expires and invalidates as a foreign command
// does, and it works where SetError makes commands fail. With [WithManualLoop] it
// runs at once too, and what it causes is written by [Server.EndCycle].
//
// Methods that return an error return Redis's, as a [resp.Error], and
// ErrKeyNotFound for a key that is not there. The others fail the test where
// Redis answers with an error. Before Start and after Close all fail the test.

// The errors of direct access that tests ask for; compare with errors.Is.
var (
	ErrKeyNotFound           error = resp.ErrNoSuchKey
	ErrWrongType             error = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")
	ErrIntValueError         error = resp.ErrNotInteger
	ErrIntValueOverflowError error = resp.ErrOverflow
	ErrFloatValueError       error = resp.ErrNotFloat
)

// errNotRunning is what direct access finds before Start and after Close.
var errNotRunning = errors.New("the server does not run; data is at hand after Start and before Close")

// DB is one numbered database of a server. The methods of a [Server] with the
// same names are those of its database 0.
type DB struct{ database }

// database has the methods of a [DB], and of a [Server] for its database 0.
type database struct {
	home *Server
	n    int
}

// DB returns a database by its number. There are 16, from 0 on, unless the setting
// "databases" says otherwise; another number fails the test.
func (s *Server) DB(n int) *DB {
	s.t.Helper()
	db := &DB{database{s, n}}
	if _, err := db.call("DBSIZE"); err != nil {
		s.t.Fatalf("servertest: DB(%d): %v", n, err)
	}
	return db
}

// call runs a command on the database.
func (d *database) call(args ...any) (any, error) {
	d.home.t.Helper()
	srv, err := d.home.running()
	if err != nil {
		d.home.t.Errorf("servertest: %s: %v", words(args), err)
		return nil, err
	}
	return srv.Call(d.n, args...)
}

// ask runs a command and returns its reply as a T; null is ErrKeyNotFound.
func ask[T any](d *database, args ...any) (reply T, err error) {
	v, err := d.call(args...)
	if err != nil {
		return reply, err
	}
	reply, ok := v.(T)
	switch {
	case ok:
		return reply, nil
	case v == nil:
		return reply, ErrKeyNotFound
	}
	return reply, fmt.Errorf("servertest: the reply to %s is %#v", words(args), v)
}

// number is ask for an integer.
func (d *database) number(args ...any) (int, error) {
	n, err := ask[int64](d, args...)
	return int(n), err
}

// has returns ErrKeyNotFound unless a key is there: many commands answer 0 both
// for want of the key and for want of an element.
func (d *database) has(k string) error {
	n, err := d.number("EXISTS", k)
	if err == nil && n == 0 {
		return ErrKeyNotFound
	}
	return err
}

// list is ask for strings. A list, a hash, a set that is empty is none: no
// elements are ErrKeyNotFound.
func (d *database) list(args ...any) ([]string, error) {
	v, err := d.call(args...)
	if err != nil {
		return nil, err
	}
	list, ok := texts(v)
	switch {
	case !ok:
		return nil, fmt.Errorf("servertest: the reply to %s is %#v", words(args), v)
	case len(list) == 0:
		return nil, ErrKeyNotFound
	}
	return list, nil
}

// texts returns the strings of an array or a set.
func texts(reply any) ([]string, bool) {
	elements, ok := reply.([]any)
	if set, is := reply.(resp.Set); is {
		elements, ok = set, true
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		list[i], _ = e.(string)
	}
	return list, ok
}

// mustNumber is number for a method without an error: what Redis refuses fails
// the test.
func (d *database) mustNumber(args ...any) int {
	d.home.t.Helper()
	return int(d.mustInt64(args...))
}

// mustInt64 is mustNumber for milliseconds, of which a month is more than 32 bits.
func (d *database) mustInt64(args ...any) int64 {
	d.home.t.Helper()
	n, err := ask[int64](d, args...)
	d.report(args, err)
	return n
}

// mustText is the same for a string, "" for one that is not there.
func (d *database) mustText(args ...any) string {
	d.home.t.Helper()
	text, err := ask[string](d, args...)
	d.report(args, err)
	return text
}

// mustList is the same for strings.
func (d *database) mustList(args ...any) []string {
	d.home.t.Helper()
	list, err := d.list(args...)
	d.report(args, err)
	return list
}

// report fails the test with the error of a command, which call has not done.
func (d *database) report(args []any, err error) {
	d.home.t.Helper()
	if err != nil && err != ErrKeyNotFound && err != errNotRunning {
		d.home.t.Errorf("servertest: %s: %v", words(args), err)
	}
}

// words shows a command in a message.
func words(args []any) string { return strings.TrimSuffix(fmt.Sprintln(args...), "\n") }

// with makes the arguments of a command that ends in several strings.
func with(list []string, args ...any) []any {
	for _, s := range list {
		args = append(args, s)
	}
	return args
}

// millis turns a duration into whole milliseconds, rounded up: the shortest is
// one, since 0 would remove what it is for.
func millis(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond > 0 {
		ms++
	}
	return ms
}

// left is the duration in a reply to PTTL; 0 where there is none.
func left(ms int64) time.Duration { return time.Duration(max(ms, 0)) * time.Millisecond }
