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
	"user":   {"alice", "bob", "alice", "default"},
	"login":  {"alice pw", "bob pw", "default any", "alice wrong", "nobody pw"},
	"name":   {"alice", "bob"},
	"pass":   {"pw", "pw", "wrong"},
	"rules": {
		"on >pw ~k* &* +@all", "on >pw ~k* %R~l* &ch +@all -@dangerous", "on nopass ~* &* +@all", "on nopass %R~k* %W~l* ~x +@all", "on >pw ~* &* +@all -@write",
		"on >pw ~l* ~k +@read +@connection +@transaction +@scripting +@blocking +@pubsub &n*", "on nopass ~* +@all -client|tracking -multi", "on nopass -@all +auth +hello +get ~k",
		"~k", "resetkeys", "resetkeys ~k:*", "allkeys", "-set", "+set", "-@write", "+@write", "-@all", "+@all", "-eval -@blocking", "+@scripting", "off", "on",
		"resetchannels", "&ch", "&__key*", "allchannels", "nopass", ">pw", "<pw", "resetpass", "reset", "(~l* +@all)", "(%R~z* +@read) (~h +hget)", "clearselectors",
		"%R~k* %W~l", "%RW~z*", "-client|tracking", "+client|tracking", "-publish", "-script|load", "skip-sanitize-payload", "+nosuch", "nosuch", "%Z~k", "-@nosuch", "+get|k", "(~k", "#x",
	},
	"event": {"KEA", "KEA", "AKE", "Exg$", "\"\"", "KEAmn", "Kgx", "El", "KEhzs$dtnm"},
	"libs": { // FUNCTION DUMP of lib with f, and of none; the first damaged
		"\xf5@D#!lua name=lib\nredis.register_function(\"f\", function() return 1 end)\x0c\x00\xf2t\x959\xd8\x7f\xbc\xbe", "\x0c\x00\x96\xedh\x80\xf5U<\x93",
		"\xf5@D#!lua name=lib\nredis.register_function(\"f\", function() return 2 end)\x0c\x00\xf2t\x959\xd8\x7f\xbc\xbe",
	},
	"policy": {"REPLACE", "APPEND", "FLUSH", "nosuch"},
	"opts":   {"REPLACE", "REPLACE ABSTTL", "", "REPLACE IDLETIME 5", "REPLACE FREQ 5"},
	"dump": { // DUMP of "hello", (a 7 v), {f: v, g: 1}, {f: 1, g: 2.5}, {1, 7}
		"\x00\x05hello\x0c\x00\xa8\x04\xeb\xb6\x9f\x1e\xbeC",
		"\x12\x01\x02\x0f\x0f\x00\x00\x00\x03\x00\x81a\x02\x07\x01\x81v\x02\xff\x0c\x00\xe6\xbc\xba\x06\x0f\x00}<",
		"\x10\x12\x12\x00\x00\x00\x04\x00\x81f\x02\x81v\x02\x81g\x02\x01\x01\xff\x0c\x00\xe8\xb7\x91#\xa7\xd0vU",
		"\x11\x14\x14\x00\x00\x00\x04\x00\x81f\x02\x01\x01\x81g\x02\x832.5\x04\xff\x0c\x00\xf8\x0a\x9bj\x8cWCS",
		"\x0b\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x07\x00\x0c\x00l\xc6\xbf}\x85Dh\x8e", "\x00\x05hello\x0c\x00damaged!",
	},
}

// phrases are the names that stand for any number of words.
var phrases = []string{"on", "place", "area", "how", "with", "login", "rules", "opts"}

// kind is a kind of steps, with how often it is drawn.
type kind struct {
	weight    int
	templates []string
	needs     string // a command without which a server has none of them
}

// kinds are those of all sessions.
var kinds = []kind{
	{weight: 22, templates: reads}, {weight: 22, templates: writes}, {weight: 6, templates: expiry}, {weight: 20, templates: modes},
	{weight: 8, templates: transactions}, {weight: 6, templates: scripts}, {weight: 4, templates: moreScripts}, {weight: 2, templates: flushes},
	{weight: 6, templates: pubsub}, {weight: 5, templates: blocking}, {weight: 5, templates: connections}, {weight: 3, templates: mistakes},
	{weight: 8, templates: users}, {weight: 3, templates: payloads}, {weight: 3, templates: looks}, {weight: 2, templates: standalone}, {weight: 1, templates: reloads},
	{weight: 16, templates: streams, needs: "xadd"}, {weight: 6, templates: functions, needs: "fcall"},
}

// oneByOne are only drawn where one connection waits for another: commands that hold up others,
// or show them.
var oneByOne = []kind{{weight: 3, templates: pauses}, {weight: 2, templates: monitors}}

// waited are only drawn where every command waits for the last: limits, which depend on how
// much has been written.
var waited = []kind{{weight: 2, templates: limits}}

// unwaited are only drawn where commands do not wait for each other: in one cycle, a client
// may end and a message to it may be caused.
var unwaited = []kind{{weight: 6, templates: endings}, {weight: 6, templates: scripts}, {weight: 6, templates: transactions}}

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
	"ZCOUNT {z} 0 {n}", "ZINTER 2 {z} {z} WITHSCORES", "ZINTERCARD 2 {z} {z} LIMIT {n}", "ZLEXCOUNT {z} - [{f}", "ZMSCORE {z} {f} {f}", "ZRANGEBYLEX {z} [{f} + LIMIT 0 {n}", "ZREVRANGE {z} 0 {n} WITHSCORES",
	"ZREVRANGEBYLEX {z} + -", "ZREVRANGEBYSCORE {z} +inf {n} LIMIT 0 1", "ZREVRANK {z} {f} WITHSCORE", "HRANDFIELD {h} 100 WITHVALUES", "ZRANDMEMBER {z} 100", "SRANDMEMBER {s} 100", "HSTRLEN {h} {f}", "HTTL {h} FIELDS 1 {f}",
	"HPEXPIRETIME {h} FIELDS 2 f g", "GEORADIUSBYMEMBER_RO {g} {f} 100 km {how} {with}", "PUBSUB SHARDNUMSUB {ch} news",
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
	"DECR {k}", "INCRBY {k} {n}", "RPUSHX {l} {v}", "HMSET {h} {f} {v} {f} {v}", "HINCRBYFLOAT {h} {f} 0.5", "ZREMRANGEBYSCORE {z} {n} {n}", "ZREMRANGEBYLEX {z} [{f} [{f}", "ZDIFFSTORE {z} 2 {z} {z}", "SPOP {s} 100",
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
	"HPEXPIRE {h} 5 FIELDS 1 {f}", "HPEXPIREAT {h} {past} FIELDS 1 {f}", "HEXPIRE {h} 100000 FIELDS 2 f g", "HEXPIREAT {h} {past} FIELDS 1 {f}", "HPEXPIREAT {h} {far} {when} FIELDS 1 {f}", "HPERSIST {h} FIELDS 1 {f}",
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

// moreScripts are loaded, declare flags, or may not do what they try.
var moreScripts = []string{
	`EVAL "#!lua flags=no-writes\nreturn redis.call('SET', KEYS[1], 1)" 1 {k}`, `EVAL "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])" 1 {k}`,
	`EVAL_RO "#!lua\nreturn redis.call('GET', KEYS[1])" 1 {k}`, `EVAL "#!lua flags=allow-oom,allow-stale\nreturn redis.call('INCR', KEYS[1])" 1 {any}`,
	`EVAL "#!lua flags=nosuch\nreturn 1" 0`, `EVAL "#!lua name=x\nreturn 1" 0`, `EVAL "#!python\nreturn 1" 0`, `EVAL "#!lua flags=allow-cross-slot-keys\nreturn redis.call('MGET', KEYS[1], KEYS[2])" 2 {k} {l}`,
	`EVAL "return redis.error_reply('MINE it is')" 0`, `EVAL "return {err='no code'}" 0`, `EVAL "error('thrown')" 0`, `EVAL "error({err='MINE thrown'})" 0`, `EVAL "return redis.pcall('LPUSH', KEYS[1], 1).err" 1 {any}`,
	`EVAL "return redis.call('LPUSH', KEYS[1], 1)" 1 {any}`, `EVAL "return redis.status_reply('FINE')" 0`, `EVAL "return nosuch" 0`, `EVAL "x = 1" 0`, `EVAL "return redis.call('EVAL', 'return 1', 0)" 0`,
	`EVAL "return redis.sha1hex(ARGV[1])" 0 {v}`, `EVAL "return {redis.call('SET', KEYS[1], ARGV[1]), redis.acl_check_cmd('SET', 'k', 'v'), redis.acl_check_cmd('LPUSH', 'l', 'v')}" 1 {k} {v}`,
	`EVAL "redis.setresp(3) return {redis.call('ZSCORE', KEYS[1], 'f'), redis.call('HGETALL', KEYS[2])}" 2 {z} {h}`, `EVAL "redis.setresp(3) return redis.call('SMEMBERS', KEYS[1])" 1 {s}`,
	`EVAL "return {double=3.5}" 0`, `EVAL "redis.setresp(3) return {map={a={true, false}}}" 0`, `EVAL "return cjson.encode({ARGV[1], 1, {a=true}})" 0 {v}`,
	`EVAL "return bit.bor(1, 6)" 0`, `EVAL "redis.replicate_commands() redis.set_repl(redis.REPL_ALL) return redis.breakpoint()" 0`,
	`EVAL "for i = 1, 3 do redis.call('RPUSH', KEYS[1], i) end return redis.call('LRANGE', KEYS[1], 0, -1)" 1 {l}`, `EVAL "return redis.call('MULTI')" 0`, `EVAL "return redis.call('SUBSCRIBE', 'ch')" 0`,
	`EVAL "return redis.pcall('WAIT', 1, 0)" 0`, `EVAL "redis.call('RENAME', KEYS[1], KEYS[2]) return redis.call('EXISTS', KEYS[2])" 2 {any} {any}`, `EVAL "return redis.call('CLIENT', 'ID')" 0`,
	"SCRIPT LOAD \"return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}\"", "EVALSHA 63c8dcf2c5f4f2f6cf64fa4a3b4b4cc8ec0e8f4d 0", "EVALSHA_RO 7f923f79fe76194c868d7e1d0820de36700eb649 1 {k}",
	"SCRIPT EXISTS 7f923f79fe76194c868d7e1d0820de36700eb649 {v}", "SCRIPT FLUSH", "SCRIPT KILL", "EVAL \"return 1\" {n}", "EVAL \"return ARGV\" 0 {v} {v}", "EVAL_RO \"return redis.call('PUBLISH', 'ch', 'x')\" 0",
}

// users make users, become one, and see what that changes. The default user is changed as
// well; the connections that control the servers have a user of their own.
var users = []string{
	"ACL SETUSER {name} {rules}", "ACL SETUSER {name} {rules}", "ACL SETUSER {name} {rules} {rules}", "ACL SETUSER {name} {rules}", "AUTH {login}", "AUTH {login}", "HELLO 3 AUTH {login}", "HELLO 2 AUTH {login} SETNAME {f}",
	"AUTH {pass}", "ACL WHOAMI", "ACL GETUSER {user}", "ACL LIST", "ACL USERS", "ACL DELUSER {name}", "ACL DELUSER {name}", "ACL DELUSER default", "ACL LOG RESET", "ACL LOG nosuch",
	"ACL DRYRUN {user} GET {any}", "ACL DRYRUN {user} MSET {k} {v} {l} {v}", "ACL DRYRUN {user} PUBLISH {ch} x", "ACL DRYRUN {user} EVAL \"return 1\" 1 {k}", "ACL DRYRUN nobody PING", "ACL DRYRUN {user} NOSUCH", "ACL DRYRUN {user} SORT {l} BY {k}",
	"CONFIG SET acl-pubsub-default allchannels", "CONFIG SET acl-pubsub-default resetchannels", "ACL CAT geo", "ACL CAT nosuch", "ACL SAVE", "ACL LOAD", "ACL SETUSER default {rules}", "ACL SETUSER default reset on nopass ~* &* +@all",
	"CLIENT KILL USER {name}", "AUTH default x", "RESET", "AUTH default x", "AUTH {login}", Reconnect, "AUTH {login}", "ACL SETUSER {name} on >pw ~k* &* +@all", "ACL SETUSER {name} on nopass ~* &* +@all -@dangerous",
}

// payloads are values as they are stored. DUMP is only for RESTORE: Redis dumps a value as it keeps
// it, tattle in the simplest form.
var payloads = []string{
	"RESTORE {any} 0 {dump} {opts}", "RESTORE {any} 100000 {dump} {opts}", "RESTORE {any} {past} {dump} REPLACE ABSTTL", "RESTORE {any} -1 {dump}", "RESTORE {any} 5 {dump} REPLACE",
	`EVAL "return redis.call('RESTORE', KEYS[2], 0, redis.call('DUMP', KEYS[1]), 'REPLACE')" 2 {any} {any}`, `EVAL "return redis.pcall('RESTORE', KEYS[2], 0, redis.call('DUMP', KEYS[1]))" 2 {any} {any}`,
	"COPY {any} {any} DB {db} REPLACE", "MOVE {any} {db}", "OBJECT ENCODING {any}",
}

// looks are at many keys at once, and within them.
var looks = []string{
	"SCAN 0 COUNT 1000", "SCAN 0 COUNT 1000", "SCAN 0 COUNT 1000 TYPE list", "SCAN 0 COUNT 1000 MATCH k* TYPE string", "SCAN 0 COUNT 1000 MATCH h*", "KEYS *", "KEYS k*", "PUBSUB CHANNELS", "PUBSUB CHANNELS n*", "PUBSUB SHARDCHANNELS", "HSCAN {h} 0", "HSCAN {h} 0 NOVALUES", "SSCAN {s} 0",
	"ZSCAN {z} 0", "SCAN x", "SCAN 0 COUNT 0", "OBJECT REFCOUNT {any}", "SORT {l} ALPHA DESC LIMIT 0 {n}", "SORT {s} ALPHA BY nosort GET # GET {k}", "SORT {l} BY k:* GET k:* ALPHA", "SORT {any} ALPHA",
	"SORT {z} ALPHA STORE {any}", "SORT_RO {any} ALPHA", "BITPOS {k} 1", "BITCOUNT {k} 0 {n} BIT", "BITOP AND {k} {k} {k}", "BITOP XOR {k} {k} {any}", "BITFIELD_RO {k} GET u4 {n}", "BITFIELD {k} INCRBY i5 {n} 7 OVERFLOW FAIL GET u8 0",
	"EXPIRETIME {any}", "HEXPIRETIME {h} FIELDS 2 f g", "COMMAND GETKEYS MSET {k} {v} {k} {v}", "COMMAND GETKEYS GET", "COMMAND GETKEYSANDFLAGS COPY {k} {k}", "CLIENT GETNAME", "CLIENT NO-EVICT ON", "CLIENT NO-EVICT OFF",
	"CLIENT SETINFO LIB-NAME {f}", "CLIENT SETINFO LIB-VER {v}", "CLIENT SETNAME \"\"", "SMEMBERS {s}", "SDIFF {s} {s}", "SINTER {s} {s}", "SUNION {s} {s}", "HKEYS {h}", "HVALS {h}", "CONFIG GET notify-keyspace-events",
}

// standalone are commands of replication, of a cluster, and of persistence.
var standalone = []string{
	"WAIT 0 0", "WAIT 1 5", "WAIT 1 0", "WAIT -1 0", "WAITAOF 0 0 0", "WAITAOF 1 0 0", "WAITAOF 0 1 5", "WAIT 1 5", "CLUSTER INFO", "CLUSTER MYID", "CLUSTER NOSUCH", "ASKING", "READONLY", "READWRITE", "REPLICAOF NO ONE", "FAILOVER",
	"SLAVEOF NO ONE", "REPLCONF nosuch", "CLUSTER KEYSLOT {k}", "CLUSTER NODES", "CLUSTER COUNTKEYSINSLOT 1", "CLUSTER SLOTS", "CONFIG RESETSTAT", "COMMAND INFO get nosuch", "LATENCY RESET", "LATENCY LATEST", "SCRIPT DEBUG NO", "PFSELFTEST",
	"SLOWLOG RESET", "RESTORE-ASKING {any} 0 bad", "OBJECT FREQ {any}", "MODULE UNLOAD {f}", "MIGRATE {f}", "XINFO HELP x", "ACL GENPASS 0", "MEMORY DOCTOR x",
	"FAILOVER ABORT", "SAVE", "LASTSAVE", "SAVE", "CLIENT UNBLOCK {who}",
}

// reloads are never without MERGE or a flush: Redis ends when it finds a key that is there.
var reloads = []string{"DEBUG RELOAD", "DEBUG RELOAD", "DEBUG RELOAD MERGE", "DEBUG RELOAD NOFLUSH MERGE"}

// pauses hold commands back until another connection lets them go. When one is over because of
// its time, Redis notices some time later.
var pauses = []string{
	"CLIENT PAUSE 100000 WRITE", "CLIENT UNPAUSE", "CLIENT UNPAUSE", "CLIENT PAUSE x", "CLIENT UNPAUSE",
}

// limits end clients that have too much to write or to read. $*N are N letters. maxmemory-clients
// is missing: in Redis a client's buffer counts for two more seconds.
var limits = []string{
	"CONFIG SET client-output-buffer-limit \"normal 100000 0 0\"", "CONFIG SET client-output-buffer-limit \"pubsub 100000 0 0\"", "CONFIG SET client-output-buffer-limit \"normal 0 0 0 pubsub 0 0 0\"",
	"SET big $*300000", "GET big", "GET big", "MGET big {k} big", "PUBLISH {ch} $*300000", "PUBLISH {ch} $*300000", "CONFIG SET client-query-buffer-limit 1048576", "SET {k} $*2000000",
	"CONFIG SET client-query-buffer-limit 1073741824", "CLIENT NO-EVICT ON", "SET {k} $*3000000",
}

var monitors = []string{"MONITOR", "RESET", Reconnect}

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
	"XTRIM {st} MAXLEN = {n}", "XTRIM {st} MAXLEN ~ {n} LIMIT 5", "XCLAIM {st} {gr} {co} 0 {entry} RETRYCOUNT 3 LASTID {entry}", "XINFO CONSUMERS {st} nosuch", "XSETID {st} {entry} ENTRIESADDED 7 MAXDELETEDID {entry}", "XGROUP CREATE {any} {gr} 0 ENTRIESREAD 1",
}

// functions load libraries, and call what they have. FUNCTION LIST is about libraries with one
// function, and FUNCTION DUMP is missing: libraries and functions are in an order of chance.
var functions = []string{
	`FUNCTION LOAD "#!lua name=lib\nredis.register_function('get', function(keys) return redis.call('GET', keys[1]) end)"`,
	`FUNCTION LOAD REPLACE "#!lua name=lib\nredis.register_function('get', function(keys) return redis.call('GET', keys[1]) end)\nredis.register_function{function_name='ro', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}"`,
	`FUNCTION LOAD REPLACE "#!lua name=other\nlocal n = 0\nredis.register_function('set', function(keys, args) n = n + 1 redis.call('SET', keys[1], args[1] .. n) return n end)"`,
	`FUNCTION LOAD REPLACE "#!lua name=third\nredis.register_function('get', function() return 1 end)"`, `FUNCTION LOAD "#!lua name=bad\nnosuch()"`, `FUNCTION LOAD "return 1"`, `FUNCTION LOAD "#!lua name=empty\nreturn 1"`,
	"FCALL get 1 {any}", "FCALL get 1 {k}", "FCALL set 1 {k} {v}", "FCALL set 1 {k} {v}", "FCALL set 1 {k}", "FCALL_RO get 1 {k}", "FCALL_RO ro 1 {k}", "FCALL ro 1 {any}", "FCALL nosuch 0", "FCALL get {n}", "FUNCTION DELETE lib", "FUNCTION DELETE {f}",
	`FUNCTION LOAD REPLACE "#!lua name=flags\nlocal function call(keys, args) return redis.call(unpack(args)) end\nredis.register_function{function_name='call', callback=call, description='calls'}\nredis.register_function{function_name='stale', callback=call, flags={'allow-stale', 'allow-oom', 'no-cluster'}}\nredis.register_function{function_name='reads', callback=call, flags={'no-writes', 'allow-cross-slot-keys'}}"`,
	`FUNCTION LOAD REPLACE "#!lua name=errors\nredis.register_function('raise', function(keys, args) error(args[1]) end)\nredis.register_function('table', function(keys, args) error({err=args[1]}) end)\nredis.register_function('reply', function(keys, args) return redis.error_reply(args[1]) end)\nredis.register_function('nested', function(keys, args) local r = redis.pcall('INCR', keys[1]) return {r, redis.pcall('FCALL', 'raise', 0), redis.call('LPUSH', keys[1], 1)} end)"`,
	`FUNCTION LOAD REPLACE "#!lua name=lib\nlocal kept = {}\nredis.register_function('get', function(keys, args) kept[#kept + 1] = args[1] redis.setresp(3) return {#kept, redis.call('HGETALL', keys[1])} end)"`,
	`FUNCTION LOAD REPLACE "#!lua name=bad\nredis.register_function('x y', function() end)"`, `FUNCTION LOAD "#!lua name=bad\nredis.register_function{function_name='f', callback=1}"`, `FUNCTION LOAD "#!lua name=bad\nredis.register_function('f', function() end)\nredis.register_function('f', function() end)"`,
	`FUNCTION LOAD "#!lua name=bad\nredis.register_function{function_name='f', callback=function() end, flags={'nosuch'}}"`, `FUNCTION LOAD "#!lua name=bad\nredis.call('GET', 'k')"`, `FUNCTION LOAD "#!lua name=bad\nglobal = 1"`, `FUNCTION LOAD "#!lua name=b-d\n"`, `FUNCTION LOAD "#!lua\n"`, `FUNCTION LOAD "#!js name=bad\n"`, `FUNCTION LOAD "#!lua name=bad x=y\n"`,
	"FCALL call 1 {k} SET {k} {v}", "FCALL call 1 {k} GET {k}", "FCALL call 0 GET {any}", "FCALL stale 1 {k} INCR {k}", "FCALL stale 1 {l} LPUSH {l} {v}", "FCALL reads 1 {k} GET {k}", "FCALL reads 1 {k} SET {k} {v}", "FCALL_RO reads 1 {k} GET {any}", "FCALL_RO call 1 {k} SET {k} {v}", "FCALL call 0 FLUSHALL", "FCALL call 0 BLPOP l 0",
	"FCALL call 0 EVAL x 0", "FCALL call 0 FUNCTION LIST", "FCALL call 0 NOSUCH", "FCALL call 0", "FCALL raise 0 {v}", "FCALL table 0 {v}", "FCALL reply 0 {v}", "FCALL reply 0 \"CODE text\"", "FCALL nested 1 {any}", "FCALL get 1 {h} {v}",
	"FUNCTION FLUSH", "FUNCTION FLUSH ASYNC", "FUNCTION FLUSH x", "FUNCTION LIST LIBRARYNAME other", "FUNCTION LIST WITHCODE LIBRARYNAME third", "FUNCTION LIST LIBRARYNAME", "FUNCTION DELETE flags", "FUNCTION DELETE errors", "FUNCTION RESTORE {libs} {policy}", "FUNCTION RESTORE {libs} {policy}", "FUNCTION RESTORE {libs}", "FUNCTION RESTORE {dump}",
	"ACL DRYRUN {user} FCALL call 1 {k}", "ACL SETUSER {name} -fcall +fcall_ro", "ACL SETUSER {name} -function|load +fcall",
	"FUNCTION LIST LIBRARYNAME third WITHCODE", "FUNCTION LIST LIBRARYNAME o*", "FUNCTION KILL", "FUNCTION STATS", "FUNCTION RESTORE bad", `EVAL "return redis.pcall('FCALL', 'get', 1, KEYS[1])" 1 {k}`,
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
