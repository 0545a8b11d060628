-- What a script finds: every table that can be reached, and what the functions in them do.
local out, seen = {}, {}

local function shown(v)
	local kind = type(v)
	if kind == 'string' or kind == 'number' or kind == 'boolean' then return kind .. ' ' .. tostring(v) end
	return kind
end

local function walk(name, t)
	if seen[t] then return end
	seen[t] = true
	local names, below = {}, {}
	for k, v in pairs(t) do
		local line = shown(k) .. ' = ' .. shown(v)
		names[#names + 1] = line
		if type(v) == 'table' then below[line] = v end
	end
	table.sort(names)
	out[#out + 1] = name .. ': ' .. table.concat(names, ', ')
	for _, line in ipairs(names) do
		if below[line] then walk(name .. ' > ' .. line, below[line]) end
	end
	local meta = getmetatable(t)
	if type(meta) == 'table' then walk(name .. ' > metatable', meta) end
end

walk('_G', _G)
local meta = getmetatable('')
if type(meta) == 'table' then walk('string metatable', meta) end

local function try(name, f, ...)
	local results = {pcall(f, ...)}
	for i = 1, #results do results[i] = shown(results[i]) end
	out[#out + 1] = name .. ' -> ' .. table.concat(results, ', ')
end

local a, b = 'a', 'b'
try('concat', function() return a .. b .. 1 end)
try('method', function() return ('x'):rep(3), ('x'):upper() end)
try('length', function() return #'abc', #{1, 2} end)
try('arithmetic', function() return 7 % 3, 2 ^ 10, '10' + 1, 1 / 2 end)
try('compare', function() return 'a' < 'b', {} == {}, 1 == '1' end)
try('for', function() local n = 0 for i = 1, 10 do n = n + i end for _ in pairs({1, 2}) do n = n + 1 end return n end)
try('varargs', function(...) return select('#', ...), ... end, 1, nil, 3)
try('tostring', function() return tostring(nil), tostring(1.5), tostring(true), tonumber('0x10'), tonumber('z', 36) end)
try('string', function() return string.format('%5.1f|%s|%q', 1.25, 'a', 'b'), string.gsub('abc', '%w', '%0%0'), string.find('abc', 'c') end)
try('table', function() local t = {3, 1, 2} table.sort(t) table.insert(t, 4) return table.concat(t, ','), table.remove(t), unpack(t) end)
try('math', function() return math.floor(1.5), math.max(1, 2), math.huge, math.pi end)
try('random', function() math.randomseed(7) return math.random(1000), math.random(1000) end)
try('cjson', function() return cjson.encode({1, {2}, 'x'}), cjson.decode('{"a":[1]}').a[1] end)
try('bit', function() return bit.band(7, 3), bit.tohex(255) end)
try('redis', function() return redis.sha1hex(''), redis.call('PING').ok, redis.pcall('NOSUCH').err, redis.status_reply('x').ok end)
try('resp', function() redis.call('DEL', 's:hash') redis.call('HSET', 's:hash', 'f', 'v') return redis.call('HGETALL', 's:hash')[1], redis.call('GET', 's:nothing') end)
try('error', function() error('x', 0) end)
try('errors', function() return xpcall(function() error('x', 0) end, function(e) return e .. '!' end) end)
try('load', function() return loadstring('return 5')(), type(loadstring('')) end)
try('coroutine', function() return coroutine.wrap(function(x) return x + coroutine.yield(1) end)(2), coroutine.running() == nil end)
try('metatables', function() return setmetatable({}, {__index = function() return 'i' end}).x, setmetatable({}, {__call = function() return 'c' end})() end)
try('raw', function() return rawget({1}, 1), rawequal(a, a), rawset({}, 1, 2)[1], next({5}) end)
try('arguments', function() return #KEYS, KEYS[1], #ARGV end)
try('missing', function() return leak end)
try('global', function() leak = 1 end)
return table.concat(out, '\n')
