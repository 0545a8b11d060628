package server

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/acl"
)

// FuzzParseClient parses the arguments of HELLO and CLIENT KILL, which stand one on a line.
func FuzzParseClient(f *testing.F) {
	for _, seed := range []string{"3\nAUTH\nu\np\nSETNAME\nn", "2\nsetname\na b", "ID\n1\nSKIPME\nno\nMAXAGE\n5", "TYPE\npubsub\nADDR\n1:2\nUSER\nx", "9223372036854775808"} {
		f.Add([]byte(seed))
	}
	s := &Server{access: access{users: acl.New(commands())}}
	f.Fuzz(func(t *testing.T, data []byte) {
		words := bytes.Split(data, []byte("\n"))
		hello, err := parseHello(append([][]byte{[]byte("hello")}, words...))
		if err == nil {
			require.Contains(t, []int{2, 3}, hello.proto)
			require.True(t, validName(hello.name))
		}
		kill, err := s.parseKill(append([][]byte{[]byte("client"), []byte("kill")}, words...))
		if err == nil {
			require.Zero(t, len(words)%2, "options have values")
			require.GreaterOrEqual(t, kill.maxAge, int64(0))
		}
	})
}
