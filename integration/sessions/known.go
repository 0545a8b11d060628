package sessions

import (
	"regexp"
	"slices"
	"strings"
)

// known are the intended differences: what a frame may say, and what replaces it before it
// is compared.
var known = []struct {
	frame   *regexp.Regexp
	instead string
	why     string
}{
	{
		regexp.MustCompile(`(?s)(modules\r\n)\*1\r\n[%*]\d\r\n\$4\r\nname\r\n\$9\r\nvectorset\r\n.*?args\r\n\*0\r\n`), "$1*0\r\n",
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
//   - Commands sent on a blocked connection. Redis reads them while the client waits, and
//     runs them in the cycle that releases it. Tattle reads them after that, and runs them
//     in the next cycle, so BCAST messages of the first cycle come before their replies.
//   - QUIT, and a client's CLIENT KILL of itself, after it has turned replies off. Redis
//     closes the connection when the reply has been written. Without a reply, it keeps the
//     connection open and ignores it.
func (p *Player) unplayed(step Step) bool {
	c := p.ref.conns[step.Conn]
	verb := strings.Join(step.Words[:min(2, len(step.Words))], " ")
	return strings.Contains(p.last.clients[c.id]["flags"], "b") ||
		c.silenced && (step.Words[0] == "QUIT" || verb == "CLIENT KILL")
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
