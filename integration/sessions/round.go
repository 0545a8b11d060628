package sessions

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A round is a list of steps that one goroutine sends without waiting, to one connection
// after the other, and then a barrier: both servers finish the round before the next one
// begins.
//
// The result of a round must be defined, although it is unknown how many cycles of the real
// server it takes: the server may read all connections in one cycle, or each in its own.
// Neither the order of the commands nor what a command sends depends on that, except for
// these:
//
//   - If a connection is written to twice, it may be read once, with both pipelines at the
//     turn of the first. So each connection has only one turn.
//   - Keys are gathered for BCAST until the cycle ends. A key that two commands change is
//     sent once or twice, alone or with others, before or after the replies of the next
//     cycle. So on connections that get such messages, the keys of a round are compared as a
//     set, apart from the other frames (see gather).
//   - The receivers of these messages are determined at the end of the cycle, also for
//     earlier changes. So commands that affect them are played alone while any client is in
//     BCAST. NOLOOP, which depends on the last client to change a key in the cycle, is not
//     played with BCAST.
//   - A client that is killed loses what was not written to it yet, and one that quits
//     is there until the cycle ends. The last frames of a connection that is killed may
//     be missing on either side; QUIT is played alone.
//   - Commands behind one that blocks their connection run in a later cycle, among those of
//     other connections. They are not played.
//
// A pipeline is read at once and run in one cycle, so in mode Pipeline all of these are
// defined. Times that run out are left to the sessions played in step.
type round struct {
	mode  Mode
	steps []Step
	bcast map[byte]int  // connections that may get BCAST messages, with the number of clients that they are for
	waits map[byte]bool // connections that may be blocked by what was sent
}

// nextRound takes a round from the front of steps.
func (p *Player) nextRound(mode Mode, steps []Step) round {
	r := round{mode: mode, waits: map[byte]bool{}, bcast: p.receivers(p.last)}
	turn := map[byte]bool{}
	for i, step := range steps {
		same := i > 0 && steps[i-1].Conn == step.Conn
		if i > 0 && (mode == InStep || r.alone(step) || !same && (mode == Pipeline || turn[step.Conn])) {
			break
		}
		turn[step.Conn] = true
		r.steps = append(r.steps, step)
		if r.alone(step) {
			break
		}
	}
	return r
}

// verb returns a step's command, with the subcommand of CLIENT and ACL.
func verb(step Step) string {
	if name := step.Words[0]; (name == "CLIENT" || name == "ACL") && len(step.Words) > 1 {
		return name + " " + step.Words[1]
	}
	return step.Words[0]
}

// delivery are the commands that change the receivers of BCAST messages, or run such
// commands.
var delivery = []string{
	"HELLO", "AUTH", "RESET", "EXEC", "CLIENT TRACKING", "CLIENT REPLY", "CLIENT KILL",
	"SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE",
}

// atOnce are the commands played alone that MULTI does not queue.
var atOnce = []string{Reconnect, "QUIT", "RESET", "EXEC"}

// alone reports whether a step is a round of its own.
func (r *round) alone(step Step) bool {
	v := verb(step)
	switch {
	case v == Reconnect, v == "MONITOR", authenticates(step):
		return true
	case r.mode != Async:
		return false
	case v == "QUIT", slices.Contains(step.Words, "BCAST"), waitsForFlush(step), v == "ACL SETUSER", v == "ACL DELUSER", v == "DEBUG":
		return true
	case v == "CLIENT KILL" && (slices.Contains(step.Words, "$"+string(step.Conn)) || slices.Contains(step.Words, "USER")):
		return true
	}
	return len(r.bcast) > 0 && slices.Contains(delivery, v)
}

// blocks matches the commands that may block their client.
var blocks = regexp.MustCompile(`^B[LRZ]|^WAIT|^XREAD`)

// waitsForFlush reports whether a step is a flush that a real server runs outside of its
// loop while the client waits.
func waitsForFlush(step Step) bool {
	return strings.HasPrefix(step.Words[0], "FLUSH") && !slices.Contains(step.Words, "ASYNC")
}

// undefined reports whether a step is left out of its round because of the flags that its
// client had before.
func (r *round) undefined(step Step, flags string) bool {
	if r.mode == InStep {
		return false
	}
	queued := strings.Contains(flags, "x") && !slices.Contains(atOnce, verb(step))
	loose := r.mode == Async && slices.Contains(step.Words, "BCAST") && slices.Contains(step.Words, "NOLOOP")
	if r.waits[step.Conn] || r.mode == Async && strings.Contains(flags, "b") || isShort(step) || loose || queued && r.alone(step) {
		return true
	}
	r.waits[step.Conn] = r.mode == Async && (blocks.MatchString(step.Words[0]) || waitsForFlush(step))
	return false
}

// receivers returns the connections that get BCAST messages, or would be told that their
// redirect target is gone, each with the number of clients whose messages it gets.
func (p *Player) receivers(st status) map[byte]int {
	found := map[byte]int{}
	for name, c := range p.ref.conns {
		client := st.clients[c.id]
		if !strings.Contains(client["flags"], "B") {
			continue
		}
		found[name] += 0
		for target, t := range p.ref.conns {
			if r := client["redir"]; r == fmt.Sprint(t.id) || r == "0" && target == name {
				found[target]++
			}
		}
	}
	return found
}

// hear adds connections to those that may have got BCAST messages.
func (r *round) hear(found map[byte]int) {
	for name, n := range found {
		r.bcast[name] = max(r.bcast[name], n)
	}
}

// view returns the frames that a connection received in the form in which they are
// compared.
func (r *round) view(name byte, ref, our []string) (refs, ours []string) {
	several := r.bcast[name] > 1
	if r.mode != Async {
		return arrange(ref, several), arrange(our, several)
	}
	if len(r.steps) > 1 && ended(ref) && ended(our) {
		n := min(len(ref), len(our)) - 1
		ref, our = ref[:n], our[:n]
	}
	if _, ok := r.bcast[name]; ok {
		return gather(ref), gather(our)
	}
	return ref, our
}

func ended(frames []string) bool { return len(frames) > 0 && frames[len(frames)-1] == closedFrame }

// keysTold matches an invalidation that names keys, as a push or as a message.
var keysTold = regexp.MustCompile(`(?s)^(?:>2\r\n\$10\r\n|\*3\r\n\$7\r\nmessage\r\n\$20\r\n__redis__:)invalidate\r\n\*\d+\r\n(.*)`)

// gather moves the invalidations that name keys, and the pushes about redirect targets that
// are gone, to the end of the frames: each key and each target once, in order.
func gather(frames []string) (rest []string) {
	told := map[string]bool{}
	for _, f := range frames {
		switch m := keysTold.FindStringSubmatch(f); {
		case m != nil:
			keys, _ := cutFrames([]byte(m[1]))
			for _, key := range keys {
				told["invalidate "+key] = true
			}
		case strings.Contains(f[:min(len(f), 40)], "tracking-redir-broken"):
			told[f] = true
		default:
			rest = append(rest, f)
		}
	}
	return append(rest, slices.Sorted(maps.Keys(told))...)
}
