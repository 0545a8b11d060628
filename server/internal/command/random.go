package command

import "github.com/tattle-server/tattle/resp"

// repeatMax bounds the bytes of a reply with repeated elements, which a short command can
// make as long as it likes: Redis goes on until its memory is full. The shortest
// element of such a reply takes repeatMin bytes.
const repeatMax, repeatMin = 256 << 20, len("$0\r\n\r\n")

// Repeat replies with n elements, each drawn anew, as SRANDMEMBER, HRANDFIELD and ZRANDMEMBER
// do for a negative count. open begins the reply, draw writes an element. A client with an output
// limit is cut off when it is reached; for others a reply that is too long is refused.
func Repeat(c *Call, n int64, open func(n int), draw func()) error {
	if n > int64(repeatMax/repeatMin) && c.Out.Max == 0 {
		return resp.ErrOutOfRange
	}
	start := len(c.Out.Buf)
	open(int(n))
	for range n {
		if c.Out.Full() {
			break
		}
		draw()
		if len(c.Out.Buf)-start > repeatMax {
			c.Out.Buf = append([]byte(nil), c.Out.Buf[:start]...) // gives back the rest
			return resp.ErrOutOfRange
		}
	}
	return nil
}
