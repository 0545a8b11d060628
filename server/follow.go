package server

// This file is for packages that add to a server from outside, as server/tattle does.

// Value returns what is kept with the server under a key: what create returns if nothing is yet. As
// that of a context's value, the key has a type of its own.
func (l *Lab) Value(key any, create func() any) any {
	if v, ok := l.s.values.Load(key); ok {
		return v
	}
	v, _ := l.s.values.LoadOrStore(key, create())
	return v
}

// Offer queues a frame in a client's stream, unless more than limit bytes wait to be written to it already,
// and reports whether it did. make is called, outside of any cycle, with the RESP version that the client
// speaks. Offer fails with [ErrNoClient] if the client is gone. The frame is no event, and a stopped loop
// does not keep it back.
func (l *Lab) Offer(client uint64, limit int, make func(proto int) []byte) (taken bool, err error) {
	proto, err := l.offer(client, 0, limit, nil)
	for err == nil && proto != 0 && !taken {
		frame := make(proto)
		now, failed := l.offer(client, proto, limit, frame)
		taken, proto, err = failed == nil && now == proto, now, failed
	}
	return taken, err
}

// offer queues a frame for a client that speaks proto. It returns the version that the client speaks, or 0 if the
// client has no room.
func (l *Lab) offer(client uint64, proto, limit int, frame []byte) (speaks int, err error) {
	s := l.s
	s.do(func() {
		c := s.clients[client]
		switch {
		case c == nil || c.phase >= closing:
			err = ErrNoClient
			return
		case c.out.pending() > limit:
			return
		}
		if speaks = c.Proto(); speaks == proto {
			c.stream().Raw(frame)
			c.told()
			if s.loop.Manual() {
				s.send(c)
			}
		}
	})
	return speaks, err
}
