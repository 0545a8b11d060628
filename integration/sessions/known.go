package sessions

import (
	"regexp"
	"slices"
	"strings"
)

// modules matches what HELLO tells of Redis's modules.
var modules = regexp.MustCompile(`(?s)(modules\r\n)\*1\r\n[%*]\d\r\n\$4\r\nname\r\n\$9\r\nvectorset\r\n.*?args\r\n\*0\r\n`)

// known are the intended differences: what a frame may say, and what replaces it before it
// is compared.
var known = []struct {
	frame   *regexp.Regexp
	instead string
	why     string
}{
	{
		modules, "$1*0\r\n",
		"tattle has no vector sets, which Redis 8 has as a module",
	},
	{
		regexp.MustCompile(`(unsubscribe\r\n\$)\d+\r\n[^\r]*`), "$1",
		"the order in which a client leaves all channels is one of chance in Redis",
	},
	{
		regexp.MustCompile(`(invalidate\r\n)(_|\$-1)\r\n`), "${1}null",
		"the order in which a flush goes through the clients is one of chance in Redis, whose timer turns their list",
	},
}

// unplayed reports whether a step is left out, because tattle differs there:
//
//   - AUTH, and HELLO with it, in a transaction or behind other commands. If it fails, Redis replies
//     nothing where other replies have not been written yet, so that all later replies are taken for others.
//   - CLIENT UNBLOCK after CLIENT PAUSE. Redis 8.0.2 ends if the client waits for the end of the pause.
//   - A command that blocks for a time, after CLIENT PAUSE. If it was postponed, Redis lets it wait for ever.
//   - EXEC, EVAL and FCALL of a client in MONITOR, and MONITOR behind a command that waits. Redis writes the lines in the
//     middle of the reply to EXEC, and the line of a script before its reply; tattle lets no line split a reply.
//   - ACL DELUSER in a transaction. Redis keeps a client whose user is gone until the end of the cycle, and
//     loses what is redirected to it; in tattle it is gone at once.
//   - QUIT, and a client's CLIENT KILL of itself or its user, after it has turned replies off. Redis
//     closes the connection when the reply has been written. Without a reply, it keeps the
//     connection open and ignores it.
func (p *Player) unplayed(step Step) bool {
	c := p.ref.conns[step.Conn]
	flags, name, verb := p.last.clients[c.id]["flags"], step.Words[0], verb(step)
	is := func(flag string) bool { return strings.Contains(flags, flag) }
	switch {
	case authenticates(step):
		return is("b") || is("x") || is("O")
	case name == "MONITOR":
		return is("b")
	case scripted.MatchString(name):
		return is("O")
	case verb == "ACL DELUSER" && is("x"):
		return true
	case p.pauses && (verb == "CLIENT UNBLOCK" || blocks.MatchString(name) && isShort(step)):
		return true
	}
	return c.silenced && slices.Contains(ending, verb)
}

// scripted matches the commands that run others.
var scripted = regexp.MustCompile(`^(EXEC|EVAL|FCALL)`)

// authenticates reports whether a step is AUTH, or HELLO with AUTH.
func authenticates(step Step) bool { return slices.Contains(step.Words, "AUTH") }

// ending are the commands that may end the client that sends them.
var ending = []string{"QUIT", "CLIENT KILL", "ACL DELUSER", "ACL SETUSER"}

// unordered are the commands with replies in an order of chance.
var unordered = []string{
	"SCAN", "KEYS", "PUBSUB", "ACL", "SMEMBERS", "SUNION", "SDIFF", "SINTER", "SPOP", "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER", "FUNCTION",
}

// arrange moves the pushes about a redirect target that is gone behind the others of their
// step. It also sorts BCAST messages that follow each other if they are those of several
// clients: Redis visits the subscribers of a prefix in their order in memory.
func arrange(frames []string, several bool) []string {
	broken := func(f string) int { return strings.Count(f[:min(len(f), 40)], "tracking-redir-broken") }
	frames = slices.Clone(frames)
	slices.SortStableFunc(frames, func(a, b string) int { return broken(a) - broken(b) })
	for from := 0; several && from < len(frames); from++ {
		to := from
		for to < len(frames) && keysTold.MatchString(frames[to]) {
			to++
		}
		slices.Sort(frames[from:to])
		from = to
	}
	return frames
}

// excuse puts what may differ into one form.
func excuse(frame string) string {
	for _, k := range known {
		frame = k.frame.ReplaceAllString(frame, k.instead)
	}
	return frame
}
