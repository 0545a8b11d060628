package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// commanders is how many connections send random commands at once.
const commanders = 4

// spared are commands that do what no other command survives: they end the server, change its
// settings, follow another server or block all others, or make a connection speak otherwise than by one
// reply to each command.
var spared = strings.Fields(`shutdown debug monitor quit reset multi exec discard subscribe psubscribe ssubscribe unsubscribe punsubscribe
	sunsubscribe client|reply client|kill client|pause config|set config|rewrite replicaof slaveof failover sync psync replconf
	migrate module tattle script|debug script|kill`)

// sparedShared are commands that take away what other attacks use.
var sparedShared = strings.Fields("flushall flushdb swapdb client|unblock config|resetstat")

// spec is a command that can be drawn.
type spec struct {
	words    []any
	arity    int
	blocking bool
}

// specs asks the server for its commands.
func (r *run) specs() (list []spec, err error) {
	c, err := r.target.dial(2)
	if err != nil {
		return nil, err
	}
	defer c.close()
	table, err := c.do("COMMAND")
	rows, _ := table.([]any)
	for _, row := range rows {
		info := row.([]any)
		list = r.addSpec(list, info)
		if len(info) > 9 {
			for _, sub := range info[9].([]any) {
				list = r.addSpec(list, sub.([]any))
			}
		}
	}
	slices.SortFunc(list, func(a, b spec) int { return strings.Compare(show(a.words), show(b.words)) })
	return list, err
}

func (r *run) addSpec(list []spec, info []any) []spec {
	name := info[0].(string)
	container, _, _ := strings.Cut(name, "|")
	if name == "acl|setuser" { // not the default user
		return append(list, spec{words: []any{"ACL", "SETUSER", "f:user"}, arity: -4}, spec{words: []any{"ACL", "SETUSER", "f:other"}, arity: -4})
	}
	skip := spared
	if r.shared {
		skip = slices.Concat(spared, sparedShared)
	}
	if slices.Contains(skip, name) || slices.Contains(skip, container) {
		return list
	}
	s := spec{arity: int(info[1].(int64)), blocking: slices.Contains(info[2].([]any), any("blocking"))}
	for word := range strings.SplitSeq(name, "|") {
		s.words = append(s.words, word)
	}
	return append(list, s)
}

// commands sends random commands, each followed by a PING of its own.
func (r *run) commands() {
	list, err := r.specs()
	if err != nil || len(list) == 0 {
		r.find(nil, "COMMAND replies nothing: %v", err)
		return
	}
	together(commanders, func(i int) {
		rnd := r.rnd(fmt.Sprint("commander", i))
		c, err := r.target.dial(2 + i%2)
		for n := 0; err == nil && !r.over(); n++ {
			switch {
			case i == commanders-1 && n%100 == 0:
				_, err = c.do("AUTH", confined, "any") // the user goes where FLUSH and ACL come together
			case n%500 == 0:
				err = furnish(c)
			}
			if err != nil {
				break
			}
			err = r.commandOnce(c, rnd, list, n)
		}
		c.close()
		if err != nil {
			r.find(c, "the connection ended: %v", err)
		}
	})
}

// furnish makes a key of each type, under the names that commands are given, and removes
// what has grown.
func furnish(c *conn) error {
	_, err := c.all([]any{"SELECT", 0}, append([]any{"DEL"}, anys(keys)...), []any{"SET", "f:string", "hello"}, []any{"SET", "f:number", 10},
		[]any{"RPUSH", "f:list", "a", "b", "c", 1}, []any{"SADD", "f:set", "a", "b", 1}, []any{"SADD", "f:integers", 1, 2, 3},
		[]any{"HSET", "f:hash", "f", 1, "g", "v"}, []any{"ZADD", "f:zset", 1, "a", 2, "b", "inf", "c"}, []any{"SCRIPT", "FLUSH"},
		[]any{"PFADD", "f:hll", "a", "b"}, []any{"GEOADD", "f:geo", 2.35, 48.85, "a", 15, 37.5, "b"}, []any{"ACL", "DELUSER", "f:user", "f:other"}, []any{"ACL", "LOG", "RESET"},
		[]any{"XADD", "f:stream", "1-1", "f", "v"}, []any{"XADD", "f:stream", "2-1", "f", "v"}, []any{"XGROUP", "CREATE", "f:stream", "g", 0}, []any{"XREADGROUP", "GROUP", "g", "c", "STREAMS", "f:stream", ">"},
		[]any{"FUNCTION", "LOAD", "REPLACE", library}, []any{"ACL", "SETUSER", confined, "reset", "on", "nopass", "%R~*", "~f:s*", "+@all", "-@dangerous", "-hset"})
	return err
}

// confined is a user who may not do everything.
const confined = "confined"

// library has functions that run any command, as they may, and one that fails in some way.
const library = `#!lua name=torture
local function call(keys, args) return redis.call(unpack(args)) end
redis.register_function('f_call', call)
redis.register_function('f_pcall', function(keys, args) return {redis.pcall(unpack(args)), redis.pcall('FCALL', 'f_call', 0)} end)
redis.register_function{function_name='f_reads', callback=call, flags={'no-writes', 'allow-stale'}}
redis.register_function{function_name='f_oom', callback=call, flags={'allow-oom', 'no-cluster', 'allow-cross-slot-keys'}, description='any'}
redis.register_function('f_fails', function(keys, args) if args[1] == '1' then error({err=args[2]}) end error(args[1]) end)`

// functions are those of the library, and one that there is not.
var functions = strings.Fields("f_call f_pcall f_reads f_oom f_fails f_none")

func anys[T any](list []T) (as []any) {
	for _, v := range list {
		as = append(as, v)
	}
	return as
}

var keys = strings.Fields("f:string f:number f:list f:set f:integers f:hash f:zset f:hll f:geo f:stream f:none f:other")

// numbers are arguments at and beyond the ends of what numbers can be.
var numbers = strings.Split("0|1|-1|2|-2|10|127|128|255|512|65536|2147483647|2147483648|-2147483649|4294967296|9223372036854775807|-9223372036854775808|"+
	"9223372036854775808|18446744073709551616|4611686018427387904|-4611686018427387905|99999999999999999999999|nan|-nan|inf|-inf|+inf|1e400|-1e400|1e-400|"+
	"1.7976931348623157e308|0.1|-0|-0.0|3.0000000000000000001|(1|(-inf|[a|(|[|-|+|0x10|1e3| 1|1 |+1|007|1.|.5|1,5|1_000|--1|١", "|")

// syntax are words that mean something to some command, and some that mean too much.
var syntax = append(strings.Fields(`EX PX EXAT PXAT NX XX GT LT KEEPTTL PERSIST GET LEFT RIGHT BEFORE AFTER LIMIT COUNT WITHSCORES WITHSCORE WITHVALUES
	BYSCORE BYLEX REV MIN MAX MATCH TYPE NOVALUES STORE ALPHA DESC ASC BY REPLACE DB ABSTTL IDLETIME FREQ ON OFF YES NO SKIP REDIRECT PREFIX BCAST OPTIN OPTOUT
	NOLOOP ID FIELDS FNX FXX INCR CH AGGREGATE SUM WEIGHTS BIT BYTE AND OR NOT XOR u8 i64 u64 u63 u0 i0 i65 #1 #9223372036854775807 OVERFLOW WRAP SAT FAIL IDX LEN
	MINMATCHLEN WITHMATCHLEN RANK MAXLEN ASYNC SYNC FULL 2 3 AUTH SETNAME default LADDR ADDR USER SKIPME string list hash zset set stream ENCODING USAGE SAMPLES * ? [ [a- [^ \ a\
	f:* *a*a*a*a*a*a*a*b [a-z]*[0-9]?\* {tag} maxmemory save __redis__:invalidate f:none->x f:*->f # return #!lua
	BYRADIUS BYBOX FROMMEMBER FROMLONLAT m km ft WITHCOORD WITHDIST WITHHASH STOREDIST ANY ~f:* %R~f:s* %W~ %X~f &c* allkeys allchannels resetkeys reset on off nopass >p <p #x
	STREAMS GROUP BLOCK NOACK CREATE MKSTREAM ENTRIESREAD ENTRIESADDED MAXDELETEDID MINID ~ = $ > 1-1 2-1 0-0 1-* 5-0 18446744073709551615-18446744073709551615 g c NOMKSTREAM JUSTID FORCE
	RETRYCOUNT LASTID IDLE TIME LIBRARYNAME WITHCODE APPEND FLUSH torture f_call f_pcall f_reads f_oom f_fails nosuch
	+@all -@all +@write -get +config|set +get|x -@nosuch (~f:*) (+get clearselectors sanitize-payload f:user`),
	"", "\x00", "\xff\xfe\r\n", "\r\n", "a b", "return 1", "return redis.call(unpack(ARGV))", "return {KEYS, ARGV}", "#!lua flags=no-writes\nreturn redis.pcall('SET', 'f:other', 1)", "while",
	"#!lua name=other\nredis.register_function('other', function(keys, args) return args end)", "#!lua name=torture\nredis.register_function('f_call', function() return {} end)", "#!lua name=bad\nerror({})",
	"#!lua name=bad\nredis.register_function{function_name='f', callback=redis.call, flags={'no-writes', 1}}", "#!lua name=bad\nredis.register_function(nil, nil, nil)", "#!lua name=bad name=bad engine=lua")

// argument draws an argument.
func argument(rnd *rand.Rand) any {
	switch n := rnd.IntN(100); {
	case n < 35:
		return pick(rnd, keys)
	case n < 65:
		return pick(rnd, numbers)
	case n < 98:
		return pick(rnd, syntax)
	case n < 99:
		return strings.Repeat(pick(rnd, []string{"a", "9", "\x00", "*", "[", "("}), 1<<(6+rnd.IntN(10)))
	}
	b := make([]byte, rnd.IntN(40))
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return string(b)
}

// draw draws a command: mostly with as many arguments as it needs, or a few more.
func draw(rnd *rand.Rand, s spec) []any {
	words := slices.Clone(s.words)
	need := max(s.arity, -s.arity) - len(words)
	n := max(0, need-rnd.IntN(12)/11)
	if s.arity < 0 {
		n += rnd.IntN(8)
	}
	for range n {
		words = append(words, argument(rnd))
	}
	return words
}

// A mark is the argument of the PING that follows each command.
func mark(n int) string { return fmt.Sprint("mark-", n) }

// commandOnce sends a command by itself, in a transaction, through a script or a function, and
// then a PING. As many replies must come before that of the PING as there are commands.
func (r *run) commandOnce(c *conn, rnd *rand.Rand, list []spec, n int) error {
	s := pick(rnd, list)
	words := draw(rnd, s)
	commands := [][]any{words}
	switch way := rnd.IntN(10); {
	case way < 2 || s.blocking:
		commands = transaction(words, draw(rnd, unblocking(rnd, list)))
	case way < 3:
		commands = [][]any{append([]any{pick(rnd, []string{"FCALL", "FCALL_RO"}), pick(rnd, functions), 0}, words...)}
		if rnd.IntN(2) == 0 {
			commands = transaction(commands[0], words)
		}
	case way < 5:
		commands = [][]any{append([]any{"EVAL", pick(rnd, []string{"return redis.pcall(unpack(ARGV))", "return redis.call(unpack(ARGV))"}), 0}, words...)}
	}
	began := time.Now()
	if err := c.send(append(commands, []any{"PING", mark(n)})...); err != nil {
		return err
	}
	for i := 0; ; i++ {
		v, err := c.read()
		if err != nil {
			return err
		}
		if v == mark(n) {
			r.counter("commands").Add(1)
			r.took(time.Since(began), func() string { return show(words) })
			if i != len(commands) {
				r.find(c, "%d replies to %d commands", i, len(commands))
			}
			return nil
		}
		if e, ok := v.(resp.Error); ok {
			r.counter("errors").Add(1)
			if strings.Contains(string(e), "internal") {
				r.find(c, "an internal error: %s", e)
			}
		}
	}
}

// unblocking draws a command that does not block.
func unblocking(rnd *rand.Rand, list []spec) spec {
	for {
		if s := pick(rnd, list); !s.blocking {
			return s
		}
	}
}
