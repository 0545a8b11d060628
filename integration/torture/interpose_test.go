package torture_test

import (
	"bytes"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// mistake is what a server does wrong now and then: at every so-manieth occasion.
type mistake struct {
	from, to string // bytes, of either side, that become others
	lose     string // the beginning of a value of the server that is lost, up to the next value
	stay     bool   // connections that the client closes are kept
	every    int64

	count *atomic.Int64
}

// interpose returns the address of something that forwards to a server and makes a mistake.
func interpose(t *testing.T, server string, m mistake) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	m.count = new(atomic.Int64)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			back, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			t.Cleanup(func() { back.Close() })
			go m.forward(client, back)
			go m.forward(back, client)
		}
	}()
	return l.Addr().String()
}

// forward copies bytes with the mistake in them. It takes what one Read returns for whole
// values, which is mostly so on the loopback interface; where it is not, that is a mistake as
// well.
func (m mistake) forward(from, to net.Conn) {
	b := make([]byte, 1<<20)
	for {
		n, err := from.Read(b)
		if err != nil {
			break
		}
		if _, err := to.Write(m.in(b[:n])); err != nil {
			break
		}
	}
	if !m.stay {
		from.Close()
		to.Close()
	}
}

func (m mistake) in(b []byte) []byte {
	for _, what := range []string{m.from, m.lose} {
		if what == "" || !bytes.Contains(b, []byte(what)) || m.count.Add(1)%m.every != 0 {
			continue
		}
		if what == m.from {
			return bytes.Replace(bytes.Clone(b), []byte(what), []byte(m.to), 1)
		}
		return without(b, what)
	}
	return b
}

// without removes an invalidation of one key.
func without(b []byte, what string) []byte {
	before, after, _ := bytes.Cut(b, []byte(what))
	lines := bytes.SplitAfterN(after, []byte("\r\n"), 4) // *1, $3, the key
	if len(lines) < 4 || string(lines[0]) != "*1\r\n" {
		return b
	}
	return append(bytes.Clone(before), lines[3]...)
}
