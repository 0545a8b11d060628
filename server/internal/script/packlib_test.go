package script

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// What Redis 8.0.2 replies.
func TestPackLibraries(t *testing.T) {
	e := New("8.0.2")
	for body, want := range map[string]string{
		"return cmsgpack.pack(0, -1, 127, 128, -33, 65536, 2^40, -2^40)":                              "\x00\xff\x7f\xcc\x80\xd0\xdf\xce\x00\x01\x00\x00\xcf\x00\x00\x01\x00\x00\x00\x00\x00\xd3\xff\xff\xff\x00\x00\x00\x00\x00",
		"return cmsgpack.pack(1.5, 0.1, 1/0, -0, nil, true, false)":                                   "\xca?\xc0\x00\x00\xcb?\xb9\x99\x99\x99\x99\x99\x9a\xca\x7f\x80\x00\x00\x00\xc0\xc3\xc2",
		"return cmsgpack.pack({}, {1, 'a'}, {a = 1}, {[2] = 1}, {[1.5] = 1})":                         "\x90\x92\x01\xa1a\x81\xa1a\x01\x81\x02\x01\x81\xca?\xc0\x00\x00\x01",
		"local t = {} t[1] = t return cmsgpack.pack(t)":                                               "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\xc0",
		"return cjson.encode({cmsgpack.unpack('\\147\\1\\161a\\192\\195\\207' .. ('\\255'):rep(8))})": `[[1,"a"],true,-1]`,
		"return cjson.encode({cmsgpack.unpack_one('\\1\\2\\3', 1)})":                                  "[2,2]",
		"return cjson.encode({cmsgpack.unpack_one('\\1\\2\\3', 2)})":                                  "[-1,3]",
		"return cjson.encode({cmsgpack.unpack_limit('\\1\\2\\3', 2)})":                                "[2,1,2]",
		"return struct.pack('>I2<I2i3!4bi', 1, 1, -2, 3, 4)":                                          "\x00\x01\x01\x00\xfe\xff\xff\x03\x04\x00\x00\x00",
		"return struct.pack('sc2c0xfd', 'a', 'bcd', 'ef', 1.5, -2)":                                   "a\x00bcef\x00\x00\x00\xc0?\x00\x00\x00\x00\x00\x00\x00\xc0",
		"return struct.pack('>i16i9', -2, -2)":                                                        "\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfe\x00\xff\xff\xff\xff\xff\xff\xff\xfe",
		"return cjson.encode({struct.unpack('>I2bBc0s', '\\1\\2\\255\\3abcd\\0e')})":                  `[258,-1,"abc","d",10]`,
		"return tostring(struct.size('!bi')) .. struct.size('iBI8I0')":                                "813",
	} {
		require.Equal(t, fmt.Sprintf("$%d\r\n%s\r\n", len(want), want), eval(t, e, &funcHost{}, body), body)
	}
	for body, want := range map[string]string{
		"cmsgpack.pack()":                              "user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.)",
		"cmsgpack.unpack('\\193')":                     "user_script:1: Bad data format in input.",
		"cmsgpack.unpack('\\221\\255\\255\\255\\255')": "user_script:1: Missing bytes in input.",
		"cmsgpack.unpack('\\129\\192\\1')":             "ERR table index is nil",
		"cmsgpack.unpack_one('abc', 4)":                "user_script:1: Start offset 4 greater than input length 3.",
		"cmsgpack.unpack_limit('abc', -1)":             "user_script:1: Invalid request to unpack with offset of 0 and limit of 3.",
		"cmsgpack.unpack(('\\145'):rep(1e5))":          "stack overflow (in function mp_decode_to_lua_array)",
		"cmsgpack.unpack(('\\1'):rep(1e5))":            "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)",
		"struct.pack('i')":                             "bad argument #2 to 'pack' (number expected, got nil)",
		"struct.pack('c3', 'ab')":                      "bad argument #3 to 'pack' (string too short)",
		"struct.pack('i33', 1)":                        "integral size 33 is larger than limit of 32",
		"struct.pack('c99999999999', 'a')":             "integral size overflow",
		"struct.pack('!3', 1)":                         "alignment 3 is not a power of 2",
		"struct.pack('q', 1)":                          "bad argument #1 to 'pack' (invalid format option 'q')",
		"struct.unpack('i', 'abc')":                    "bad argument #2 to 'unpack' (data string too short)",
		"struct.unpack('i', 'abcd', 0)":                "bad argument #3 to 'unpack' (offset must be 1 or greater)",
		"struct.unpack('c0', 'abcd')":                  "format 'c0' needs a previous size",
		"struct.unpack('s', 'abcd')":                   "unfinished string in data",
		"struct.size('s')":                             "bad argument #1 to 'size' (option 's' has no fixed size)",
		"struct.size('c0')":                            "bad argument #1 to 'size' (option 'c0' has no fixed size)",
	} {
		require.Contains(t, eval(t, e, &funcHost{}, body), want, body)
	}
}

// evalWith runs a script with arguments and returns its raw reply.
func evalWith(t *testing.T, e *Engine, body string, args ...string) string {
	t.Helper()
	s, err := e.Load([]byte(body), false)
	require.NoError(t, err)
	var out resp.Writer
	e.Run(&funcHost{}, s, nil, words(args...), &out)
	return string(out.Buf)
}

// FuzzMsgpackUnpack unpacks any bytes. Whatever comes out, packed and unpacked again, is the
// same.
func FuzzMsgpackUnpack(f *testing.F) {
	for _, seed := range []string{"\x93\x01\xa1a\xc0", "\x81\xa1a\xcb?\xb9\x99\x99\x99\x99\x99\x9a", "\xdd\xff\xff\xff\xff", "\xdf\x00\x00\x00\x01\x90\x80", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "\xc1", "\xdb\x00\x00\x00\x01a", "\x91\x91\x91\x91"} {
		f.Add(seed)
	}
	const body = `
		local ok, first = pcall(cmsgpack.unpack, ARGV[1])
		pcall(cmsgpack.unpack_one, ARGV[1], 1)
		pcall(cmsgpack.unpack_limit, ARGV[1], 3)
		if not ok then return 'bad' end
		if first ~= first then return 'same' end
		local packed = cmsgpack.pack(first)
		local again = cmsgpack.unpack(packed)
		if type(first) == 'table' then return type(again) == 'table' and 'same' or 'other' end
		return again == first and 'same' or 'other'`
	f.Fuzz(func(t *testing.T, input string) {
		e := New("8.0.2")
		require.Contains(t, []string{"$3\r\nbad\r\n", "$4\r\nsame\r\n"}, evalWith(t, e, body, input), "%q", input)
	})
}

// FuzzStruct reads any bytes by any format. What it can read and write again is what it was
// where all of it counts.
func FuzzStruct(f *testing.F) {
	for _, seed := range [][2]string{{">I2<I2i3!4bi", "0123456789abcdef"}, {"sc2Bc0xfd", "a\x00bc\x01z..........."}, {"i32I0!16d", "x"}, {"c2147483647", ""}, {"!1073741824i", "abcdefgh"}, {"i99999999999", ""}, {"q\x00", "a"}} {
		f.Add(seed[0], seed[1])
	}
	const body = `
		pcall(struct.size, ARGV[1])
		pcall(struct.pack, ARGV[1], 1, 'a', 2, 'b', 3)
		local read = {pcall(struct.unpack, ARGV[1], ARGV[2])}
		if not read[1] then return 'bad' end
		if type(read[#read]) ~= 'number' then return 'no position' end
		return 'good'`
	f.Fuzz(func(t *testing.T, format, data string) {
		e := New("8.0.2")
		require.Contains(t, []string{"$3\r\nbad\r\n", "$4\r\ngood\r\n"}, evalWith(t, e, body, format, data), "%q", format)
	})
}
