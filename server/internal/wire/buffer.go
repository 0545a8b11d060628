package wire

import "sync"

// bufferSize is what is read at a time where it cannot go straight to redcon.
// Commands up to this size are passed on whole.
const bufferSize = 16 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// takeBuffer returns an empty buffer.
func takeBuffer() []byte { return buffers.Get().(*[bufferSize]byte)[:0] }

// giveBuffer takes back what takeBuffer returned, unless it has grown.
func giveBuffer(b []byte) {
	if cap(b) == bufferSize {
		buffers.Put((*[bufferSize]byte)(b[:bufferSize]))
	}
}

// release gives the connection's buffer back. All of it has been passed on, or
// never will be.
func (c *Conn) release() {
	giveBuffer(c.buf)
	c.buf, c.r, c.s = nil, 0, 0
}

// makeRoom makes room in a full buffer.
func (c *Conn) makeRoom() {
	if len(c.buf) < cap(c.buf) {
		return
	}
	if c.r > 0 {
		n := copy(c.buf, c.buf[c.r:])
		c.buf, c.s, c.r = c.buf[:n], c.s-c.r, 0
		return
	}
	grown := append(make([]byte, 0, max(bufferSize, 2*cap(c.buf))), c.buf...)
	giveBuffer(c.buf)
	c.buf = grown
}
