package transcript

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFrame(t *testing.T) {
	for text, want := range map[string][2]string{
		`>invalidate [k]`:       {"*2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"},
		`>invalidate nil`:       {"*2\r\n$10\r\ninvalidate\r\n$-1\r\n", ">2\r\n$10\r\ninvalidate\r\n_\r\n"},
		`>MOVING 1 15 "host:1"`: {"*4\r\n$6\r\nMOVING\r\n:1\r\n:15\r\n$6\r\nhost:1\r\n", ">4\r\n$6\r\nMOVING\r\n:1\r\n:15\r\n$6\r\nhost:1\r\n"},
		`bytes ">2\r\n$10"`:     {">2\r\n$10", ">2\r\n$10"},
		`%[a ~[1] b -"ERR x"]`:  {"*4\r\n$1\r\na\r\n*1\r\n:1\r\n$1\r\nb\r\n-ERR x\r\n", "%2\r\n$1\r\na\r\n~1\r\n:1\r\n$1\r\nb\r\n-ERR x\r\n"},
	} {
		for i, proto := range []int{2, 3} {
			got, err := Frame(text, proto)
			require.NoError(t, err)
			require.Equal(t, want[i], string(got), text)
		}
	}
	for _, text := range []string{"", "*", ">x ...", "[/a/]", "$x", "@x", "closed", "-*", `"a`, "[", "a b"} {
		_, err := Frame(text, 3)
		require.Error(t, err, text)
	}
}
