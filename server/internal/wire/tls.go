package wire

import (
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// HandshakeTimeout is how long a client may take for its TLS handshake.
const HandshakeTimeout = 10 * time.Second

// TLS is the [Conn] of a TLS connection over a socket. The handshake waits for the
// peer, so it is over when there is a TLS; from then on records are read and decrypted
// when it is the socket's turn, as Redis does, and nothing waits.
type TLS struct {
	*Socket
	records *records
	conn    *tls.Conn
}

// Handshake does the server's part of a handshake. It waits for the peer; it must not
// be called with the turn. Where the connection is no socket that can be polled, TLS is
// nil and conn is what to use.
func Handshake(c net.Conn, config *tls.Config) (_ *TLS, conn *tls.Conn, err error) {
	r := &records{Conn: c}
	conn = tls.Server(r, config)
	c.SetDeadline(time.Now().Add(HandshakeTimeout))
	if err = conn.Handshake(); err != nil {
		c.Close()
		return nil, nil, err
	}
	c.SetDeadline(time.Time{})
	if r.socket, err = Take(c); err != nil {
		return nil, conn, nil
	}
	return &TLS{r.socket, r, conn}, conn, nil
}

// Read decrypts what has come.
func (t *TLS) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = t.conn.Read(p[n:])
		n += k
	}
	t.Flush() // the answer to a change of keys
	if err == errAgain {
		err = nil
	}
	return n, err
}

// tlsWrite is how many bytes are encrypted before the socket is tried.
const tlsWrite = 64 << 10

// Write encrypts as much as the socket takes, and at most tlsWrite more.
func (t *TLS) Write(p []byte) (n int, err error) {
	for done := true; n < len(p); {
		if done, err = t.Flush(); err != nil || !done {
			return n, err
		}
		k, err := t.conn.Write(p[n:min(len(p), n+tlsWrite)])
		if n += k; err != nil {
			return n, err
		}
	}
	_, err = t.Flush()
	return n, err
}

// Flush writes records that the socket has not taken.
func (t *TLS) Flush() (bool, error) {
	for r := t.records; len(r.out) > 0; {
		n, err := t.Socket.Write(r.out)
		if err != nil || n == 0 {
			return false, err
		}
		if r.out = r.out[n:]; len(r.out) == 0 {
			r.out = nil
		}
	}
	return true, nil
}

// Close tells the peer, if the socket takes it, and closes the socket.
func (t *TLS) Close() error {
	if t.Socket.closed {
		return nil
	}
	t.conn.Close()
	t.Flush()
	return t.Socket.Close()
}

// recordsMax bounds what waits for the socket. Beyond what Write leaves there can only be
// answers to changes of keys, which a peer that does not read may ask for without end.
const recordsMax = 2 * tlsWrite

var errFlooded = errors.New("wire: the peer asks for changes of keys and reads none")

// records is the connection below package tls: the one that was accepted until the end
// of the handshake, then the socket, without waiting.
type records struct {
	net.Conn
	socket *Socket
	out    []byte
}

func (r *records) Read(p []byte) (int, error) {
	if r.socket == nil {
		return r.Conn.Read(p)
	}
	if len(r.out) > recordsMax {
		return 0, errFlooded
	}
	n, err := r.socket.Read(p)
	if n == 0 && err == nil {
		err = errAgain
	}
	return n, err
}

func (r *records) Write(p []byte) (int, error) {
	if r.socket == nil {
		return r.Conn.Write(p)
	}
	r.out = append(r.out, p...)
	return len(p), nil
}

func (r *records) Close() error {
	if r.socket == nil {
		return r.Conn.Close()
	}
	return nil // the socket is closed by TLS
}

func (r *records) SetWriteDeadline(t time.Time) error {
	if r.socket == nil {
		return r.Conn.SetWriteDeadline(t)
	}
	return nil
}
