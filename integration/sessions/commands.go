package sessions

// Sessions are made from templates, in which {k} and the like stand for words that the
// generator draws (see words); each list has a weight (see kinds). No command here may
// reply at random, or in an order that Redis or Lua does not promise. CLIENT NO-TOUCH is
// missing: Redis 8.0.2 crashes when a client with it releases a blocked one.

// words are the words that may replace a name in a template. The first ones are drawn a
// little more often.
var words = map[string][]string{
	"k":      {"k", "k:1", "k:2", "x"},
	"l":      {"l", "l:1", "l:2"},
	"z":      {"z", "z:1"},
	"h":      {"h", "h:1"},
	"s":      {"s", "s:1", "s:2"},
	"st":     {"st", "st:1", "st:2"},
	"p":      {"p", "p:1", "p:2", "k"},
	"g":      {"g", "g:1", "z"},
	"any":    {"k", "l", "h", "s", "z", "p", "g", "k:1", "l:1", "x", "none", "st"},
	"v":      {"v", "w", "7", "a value", "3.5", ""},
	"n":      {"1", "2", "0", "-1", "3"},
	"f":      {"f", "g", "1"},
	"prefix": {"k", "", "k:", "l", "z:", "x"},
	"who":    {"$a", "$b", "$c", "$d", "$e"},
	"gone":   {"$a'", "$b'", "$c'", "$d'", "$e'"},
	"ch":     {"ch", "__redis__:invalidate", "news", "__keyevent@0__:expired", "__keyspace@0__:k"},
	"pat":    {"*", "n*", "__key*__:*"},
	"db":     {"0", "1", "2"},
	"past":   {"1", "1000"},
	"far":    {"99999999999999", "88888888888888"},
	"when":   {"NX", "XX", "GT", "LT"},
	"place":  {"2.35 48.85", "2.36 48.85", "-179.99 0", "180 0", "0 85", "15 37.5"},
	"area":   {"BYRADIUS 100 km", "BYBOX 5000 5000 km", "BYRADIUS 2000 mi", "BYRADIUS 0 m"},
	"how":    {"", "ASC", "DESC COUNT 2", "COUNT 1 ANY", "COUNT 1"},
	"with":   {"", "WITHDIST", "WITHCOORD WITHHASH"},
	"on":     {"NOLOOP", "OPTIN", "OPTOUT", "BCAST", "OPTIN NOLOOP", "OPTOUT NOLOOP", "BCAST NOLOOP"},
	"block":  {"0", "0", "0", "0.005"},
	"id":     {"9-*", "9-*", "9-*", "5-*", "1-1", "2-1", "9-1", "9-2", "9-3", "0"},
	"entry":  {"9-0", "9-1", "9-2", "9-3", "5-0", "1-1", "2-1", "0", "10"},
	"from":   {"0", "9-1", "9", "5-0"},
	"gr":     {"g", "g2"},
	"co":     {"c", "d"},
	"wait":   {"0", "0", "5"},
}

// phrases are the names that stand for any number of words.
var phrases = []string{"on", "place", "area", "how", "with"}

// kind is a kind of steps, with how often it is drawn.
type kind struct {
	weight    int
	templates []string
}

// kinds are those of all sessions.
var kinds = []kind{
	{22, reads}, {22, writes}, {6, expiry}, {20, modes}, {8, transactions}, {6, scripts}, {2, flushes},
	{6, pubsub}, {5, blocking}, {5, connections}, {3, mistakes}, {16, streams},
}

// unwaited are also drawn where commands do not wait for each other: in one cycle, a client
// may end and a message to it may be caused.
var unwaited = []kind{{6, endings}, {6, scripts}, {6, transactions}}

var endings = []string{"CLIENT KILL ID {who}", "CLIENT KILL ID {who}", Reconnect, Reconnect, "CLIENT TRACKING ON REDIRECT {who}", "HELLO 3"}

var reads = []string{
	"GET {k}", "MGET {k} {k} {any}", "STRLEN {k}", "EXISTS {any} {any}", "TYPE {any}", "GETRANGE {k} 0 {n}",
	"LRANGE {l} 0 -1", "LLEN {l}", "LINDEX {l} {n}", "LPOS {l} {v}",
	"HGET {h} {f}", "HGETALL {h}", "HMGET {h} {f} {f}", "HLEN {h}", "HEXISTS {h} {f}",
	"ZRANGE {z} 0 -1 WITHSCORES", "ZSCORE {z} {f}", "ZCARD {z}", "ZRANGEBYSCORE {z} 1 +inf", "ZRANK {z} {f} WITHSCORE",
	"SISMEMBER {s} {v}", "SCARD {s}", "SMISMEMBER {s} {v} {v}", "SINTERCARD 2 {s} {s}", "SINTERCARD 1 {s} LIMIT {n}",
	"TTL {any}", "PTTL {any}", "EXPIRETIME {any}", "PEXPIRETIME {any}", "BITCOUNT {k}", "GETBIT {k} {n}", "LCS {k} {k}",
	"DBSIZE", "TOUCH {any} {any}", "OBJECT ENCODING {any}", "SORT_RO {l} ALPHA", "SUBSTR {k} 0 1",
	"PFCOUNT {p}", "PFCOUNT {p}", "PFCOUNT {p} {any}", "GEOPOS {g} {f} {f}", "GEOHASH {g} {f}", "GEODIST {g} {f} {f} km",
	"GEOSEARCH {g} FROMMEMBER {f} {area} {how} {with}", "GEOSEARCH {g} FROMLONLAT {place} {area} {how} {with}", "GEORADIUS_RO {g} {place} 100 km {how} {with}",
	"HPTTL {h} FIELDS 1 {f}", "ZUNION 2 {z} {z}", "ZDIFF 2 {z} {z} WITHSCORES", "EXISTS {k}", "GET {any}", "HGET {any} f",
}

var writes = []string{
	"SET {k} {v}", "SET {k} {v} NX", "SET {k} {v} XX GET", "DEL {any} {any}", "APPEND {k} {v}", "INCR {k}", "DECRBY {k} {n}",
	"MSET {k} {v} {k} {v}", "MSETNX {k} {v} {k} {v}", "SETNX {k} {v}", "GETDEL {k}", "GETSET {k} {v}", "SETRANGE {k} {n} {v}", "INCRBYFLOAT {k} 0.5",
	"LPUSH {l} {v}", "RPUSH {l} {v} {v}", "LPOP {l}", "RPOP {l} {n}", "LREM {l} {n} {v}", "LSET {l} {n} {v}", "LTRIM {l} {n} -1",
	"LINSERT {l} BEFORE {v} {v}", "LPUSHX {l} {v}", "LMOVE {l} {l} LEFT RIGHT", "RPOPLPUSH {l} {l}", "LMPOP 2 {l} {l} LEFT",
	"HSET {h} {f} {v}", "HSETNX {h} {f} {v}", "HDEL {h} {f}", "HINCRBY {h} {f} {n}", "HGETDEL {h} FIELDS 1 {f}",
	"ZADD {z} {n} {f}", "ZADD {z} XX CH {n} {f}", "ZINCRBY {z} {n} {f}", "ZREM {z} {f}", "ZPOPMIN {z}", "ZPOPMAX {z} {n}",
	"ZREMRANGEBYRANK {z} 0 0", "ZRANGESTORE {z} {z} 0 {n}", "ZUNIONSTORE {z} 2 {z} {z}", "ZINTERSTORE {z} 2 {z} {z}", "ZMPOP 1 {z} MIN",
	"SADD {s} {v}", "SREM {s} {v}", "SMOVE {s} {s} {v}", "SINTERSTORE {s} {s} {s}", "SUNIONSTORE {s} {s} {s}", "SDIFFSTORE {s} {s} {s}",
	"PFADD {p} {v} {f}", "PFADD {p} {v}", "PFADD {p}", "PFMERGE {p} {p} {p}", "PFMERGE {p} {any}", "GEOADD {g} {place} {f}", "GEOADD {g} {place} {f} {place} {f}",
	"GEOADD {g} XX CH {place} {f}", "GEORADIUS {g} {place} 3000 km STORE {g}", "GEORADIUSBYMEMBER {g} {f} 100 km {how} STOREDIST {z}", "GEOSEARCHSTORE {any} {g} FROMLONLAT {place} {area} {how}",
	"RENAME {any} {any}", "RENAMENX {any} {any}", "COPY {any} {any}", "COPY {any} {any} REPLACE", "COPY {k} {k} DB {db}", "MOVE {any} {db}",
	"UNLINK {any}", "SORT {l} ALPHA STORE {l}", "SETBIT {k} {n} 1", "BITOP NOT {k} {k}", "BITFIELD {k} SET u8 0 {n}",
	"RESTORE {any} 0 bad", "SET {any} {v}", "SADD {any} {v}", "LPUSH {any} {v}", "ZADD {any} 1 {f}",
}

var expiry = []string{
	"SET {k} {v} PX 5", "PEXPIRE {any} 5", "SET {k} {v} PXAT {past}", "PEXPIREAT {any} {past}", "EXPIRE {any} 100000", "PERSIST {any}",
	"SET {k} {v} EX 100000", "SET {k} {v} KEEPTTL", "GETEX {k} PX 5", "GETEX {k} PERSIST", "GETEX {k} PXAT {past}", "EXPIREAT {any} {past}",
	"PEXPIREAT {any} {far}", "PEXPIREAT {any} {far} {when}", "EXPIRE {any} -1", "SETEX {k} 100000 {v}", "PSETEX {k} 5 {v}", "GETEX {k} EX 100000",
	"HPEXPIRE {h} 5 FIELDS 1 {f}", "HPEXPIREAT {h} {past} FIELDS 1 {f}", "HEXPIRE {h} 100000 FIELDS 2 f g", "HPERSIST {h} FIELDS 1 {f}",
	"HSETEX {h} PX 5 FIELDS 1 {f} {v}", "HGETEX {h} PERSIST FIELDS 1 {f}", "PEXPIRE {any} 5 {when}",
}

var modes = []string{
	"CLIENT TRACKING ON", "HELLO 3", "CLIENT TRACKING ON {on}", "CLIENT TRACKING ON BCAST PREFIX {prefix}", "CLIENT TRACKING OFF",
	"CLIENT TRACKING ON REDIRECT {who}", "CLIENT TRACKING ON REDIRECT {who} {on}", "CLIENT TRACKING ON BCAST PREFIX {prefix} PREFIX {prefix} NOLOOP",
	"CLIENT TRACKING ON BCAST PREFIX {prefix} REDIRECT {who}", "CLIENT CACHING YES", "CLIENT CACHING NO", "CLIENT TRACKINGINFO", "CLIENT GETREDIR",
	"HELLO 2", "HELLO 3", "CLIENT TRACKING ON REDIRECT {gone}", "CLIENT TRACKING ON OPTIN", "CLIENT CACHING YES", "CLIENT TRACKING ON {on} {on}",
}

var transactions = []string{
	"EXEC", "MULTI", "MULTI", "WATCH {any} {any}", "EXEC", "UNWATCH", "DISCARD", "WATCH {k}", "EXEC",
}

var scripts = []string{
	`EVAL "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[2])" 2 {k} {k} {v}`,
	`EVAL "return redis.call('GET', KEYS[1])" 1 {any}`,
	`EVAL "local v = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], 'script') redis.call('GET', KEYS[1]) redis.call('DEL', KEYS[2]) return v" 2 {k} {any}`,
	`EVAL_RO "return {redis.call('GET', KEYS[1]), redis.call('LRANGE', KEYS[2], 0, -1)}" 2 {k} {l}`,
	`EVAL_RO "return redis.call('SET', KEYS[1], 'x')" 1 {k}`,
	`EVAL "redis.call('LPUSH', KEYS[1], ARGV[1], ARGV[2]) return redis.call('LLEN', KEYS[1])" 1 {l} {v} {v}`,
	`EVAL "return redis.pcall('INCR', KEYS[1])" 1 {any}`,
	`EVAL "return redis.call('BLPOP', KEYS[1], 0)" 1 {l}`,
	`EVAL "redis.call('SELECT', ARGV[1]) redis.call('SET', KEYS[1], 1) return redis.call('DBSIZE')" 1 {k} {db}`,
	`EVAL "redis.setresp(3) local all = redis.call('HGETALL', KEYS[1]) return {all.map.f, all.map.g}" 1 {h}`,
	`EVAL "redis.call('SET', KEYS[1], 'v', 'PX', 5) return redis.call('TTL', KEYS[1])" 1 {k}`,
	`EVAL "return redis.call('PUBLISH', 'ch', ARGV[1])" 0 {v}`,
	`EVAL "redis.call('FLUSHDB') redis.call('SET', KEYS[1], 1) return redis.call('GET', KEYS[1])" 1 {k}`,
	`EVAL "return {1, 'two', {3, false}, 4.7, true, {ok='fine'}}" 0`,
	`EVAL "return redis.call('GET', KEYS[1]) .. redis.call('NOSUCH')" 1 {k}`,
	`EVALSHA 7f923f79fe76194c868d7e1d0820de36700eb649 1 {k}`, "SCRIPT LOAD \"return redis.call('GET', KEYS[1])\"",
}

var flushes = []string{
	"FLUSHDB", "FLUSHALL", "FLUSHDB ASYNC", "FLUSHALL ASYNC", "FLUSHALL SYNC", "SWAPDB {db} {db}", "SWAPDB 0 {db}",
}

var pubsub = []string{
	"SUBSCRIBE {ch}", "PUBLISH {ch} {v}", "SUBSCRIBE __redis__:invalidate", "UNSUBSCRIBE", "UNSUBSCRIBE {ch}", "PSUBSCRIBE {pat}", "PUNSUBSCRIBE",
	"SSUBSCRIBE {ch}", "SUNSUBSCRIBE", "SPUBLISH {ch} {v}", "PUBSUB NUMSUB ch news", "PUBSUB NUMPAT", "UNSUBSCRIBE", "PUNSUBSCRIBE {pat}",
	"CONFIG SET notify-keyspace-events KEA", "CONFIG SET notify-keyspace-events Exg$", "CONFIG SET notify-keyspace-events \"\"",
	"CONFIG SET notify-keyspace-events KEAmn", "SUBSCRIBE {ch} {ch}",
}

var blocking = []string{
	"BLPOP {l} {l} {block}", "BLMOVE {l} {l} LEFT RIGHT {block}", "BZPOPMIN {z} {block}", "BRPOP {l} {block}", "BLMPOP {block} 2 {l} {l} LEFT",
	"CLIENT UNBLOCK {who}", "CLIENT UNBLOCK {who} ERROR", "BZMPOP {block} 1 {z} MAX COUNT 2", "BRPOPLPUSH {l} {l} {block}", "BZPOPMAX {z} {z} {block}",
	"RPUSH {l} {v}", "LPUSH {l} {v} {v}", "ZADD {z} 1 {f}", "BLPOP {any} {block}",
}

// Ids of entries are given, since those that a server chooses are times. What shows for how long
// something is idle is missing.
var streams = []string{
	"XADD {st} {id} f {v}", "XADD {st} {id} f {v} g {v}", "XADD {st} {id} f {v}", "XADD {st} MAXLEN {n} {id} f {v}", "XADD {st} NOMKSTREAM {id} f {v}",
	"XADD {st} MINID ~ {entry} {id} f {v}", "XADD {any} 9-* f {v}", "XDEL {st} {entry} {entry}", "XTRIM {st} MAXLEN {n}", "XTRIM {st} MINID {entry}",
	"XLEN {st}", "XRANGE {st} {from} + COUNT {n}", "XRANGE {st} - +", "XREVRANGE {st} + -", "XSETID {st} 9-9", "XSETID {st} {entry} ENTRIESADDED 7",
	"XREAD STREAMS {st} {st} {from} {from}", "XREAD COUNT 2 STREAMS {st} +", "XREAD BLOCK {wait} STREAMS {st} $", "XREAD BLOCK {wait} STREAMS {st} {any} {from} $",
	"XREAD BLOCK {wait} STREAMS {st} +", "XGROUP CREATE {st} {gr} {from} MKSTREAM", "XGROUP CREATE {st} {gr} $", "XGROUP CREATE {st} g 0 MKSTREAM",
	"XGROUP DESTROY {st} {gr}", "XGROUP SETID {st} {gr} {from}", "XGROUP CREATECONSUMER {st} {gr} {co}", "XGROUP DELCONSUMER {st} {gr} {co}",
	"XREADGROUP GROUP {gr} {co} COUNT {n} STREAMS {st} >", "XREADGROUP GROUP {gr} {co} STREAMS {st} >", "XREADGROUP GROUP {gr} {co} STREAMS {st} 0",
	"XREADGROUP GROUP g {co} BLOCK {wait} STREAMS {st} >", "XREADGROUP GROUP g {co} BLOCK {wait} STREAMS {st} {st} > >", "XREADGROUP GROUP g {co} NOACK STREAMS {st} >",
	"XACK {st} {gr} {entry} {entry}", "XPENDING {st} {gr}", "XCLAIM {st} {gr} {co} 0 {entry} {entry}", "XCLAIM {st} {gr} {co} 0 {entry} FORCE JUSTID",
	"XAUTOCLAIM {st} {gr} {co} 0 {from} COUNT 2", "XAUTOCLAIM {st} {gr} {co} 0 0 JUSTID", "XINFO STREAM {st}", "XINFO STREAM {st} FULL", "XINFO GROUPS {st}",
	"COPY {st} {st} REPLACE", "RENAME {st} {st}", "DEL {st}", "OBJECT ENCODING {st}", "XRANGE {any} - +", "XADD {st} {id} f", "XREADGROUP GROUP g c STREAMS {st} $",
	`EVAL "redis.call('XADD', KEYS[1], '9-*', 'f', 'v') return redis.call('XREAD', 'BLOCK', '0', 'STREAMS', KEYS[1], '9-3')" 1 {st}`,
}

var connections = []string{
	Reconnect, "CLIENT REPLY ON", "CLIENT REPLY SKIP", "RESET", "CLIENT REPLY ON", "CLIENT REPLY OFF", "SELECT {db}", "SELECT 0", Reconnect,
	"CLIENT KILL ID {who}", "QUIT", "CLIENT SETNAME {f}", "CLIENT GETNAME", "CLIENT ID", "HELLO", "PING", "PING {v}", "ECHO {v}",
	"HELLO 3 SETNAME {f}", "CLIENT KILL ID {who} SKIPME NO", "SELECT {db}",
}

var mistakes = []string{
	"GET", "NOSUCH {v} {v}", "SET {k} {v} BAD", "CLIENT TRACKING MAYBE", "CLIENT TRACKING ON PREFIX {prefix}", "CLIENT TRACKING ON OPTIN OPTOUT",
	"CLIENT TRACKING ON BCAST OPTIN", "HELLO 4", "SELECT 99", "CLIENT TRACKING ON REDIRECT 999999999", "CLIENT NOSUCH", "EXPIRE {any} x",
	"CLIENT TRACKING ON REDIRECT {who} REDIRECT {who}", "MULTI {v}", "EVAL \"return\"", "EVAL \"syntax error\" 0", "LPUSH {l}", "BLPOP {l} -1",
	"CLIENT CACHING MAYBE", "COPY {any} {any} DB 99", "CONFIG SET nosuch 1", "SETRANGE {k} -1 x", "OBJECT FREQ {any}", "CLIENT REPLY MAYBE",
}
