package server

import (
	"bytes"
	"slices"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/tracking"
)

// invalidateChannel is the Pub/Sub channel on which RESP2 clients get invalidations.
const invalidateChannel = "__redis__:invalidate"

// Invalidate queues an invalidation in the client's stream.
func (c *client) Invalidate(p tracking.Payload) {
	if c.faults == nil && !c.srv.events.kinds.Has(tracking.Message) {
		c.srv.invalidation.write(c.stream(), p)
		c.told()
		return
	}
	w := resp.Writer{Proto: c.out.w.Proto}
	writeInvalidation(&w, p)
	c.pushThrough(push{w.Buf, c.srv.events.message})
}

// lastInvalidation is the last invalidation of one key as it was written. Mostly the next
// client is told the same.
type lastInvalidation struct {
	key []byte
	w   resp.Writer
}

func (l *lastInvalidation) write(w *resp.Writer, p tracking.Payload) {
	if p.Key == nil || len(p.Key) > keepBuffer {
		writeInvalidation(w, p)
		return
	}
	if l.w.Proto != w.Proto || !bytes.Equal(l.key, p.Key) || len(l.w.Buf) == 0 {
		l.key = append(l.key[:0], p.Key...)
		l.w.Proto, l.w.Buf = w.Proto, l.w.Buf[:0]
		writeInvalidation(&l.w, p)
	}
	w.Raw(l.w.Buf)
}

func writeInvalidation(w *resp.Writer, p tracking.Payload) {
	if w.V3() {
		w.Push(2)
		w.BulkString("invalidate")
	} else {
		w.Array(3)
		w.BulkString("message")
		w.BulkString(invalidateChannel)
	}
	switch {
	case p.Keys != nil:
		writeKeys(w, p.Keys)
	case p.Key != nil:
		w.Array(1)
		w.Bulk(p.Key)
	case p.NullProto > 2:
		w.Raw([]byte("_\r\n"))
	default:
		w.Raw([]byte("$-1\r\n"))
	}
}

// writeKeys writes the keys as an array, which is the same in both protocols. The first
// receiver's copy, at its full length, serves the others: nothing of it changes before all are
// told.
func writeKeys(w *resp.Writer, k *tracking.Keys) {
	if k.Encoded != nil {
		w.Raw(k.Encoded)
		return
	}
	size := headerMax
	for _, key := range k.List {
		size += len(key) + headerMax
	}
	if start := len(w.Buf); w.Max == 0 || start+size <= w.Max {
		w.Buf = slices.Grow(w.Buf, size) // and not twice as much
		defer func() { k.Encoded = w.Buf[start:] }()
	}
	w.Array(len(k.List))
	for _, key := range k.List {
		w.BulkString(key)
	}
}

// headerMax is the most that the protocol adds to a string or an array: $, 19 digits and two
// line ends.
const headerMax = 24

// RedirBroken queues the push that says that the redirect target is gone.
func (c *client) RedirBroken(target uint64) {
	w := resp.Writer{Proto: c.out.w.Proto}
	w.Push(2)
	w.BulkString("tracking-redir-broken")
	w.Int(int64(target))
	c.queuePush(push{w.Buf, c.srv.events.message})
}
