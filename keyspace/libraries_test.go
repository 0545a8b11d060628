package keyspace

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLibraries(t *testing.T) {
	ks := New(1, deaf{}, nil)
	for _, sources := range [][]string{nil, {"#!lua name=a\n"}, {"one", "", "three"}} {
		loaded, err := LoadLibraries(ks.DumpLibraries(sources))
		require.NoError(t, err)
		require.Equal(t, sources, loaded)
	}
	// What Redis 8.0.2 returns for no library, and for two, one of which it has compressed.
	require.Equal(t, "\x0c\x00\x96\xedh\x80\xf5U<\x93", string(ks.DumpLibraries(nil)))
	const payload = "\xf5\xc3@Q@~\x1f#!lua name=a\nredis.register_func\x08tion('x',\xe0\x00\x0c\x12) return 'a.x' end)" +
		"\xe0\x118\x00y\xe0\x0e8\x00y@8\x01d)\xf5@E#!lua name=b\nredis.register_function('z',function() return 'b.z' end)\x0c\x00\xc4{\xed4lM\xb0n"
	loaded, err := LoadLibraries([]byte(payload))
	require.NoError(t, err)
	require.Equal(t, []string{
		"#!lua name=a\nredis.register_function('x',function() return 'a.x' end)\nredis.register_function('y',function() return 'a.y' end)",
		"#!lua name=b\nredis.register_function('z',function() return 'b.z' end)",
	}, loaded)
	require.Equal(t, payload, string(ks.DumpLibraries(loaded)))
}

func TestLoadLibrariesRefuses(t *testing.T) {
	for body, want := range map[string]error{
		"\x00\x01v":            ErrNotLibraries,
		"\xf5\x01a\xf6\x01b":   ErrNotLibraries,
		"\xf5":                 ErrDumpData,
		"\xf5\x05abc":          ErrDumpData,
		"\xf5\xc3\x01\x40\x7f": ErrDumpData,
	} {
		_, err := LoadLibraries(signed(body))
		require.Equal(t, want, err, "%q", body)
	}
	_, err := LoadLibraries([]byte("xxxxxxxxxx"))
	require.Equal(t, ErrDumpChecksum, err)
}
