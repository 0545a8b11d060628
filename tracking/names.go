package tracking

import "fmt"

// KindNamed returns the kind whose [Kind.String] is text, and reports whether there is one.
func KindNamed(text string) (Kind, bool) { return named(text, Enabled, kinds-1) }

// CauseNamed returns the cause whose [Cause.String] is text, and reports whether there is one.
func CauseNamed(text string) (Cause, bool) { return named(text, Write, Flush) }

// RouteNamed returns the route whose [Route.String] is text, and reports whether there is one.
func RouteNamed(text string) (Route, bool) { return named(text, Push, Broadcast) }

// OutcomeNamed returns the outcome with a text of [Outcome.String] and a number of
// [Outcome.Rule], since two rules of NOLOOP have the same text. It reports whether there is one.
func OutcomeNamed(text string, rule int) (Outcome, bool) {
	for o := range outcomes {
		if o.String() == text && o.Rule() == rule {
			return o, true
		}
	}
	return 0, false
}

func named[T interface {
	~uint8
	fmt.Stringer
}](text string, first, last T) (T, bool) {
	for v := first; v <= last; v++ {
		if v.String() == text {
			return v, true
		}
	}
	return 0, false
}
