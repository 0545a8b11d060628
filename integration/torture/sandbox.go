package torture

import (
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

//go:embed census.lua
var census string

// The parts of scripts that try to leave something behind. Each script changes some targets
// in some way, to some value, from inside of something.
var (
	targets = strings.Split("_G|string|table|math|redis|cjson|bit|os|coroutine|cmsgpack|struct|KEYS|ARGV|getmetatable('')|getmetatable('').__index|getmetatable(_G)|"+
		"getmetatable(_G).__index|getmetatable(getmetatable(''))|getmetatable(string)|getmetatable(redis)|getfenv(0)|getfenv(1)|getfenv(2)|getfenv(pairs)|"+
		"getfenv(redis.call)|getfenv(string.gsub)|cjson.null|cjson.new()|redis.call|string.rep|coroutine.running()|package|package.loaded|debug|server|"+
		"coroutine.wrap(function() return getfenv(0) end)()|loadstring('return getfenv(1)')()|select(2, pcall(getfenv, 3))|__redis__err__handler", "|")
	changes = strings.Split("T.leak = V|T['(concat)'] = V|T['(for)'] = V|T.tostring = V|T.call = V|T.rep = V|T.__index = V|T.__newindex = V|T.__metatable = V|T[1] = V|"+
		"rawset(T, 'leak', V)|rawset(T, 'pairs', V)|rawset(T, '__newindex', nil)|setmetatable(T, {__index = function() return V end})|setmetatable(T, nil)|"+
		"table.insert(T, V)|table.remove(T)|table.sort(T, function() return V end)|table.setn(T, 3)|table.foreach(T, function(k) T[k] = V end)|"+
		"for k in pairs(T) do T[k] = V end|for k in pairs(T) do rawset(T, k, V) end|for k in next, T do T[k] = nil end|setfenv(T, {pairs = V})|setfenv(0, T)|"+
		"setfenv(1, T)|setfenv(pairs, {print = V})|debug.setmetatable('', {__index = V})|T.KEYS = V|T.__gc = V|T.__concat = V|T.__call = V|T.__eq = V|T.__len = V|"+
		"getmetatable(T).__newindex = V|getmetatable(T).__index = V|getmetatable(T).leak = V|rawset(getmetatable(T), 'leak', V)|leak = V|tostring = V|"+
		"redis.setresp(3)|redis.set_repl(redis.REPL_NONE)|math.randomseed(V)|cjson.encode(T)|string.gsub('a', 'a', T)|collectgarbage('stop')|unpack(T, 1, 1e9)|"+
		"T:leak(V)|T.x.y.z = V|(function(...) arg = V end)()|string.dump(T)|loadstring(string.rep('(', 300))()|newproxy(T)", "|")
	values = strings.Split("'stolen'|nil|false|1/0|0/0|ARGV|ARGV[1]|KEYS|_G|{}|function() return 'stolen' end|function(...) return ... end|"+
		"setmetatable({}, {__index = function() return ARGV[1] end, __call = function() return 'stolen' end})|coroutine.create(function() end)|string.rep|cjson.null|"+
		"redis.call|error|string.rep('x', 1000)", "|")
	contexts = strings.Split("DO|DO|pcall(function() DO end)|xpcall(function() DO end, function() DO end)|coroutine.wrap(function() DO end)()|"+
		"local c = coroutine.create(function() coroutine.yield() DO end) coroutine.resume(c) coroutine.resume(c)|loadstring([==[DO]==])()|"+
		"string.gsub('a', 'a', function() DO end)|table.sort({2, 1, 3}, function() DO return false end)|local x = setmetatable({}, {__index = function() DO end}).x|"+
		"redis.pcall('NOSUCH') DO|redis.setresp(3) DO|for i = 1, 3 do DO end|DO error({err = 'x'})|DO error(nil)|DO redis.call('NOSUCH')|"+
		"local function f(n) DO if n > 0 then return 1 + f(n - 1) end end pcall(f, 20)|redis.call('SET', 's:key', 'v') DO|pcall(pcall, pcall, function() DO end)|"+
		"local t = setmetatable({}, {__gc = function() DO end}) t = nil", "|")
)

// heavyEvery is after how many scripts a heavy one is run.
const heavyEvery = 20

// sandbox runs scripts, and after each of them, on another connection, a census of the
// machine that must always come out the same.
func (r *run) sandbox() {
	conns, err := r.bothVersions()
	if err != nil {
		return
	}
	victims, err2 := r.bothVersions()
	if err2 != nil {
		return
	}
	first, err := victims[0].text("EVAL", census, 1, "s:key")
	rnd := r.rnd("sandbox")
	for n := 0; err == nil && !r.over(); n++ {
		if n%heavyEvery == 0 {
			err = r.load(conns[0], heavies[n/heavyEvery%len(heavies)])
		}
		if err == nil {
			err = r.escape(rnd, pick(rnd, conns), pick(rnd, victims), first)
		}
	}
	if err != nil {
		r.find(nil, "the machine or a connection is gone: %v", err)
	}
	for _, c := range append(conns, victims...) {
		c.close()
	}
}

// bothVersions opens a connection of each version of the protocol.
func (r *run) bothVersions() (list []*conn, err error) {
	for version := 2; version <= 3 && err == nil; version++ {
		var c *conn
		c, err = r.target.dial(version)
		list = append(list, c)
	}
	return list, err
}

// escape runs a script and takes the census.
func (r *run) escape(rnd *rand.Rand, attacker, victim *conn, first string) error {
	script := compose(rnd)
	began := time.Now()
	if _, err := attacker.do("EVAL", script, 1, "s:key", "secret"); err != nil {
		return fmt.Errorf("%w: after %s", err, script)
	}
	r.counter("scripts").Add(1)
	r.took(time.Since(began), func() string { return script })
	after, err := victim.text("EVAL", census, 1, "s:key")
	if broken(err) {
		return fmt.Errorf("%w: after %s", err, script)
	}
	if after == first {
		return nil
	}
	r.find(attacker, "after the script\n%s\nthe machine is another: %s", script, difference(first, after, err))
	_, err = attacker.do("SCRIPT", "FLUSH") // makes a new machine
	return err
}

// broken reports whether an error is that of a connection. An error of the census itself
// is a finding.
func broken(err error) bool {
	var reply resp.Error
	return err != nil && !errors.As(err, &reply)
}

// difference is the first line in which two censuses differ.
func difference(a, b string, err error) string {
	if err != nil {
		return err.Error()
	}
	after := strings.Split(b, "\n")
	for i, line := range strings.Split(a, "\n") {
		if i >= len(after) || after[i] != line {
			return fmt.Sprintf("%q became %q", line, strings.Join(after[min(i, len(after)):min(i+1, len(after))], ""))
		}
	}
	return "there is more in it"
}

// compose makes a script of one to three attempts, none of which keeps the next from being
// made.
func compose(rnd *rand.Rand) string {
	var b strings.Builder
	for range 1 + rnd.IntN(3) {
		attempt := strings.NewReplacer("T", pick(rnd, targets), "V", pick(rnd, values)).Replace(pick(rnd, changes))
		attempt = strings.ReplaceAll(pick(rnd, contexts), "DO", attempt)
		if rnd.IntN(3) > 0 {
			attempt = "pcall(function() " + attempt + " end)"
		}
		fmt.Fprintf(&b, "do %s end\n", attempt)
	}
	b.WriteString(pick(rnd, []string{"return 1", "return #KEYS", "return redis.call('GET', KEYS[1])", "error('end')", "return setmetatable({1}, {__index = error})"}))
	return b.String()
}

// heavy is a script that asks for much of something; want is what it returns, "" for
// whatever it likes.
type heavy struct{ script, want string }

// listed is n items with commas between them.
func listed(n int, item func(int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = item(i)
	}
	return strings.Join(parts, ",")
}

var heavies = []heavy{
	{"local s = string.rep('x', 1e5) local t = {} for i = 1, 80 do t[i] = s end return #string.format(string.rep('%s', 80), unpack(t))", "8000000"},
	{"local s = string.rep('x', 1e5) return #string.gsub(s, 'x*', string.rep('%0', 80), 1)", "8000000"},
	{"local t = {} for i = 1, 500 do t[i] = coroutine.create(function() coroutine.yield(i) end) coroutine.resume(t[i]) end return #t", "500"},
	{"local t = {" + listed(2000, func(i int) string { return fmt.Sprintf("'k%d'", i) }) + "} return #t .. t[2000]", "2000k1999"},
	{"return #{" + listed(25000, func(int) string { return "1" }) + "}", "25000"},
	{"local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return f(10000)", "10000"},
	{"local function f(n) if n == 0 then return 7 end return f(n - 1) end return f(100000)", "7"},
	{"local function f() return 1 + f() end return pcall(f)", ""},
	{"local s = '' for i = 1, 5000 do s = s .. i end return #s", "18893"},
	{"return string.rep('x', 2^40)", ""},
	{"return table.concat({}, string.rep('x', 1e6), 1, 1e9)", ""},
	{"local t = {} for i = 1, 1e5 do t[i] = i end table.sort(t, function() return true end) return 1", ""},
	{"return string.find(string.rep('a', 15), string.rep('a?', 15) .. string.rep('a', 15))", "1"},
	{"return #string.find(string.rep('a', 3e5), string.rep('a?', 3e5))", ""},
	{"local t = {} t.t = t return cjson.encode(t)", ""},
	{"local t = {} t[1e6] = 1 return cjson.encode(t)", ""},
	{"return cjson.decode(string.rep('[', 1e5))", ""},
	{"local t = {} for i = 1, 20000 do t = {t} end return cjson.encode(t)", ""},
	{"return loadstring('return ' .. string.rep('(', 1000) .. '1' .. string.rep(')', 1000))()", ""},
	{"return loadstring(string.rep('do ', 300) .. string.rep('end ', 300))", ""},
	{"return select('#', unpack({}, 1, 7000))", "7000"},
	{"return error(setmetatable({}, {__tostring = function() error('again') end}))", ""},
	{"return redis.call('SET', 's:large', string.rep('x', 1e6)) and #redis.call('GET', 's:large')", "1000000"},
	{"local f = function() end for i = 1, 100000 do local g = f f = function() return g end end return 1", "1"},
}

// load runs a heavy script. It must be answered, and what follows as well.
func (r *run) load(c *conn, h heavy) error {
	began := time.Now()
	v, err := c.do("EVAL", h.script, 0)
	if err == nil {
		_, err = c.do("PING")
	}
	if err != nil {
		return fmt.Errorf("%w: after %.300s", err, h.script)
	}
	r.counter("heavy scripts").Add(1)
	r.took(time.Since(began), func() string { return fmt.Sprintf("%.80s", h.script) })
	if h.want != "" && fmt.Sprint(v) != h.want {
		r.find(c, "%.300s returns %v instead of %s", h.script, v, h.want)
	}
	return nil
}
