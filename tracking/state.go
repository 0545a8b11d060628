package tracking

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// State is what a client asked for with CLIENT TRACKING, and what has become of it.
// It belongs to the client; only this package changes it.
//
//  1. Off: nothing is remembered, nothing is sent.
//  2. Default: the keys that the client reads are remembered, and it is told of the
//     next change to each, once.
//  3. OptIn: only the keys of the command right after CLIENT CACHING YES are remembered
//     (of the whole transaction if that command is MULTI). OptOut: those of all commands
//     but the one right after CLIENT CACHING NO.
//  4. BCast: the client is told of every change under its prefixes, whether it has read
//     the key or not.
//  5. NoLoop: the client is not told of the changes that it makes itself.
//  6. Redirect: another client is told in place of this one. If that one is gone, this
//     one is Broken until CLIENT TRACKING is called again.
//
// Off, then default, then BCast; a> is what client a sends, a< what it receives:
//
//	a> GET k
//	b> SET k 1                                  a hears nothing
//
//	a> CLIENT TRACKING ON
//	a> GET k
//	b> SET k 1
//	a< >invalidate [k]
//	b> SET k 2                                  a hears nothing
//
//	a> CLIENT TRACKING OFF
//	a> CLIENT TRACKING ON BCAST PREFIX u:
//	b> MSET u:1 x u:2 y
//	a< >invalidate [u:1 u:2]
type State struct {
	On       bool
	BCast    bool
	OptIn    bool
	OptOut   bool
	NoLoop   bool
	Broken   bool   // the redirect target was found to be gone
	Armed    bool   // CLIENT CACHING was called, and the next command uses it up
	Redirect uint64 // id of the client that is told instead, 0 for none; meaningless when off

	prefixes []string // of BCast, in byte order
	used     bool     // Armed was used up, and nothing has been read since
}

// Prefixes returns the prefixes that the client subscribes to, in byte order.
func (s *State) Prefixes() []string { return s.prefixes }

// ignores reports whether the keys that the client reads now are not to be remembered,
// and by which rule.
func (s *State) ignores() (why Outcome, ignores bool) {
	switch {
	case !s.On:
		return TrackingOff, true
	case s.BCast:
		return InBCast, true
	case s.OptIn:
		return OptInUnused, !s.Armed
	}
	return OptedOut, s.OptOut && s.Armed
}

// Options are the arguments of CLIENT TRACKING ON.
type Options struct {
	Redirect uint64
	BCast    bool
	OptIn    bool
	OptOut   bool
	NoLoop   bool
	Prefixes []string
}

// The errors of CLIENT TRACKING and CLIENT CACHING, in Redis's words.
var (
	ErrPrefixNeedsBCast = errors.New("ERR PREFIX option requires BCAST mode to be enabled")
	ErrSwitchBCast      = errors.New("ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.")
	ErrOptWithBCast     = errors.New("ERR OPTIN and OPTOUT are not compatible with BCAST")
	ErrOptInAndOut      = errors.New("ERR You can't specify both OPTIN mode and OPTOUT mode")
	ErrSwitchOpt        = errors.New("ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.")
	ErrCachingMode      = errors.New("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
	ErrCachingYes       = errors.New("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
	ErrCachingNo        = errors.New("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
)

// check returns the first error in the options for a client in this state, in the order
// in which Redis checks them.
func (s *State) check(o Options) error {
	switch {
	case len(o.Prefixes) > 0 && !o.BCast:
		return ErrPrefixNeedsBCast
	case s.On && s.BCast != o.BCast:
		return ErrSwitchBCast
	case o.BCast && (o.OptIn || o.OptOut):
		return ErrOptWithBCast
	case o.OptIn && o.OptOut:
		return ErrOptInAndOut
	case o.OptIn && s.OptOut || o.OptOut && s.OptIn:
		return ErrSwitchOpt
	}
	return s.checkOverlap(o.Prefixes)
}

// checkOverlap refuses a prefix that begins with another one, or that another one begins
// with: the client would hear of one change twice. It looks at those that the client
// subscribes to already and at those in the same command.
func (s *State) checkOverlap(prefixes []string) error {
	overlapping := overlapping(prefixes)
	for i, p := range prefixes {
		if existing, found := s.overlapped(p); found {
			return fmt.Errorf("ERR Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not overlap.", p, existing)
		}
		if overlapping[p] { // with one that follows: one before it would have ended the loop
			at := slices.IndexFunc(prefixes[i+1:], func(other string) bool { return overlap(p, other) })
			return fmt.Errorf("ERR Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must not overlap.", p, prefixes[i+1+at])
		}
	}
	return nil
}

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// overlapped returns the first prefix of the client, in byte order, that overlaps with p.
// They do not overlap with each other, except that one may be empty, which is the first.
// So no others than the neighbours of p can overlap with it.
func (s *State) overlapped(p string) (existing string, found bool) {
	after, _ := slices.BinarySearch(s.prefixes, p)
	for _, i := range [...]int{0, after - 1, after} {
		if i >= 0 && i < len(s.prefixes) && overlap(p, s.prefixes[i]) {
			return s.prefixes[i], true
		}
	}
	return "", false
}

// overlapping returns those of the prefixes that overlap with another one. In byte order,
// those that begin with a prefix follow it, with no others in between.
func overlapping(prefixes []string) map[string]bool {
	list, found := slices.Sorted(slices.Values(prefixes)), map[string]bool{}
	for i, first := 1, 0; i < len(list); i++ {
		if strings.HasPrefix(list[i], list[first]) {
			found[list[first]], found[list[i]] = true, true
		} else {
			first = i
		}
	}
	return found
}

// subscribe adds prefixes.
func (s *State) subscribe(prefixes []string) {
	if len(prefixes) > 1 {
		s.prefixes = append(s.prefixes, prefixes...)
		slices.Sort(s.prefixes)
		s.prefixes = slices.Compact(s.prefixes)
		return
	}
	if i, there := slices.BinarySearch(s.prefixes, prefixes[0]); !there {
		s.prefixes = slices.Insert(s.prefixes, i, prefixes[0])
	}
}

// Caching arms the flag of CLIENT CACHING YES|NO, or returns the reason why it cannot.
func (s *State) Caching(yes bool) error {
	switch {
	case !s.On:
		return ErrCachingMode
	case yes && !s.OptIn:
		return ErrCachingYes
	case !yes && !s.OptOut:
		return ErrCachingNo
	}
	s.Armed, s.used = true, false
	return nil
}

// UseUp clears the flag of CLIENT CACHING after the command that it was meant for.
func (s *State) UseUp() {
	if s.Armed {
		s.Armed, s.used = false, true
	}
}

// Flags lists the state as CLIENT TRACKINGINFO does.
func (s *State) Flags() []string {
	if !s.On {
		return []string{"off"}
	}
	flags := []string{"on"}
	add := func(on bool, name string) {
		if on {
			flags = append(flags, name)
		}
	}
	add(s.BCast, "bcast")
	add(s.OptIn, "optin")
	add(s.OptIn && s.Armed, "caching-yes")
	add(s.OptOut, "optout")
	add(s.OptOut && s.Armed, "caching-no")
	add(s.NoLoop, "noloop")
	add(s.Broken, "broken_redirect")
	return flags
}

// shownPrefixes bounds the prefixes that an event has.
const shownPrefixes = 8

// options lists the options of CLIENT TRACKING that lead to this state. Of many prefixes it
// has the first few, and "...".
func (s *State) options() []string {
	list := []string{"ON"}
	for _, o := range [...]struct {
		on   bool
		name string
	}{{s.BCast, "BCAST"}, {s.OptIn, "OPTIN"}, {s.OptOut, "OPTOUT"}, {s.NoLoop, "NOLOOP"}} {
		if o.on {
			list = append(list, o.name)
		}
	}
	if s.Redirect != 0 {
		list = append(list, "REDIRECT", strconv.FormatUint(s.Redirect, 10))
	}
	for i, p := range s.prefixes {
		if i == shownPrefixes {
			return append(list, "...")
		}
		if p != "" {
			list = append(list, "PREFIX", p)
		}
	}
	return list
}

// Redirection returns the reply of CLIENT GETREDIR: -1 when not tracking, 0 without
// redirection, otherwise the id.
func (s *State) Redirection() int64 {
	if !s.On {
		return -1
	}
	return int64(s.Redirect)
}
