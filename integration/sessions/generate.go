package sessions

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

var hole = regexp.MustCompile(`^\{(\w+)\}$`)

// kindsFor returns the kinds of steps that sessions in a mode are made of, where tattle has
// the commands.
func (p *Player) kindsFor(mode Mode) []kind {
	more := map[Mode][]kind{
		InStep: slices.Concat(oneByOne, waited), Pipeline: slices.Concat(oneByOne, unwaited), Async: unwaited,
	}
	return slices.DeleteFunc(slices.Concat(kinds, more[mode]), func(k kind) bool {
		return k.needs != "" && !slices.Contains(p.commands, k.needs)
	})
}

// drawSession draws a session of n steps. In all modes but InStep half of the steps
// stay on the connection of the one before.
func drawSession(t *rapid.T, from []kind, mode Mode, n int) Session {
	session := Session(rapid.SliceOfN(oneStep(from), n, n).Draw(t, "session"))
	if mode == InStep {
		return session
	}
	stay := rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "stay")
	for i := 1; i < n; i++ {
		if stay[i] {
			session[i].Conn = session[i-1].Conn
		}
	}
	return session.in(mode)
}

// oneStep draws a step.
func oneStep(from []kind) *rapid.Generator[Step] {
	return rapid.Custom(func(t *rapid.T) Step { return drawStep(t, from) })
}

func drawStep(t *rapid.T, from []kind) Step {
	step := Step{Conn: Names[rapid.IntRange(0, len(Names)-1).Draw(t, "connection")]}
	template := rapid.SampledFrom(drawKind(t, from)).Draw(t, "template")
	parts, err := split(template)
	if err != nil {
		panic(err)
	}
	for _, word := range parts {
		m := hole.FindStringSubmatch(word)
		switch {
		case m == nil:
			step.Words = append(step.Words, word)
		case slices.Contains(phrases, m[1]):
			step.Words = append(step.Words, strings.Fields(rapid.SampledFrom(words[m[1]]).Draw(t, word))...)
		default:
			step.Words = append(step.Words, rapid.SampledFrom(words[m[1]]).Draw(t, word))
		}
	}
	return step
}

// drawKind draws a kind by its weight.
func drawKind(t *rapid.T, from []kind) []string {
	total := 0
	for _, k := range from {
		total += k.weight
	}
	n := rapid.IntRange(0, total-1).Draw(t, "kind")
	for _, k := range from {
		if n -= k.weight; n < 0 {
			return k.templates
		}
	}
	return nil
}

// Check plays sessions of n steps in a mode, as many as -rapid.checks says, and fails t with
// the shortest form of the first one that shows a difference. done is called after
// each that shows none.
//
// rapid draws the sessions. It would also shrink them, but step by step, and a failing
// session takes as long as the servers are given to become equal. To leave out whole
// stretches at once is faster.
func Check(t rapid.TB, p *Player, mode Mode, n int, done func()) {
	t.Helper()
	var failed error
	from := p.kindsFor(mode)
	rapid.Check(quiet{t}, func(t *rapid.T) {
		session := drawSession(t, from, mode, n)
		if failed == nil { // else rapid makes sure
			failed = p.Play(session)
		}
		var d *Difference
		if errors.As(failed, &d) && !d.shortest {
			failed = p.shorten(d)
		}
		if failed != nil {
			t.Fatalf("%v", failed)
		}
		done()
	})
}

// shorten leaves out the steps of a session that its difference does not need.
func (p *Player) shorten(d *Difference) error {
	for size := len(d.Session) / 2; size > 0; size /= 2 {
		for from := len(d.Session) - size; from >= 0; from -= size {
			if from+size > len(d.Session) {
				continue // shorter than that now
			}
			err := p.Play(slices.Delete(slices.Clone(d.Session), from, from+size))
			var shorter *Difference
			switch {
			case errors.As(err, &shorter):
				d = shorter
			case err != nil:
				return err
			}
		}
	}
	d.shortest = true
	return d
}

// quiet drops what rapid logs about each draw.
type quiet struct{ rapid.TB }

func (q quiet) Logf(format string, args ...any) {
	if !strings.HasPrefix(format, "[rapid] draw") {
		q.TB.Helper()
		q.TB.Logf(format, args...)
	}
}
