package render

import (
	"fmt"
	"time"
)

// timeline says when the lines of a session happened.
type timeline struct {
	began time.Time
	shown string // the time that was shown last
}

// next shows a time, if it is another one than before.
func (t *timeline) next(at time.Time) string {
	stamp := t.stamp(at)
	if stamp == t.shown {
		return ""
	}
	t.shown = stamp
	return stamp
}

// repeated says how often a line came, if more than once.
func (t *timeline) repeated(l line) string {
	switch {
	case l.times == 0:
		return ""
	case l.until.Equal(l.at):
		return fmt.Sprintf("(%d times)", l.times+1)
	}
	return fmt.Sprintf("(%d times, until %s)", l.times+1, t.stamp(l.until))
}

// stamp shows when something happened, from the beginning.
func (t *timeline) stamp(at time.Time) string {
	after := at.Sub(t.began)
	if after.Abs() < 10*time.Second {
		return fmt.Sprintf("%.3fms", float64(after.Microseconds())/1000)
	}
	return after.Round(time.Millisecond).String()
}

// stamps says when the time is worth saying: where it has moved on by a millisecond or more.
type stamps struct{ last time.Duration }

func (s *stamps) moved(at time.Duration) (text string, moved bool) {
	if (at - s.last).Abs() < time.Millisecond {
		return "", false
	}
	s.last = at
	return fmt.Sprintf("%.3fms", float64(at.Microseconds())/1000), true
}

// before says when a step happened that somebody does, not one that is only seen.
func (s *stamps) before(x step) (text string, moved bool) {
	if x.do != sends && x.do != passes || x.more {
		return "", false
	}
	return s.moved(x.at)
}
