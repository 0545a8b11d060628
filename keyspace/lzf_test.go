package keyspace

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Strings as Redis 8.0.2 packs them. The first ends in a reference that the limit near the end
// would have made shorter.
func TestPackAsRedis(t *testing.T) {
	var z lzf
	for _, c := range []struct{ plain, packed string }{
		{
			"\xc5\x00\x00\x00 \x00\x04\x01\x00\x01\x02\x01\x81f\x02\x81g\x02\x00\x01\x02\x01\x00\x01\x00\x01\xdf\xfb\x02\xe0AxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxC\x05\x01\x02\x01\x00\x01\x01\x01\xa07f8e91b7b39c4e766f210f8c090fca7a!\x80\x01\x05\x01\x00\x01\x02\x01\x01\x01\x01\x01\x84name\x05\xf45\x1c\xdc\xdf\x02\x00\x00\x00\x09\x06\x01\x00\x01\x03\x01\xdf\xfe\x02\x01\x01\x84name\x05\xf45\x1c\xdc\xdf\x02\x00\x00\x00\x09\x06\x01\xff",
			"\x11\xc5\x00\x00\x00 \x00\x04\x01\x00\x01\x02\x01\x81f\x02\x81g\x02@\x09\x00\x00 \x01\x05\xdf\xfb\x02\xe0Ax\xe07\x00\x01C\x05 X\x1f\x00\x01\x01\x01\xa07f8e91b7b39c4e766f210f8c090\x08fca7a!\x80\x01\x05 )\x00\x02 +\x0d\x01\x01\x84name\x05\xf45\x1c\xdc\xdf\x02 \xa1\x01\x09\x06 \x19\x03\x03\x01\xdf\xfe \x1d\xe0\x09\x1a\x00\xff",
		},
		{
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
			"\x01aa\xe0\xff\x00\xe0\x19\x00\x00b\xe0\x1c\x00\x01bb",
		},
		{
			"three three one four two one two one three four two four one two one two four three two four two one two four two two one one two two two two three three two two two two four three one three four two two three one three three one three one three three three four three two four four",
			"\x06three t`\x05\x0bone four two`\x0c\xe0\x00\x07`\x1e\xe0\x00\x1a`\x08@,\xe0\x00\x1f /`\x14\x80(\xe0\x01\x0e \x17\xc0'\x80\x1f \x10@\x03@\x14@\x03@\x0b\xe0\x04\x03`h\xa0\x05\xa0+\xc0\x07\x80@` `:`\x09\x80\x14\xc0)`\x12\xe0\x01\x1c\xe0\x07\x0f\xe0\x07\x19\x80\x1f\x80B`:@H`\x0e \x04\x00r",
		},
	} {
		require.Equal(t, c.packed, string(z.pack(c.plain)), "%q", c.plain)
		r := dumpReader{b: []byte(c.packed)}
		require.Equal(t, c.plain, string(r.unpack(r.b, uint64(len(c.plain)))))
	}
	for _, s := range []string{"", "a", "abcd", "a text that repeats nothing", "\x00\x00\x00\x00\x00"} {
		require.Nil(t, z.pack(s), "%q", s)
	}
}

func TestPackedIsUnpacked(t *testing.T) {
	const seed = 34
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var z lzf
	for range 3000 {
		b := make([]byte, r.IntN(3000))
		for i := range b {
			b[i] = byte(r.IntN(1 + r.IntN(4)))
			if back := 1 + r.IntN(i+1); i > 0 && r.IntN(3) > 0 && back <= i {
				b[i] = b[i-back]
			}
		}
		if packed := z.pack(string(b)); packed != nil {
			require.LessOrEqual(t, len(packed), len(b)-lzfGain)
			in := dumpReader{}
			require.Equal(t, b, in.unpack(packed, uint64(len(b))))
		}
	}
}
