package wire

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/tidwall/redcon"
)

// endless is a client that sends the same packet again and again.
type endless struct {
	net.Conn
	packet []byte
	left   int
}

func (e *endless) SetReadDeadline(time.Time) error { return nil }
func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	e.left--
	return copy(p, e.packet), nil
}

// BenchmarkRead compares redcon behind the guard with redcon alone.
func BenchmarkRead(b *testing.B) {
	set := []byte("*3\r\n$3\r\nSET\r\n$8\r\nkey:1234\r\n$20\r\nvalue of a usual size\r\n")
	set = bytes.Replace(set, []byte("$20"), []byte("$21"), 1)
	for name, packet := range map[string][]byte{"single": set, "pipeline": bytes.Repeat(set, 50)} {
		for _, guarded := range []bool{false, true} {
			title := name + "/bare"
			if guarded {
				title = name + "/guarded"
			}
			b.Run(title, func(b *testing.B) {
				b.ReportAllocs()
				var r net.Conn = &endless{packet: packet, left: b.N}
				if guarded {
					r = NewConn(r, &hooks{maxBulk: 512 << 20})
				}
				rd := redcon.NewReader(r)
				for {
					if _, err := rd.ReadCommand(); err != nil {
						break
					}
				}
			})
		}
	}
}
