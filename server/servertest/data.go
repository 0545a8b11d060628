package servertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// This file and strings.go, hashes.go, lists.go, sets.go, zsets.go and streams.go are direct access
// to the data, without a connection. Each method runs one command, as a client of its own
// would: keys change, expire and are invalidated as usual. It works even while SetError
// makes the commands of clients fail. With [WithManualLoop] it runs at once too, and
// [Server.EndCycle] writes what it has caused.
//
// Methods that return an error return that of Redis, as a [resp.Error], or
// ErrKeyNotFound if the key does not exist. The others fail the test if Redis replies
// with an error. Before Start and after Close, all of them fail the test.

// The errors of direct access that tests check for; compare with errors.Is.
var (
	ErrKeyNotFound           error = resp.ErrNoSuchKey
	ErrWrongType             error = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")
	ErrIntValueError         error = resp.ErrNotInteger
	ErrIntValueOverflowError error = resp.ErrOverflow
	ErrFloatValueError       error = resp.ErrNotFloat
)

// DB is one numbered database of a server. The methods of a [Server] with the
// same names are those of its database 0.
type DB struct{ database }

// database has the methods of a [DB], and of a [Server] for its database 0.
type database struct {
	home *Server
	n    int
}

// DB returns the database with a number. There are 16, numbered from 0, unless the
// setting "databases" says otherwise. Any other number fails the test.
func (s *Server) DB(n int) *DB {
	s.t.Helper()
	db := &DB{database{s, n}}
	if _, err := db.call("DBSIZE"); err != nil {
		s.t.Fatalf("servertest: DB(%d): %v", n, err)
	}
	return db
}

// notRunning is the error of direct access before Start and after the end, of which the test
// has been told.
type notRunning struct{ error }

// call runs a command on the database.
func (d *database) call(args ...any) (any, error) {
	d.home.t.Helper()
	srv, err := d.home.running()
	if err != nil {
		d.home.t.Errorf("servertest: %s: %v", words(args), err)
		return nil, &notRunning{err}
	}
	return srv.Call(d.n, args...)
}

// ask runs a command and returns its reply as a T, or ErrKeyNotFound for a null reply.
func ask[T any](d *database, args ...any) (reply T, err error) {
	d.home.t.Helper()
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
	d.home.t.Helper()
	n, err := ask[int64](d, args...)
	return int(n), err
}

// has returns ErrKeyNotFound unless a key exists. Many commands reply 0 both if the key
// is missing and if an element is.
func (d *database) has(k string) error {
	d.home.t.Helper()
	n, err := d.number("EXISTS", k)
	if err == nil && n == 0 {
		return ErrKeyNotFound
	}
	return err
}

// list is ask for strings. Redis has no empty lists, hashes or sets, so no elements mean
// ErrKeyNotFound.
func (d *database) list(args ...any) ([]string, error) {
	d.home.t.Helper()
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

// mustNumber is number for methods that return no error: an error of Redis fails the
// test.
func (d *database) mustNumber(args ...any) int {
	d.home.t.Helper()
	return int(d.mustInt64(args...))
}

// mustInt64 is mustNumber for milliseconds, which exceed 32 bits after 24.8 days.
func (d *database) mustInt64(args ...any) int64 {
	d.home.t.Helper()
	n, err := ask[int64](d, args...)
	d.report(args, err)
	return n
}

// mustText is the same for a string; a key that does not exist is "".
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

// report fails the test with the error of a command, unless call has done so already.
func (d *database) report(args []any, err error) {
	d.home.t.Helper()
	if _, said := err.(*notRunning); err != nil && err != ErrKeyNotFound && !said {
		d.home.t.Errorf("servertest: %s: %v", words(args), err)
	}
}

// words returns a command as text for a message.
func words(args []any) string { return strings.TrimSuffix(fmt.Sprintln(args...), "\n") }

// with appends strings to the arguments of a command.
func with(list []string, args ...any) []any {
	for _, s := range list {
		args = append(args, s)
	}
	return args
}

// millis returns a duration in milliseconds, rounded up: a positive one must not become
// 0, which would remove the key.
func millis(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond > 0 {
		ms++
	}
	return ms
}

// left returns the duration in a reply to PTTL, or 0 if there is none.
func left(ms int64) time.Duration { return time.Duration(max(ms, 0)) * time.Millisecond }
