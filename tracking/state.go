package tracking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// State is what a client asked for with CLIENT TRACKING, and what became of it.
// It belongs to the client; only this package changes it.
//
//  1. Off: nothing is remembered, nothing is sent.
//  2. Default: what a client reads is remembered, the next change is told once.
//  3. OptIn: only the command right after CLIENT CACHING YES is remembered (the
//     whole transaction if that command is MULTI). OptOut: all but the one after
//     CLIENT CACHING NO.
//  4. BCast: every change under the prefixes is told, read or not.
//  5. NoLoop: changes that the client makes itself are not told to it.
//  6. Redirect: what would be told to this client is told to another one. If that
//     one is gone, this one is Broken until CLIENT TRACKING is called again.
//
// Off, then default, then BCast; a> is what a sends, a< what it receives:
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
	Broken   bool   // the redirect target was found gone
	Armed    bool   // CLIENT CACHING was called and the next command uses it up
	Redirect uint64 // id of the client that is told instead, 0 for none; means nothing when off

	prefixes []string // of BCast, in byte order
	used     bool     // Armed was used up, and nothing was read since
}

// Prefixes returns the prefixes subscribed to, in byte order.
func (s *State) Prefixes() []string { return s.prefixes }

// ignores reports whether what the client reads now is not remembered, and by which
// rule.
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

// check tells what is wrong with the options for a client in this state, in the
// order in which Redis looks.
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

// checkOverlap refuses prefixes of which one begins with another, held already
// or given in the same command: the client would hear of one change twice.
func (s *State) checkOverlap(prefixes []string) error {
	for i, p := range prefixes {
		for _, held := range s.prefixes {
			if overlap(p, held) {
				return fmt.Errorf("ERR Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not overlap.", p, held)
			}
		}
		for _, other := range prefixes[i+1:] {
			if overlap(p, other) {
				return fmt.Errorf("ERR Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must not overlap.", p, other)
			}
		}
	}
	return nil
}

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// hold adds a prefix to those held.
func (s *State) hold(prefix string) {
	if i, there := slices.BinarySearch(s.prefixes, prefix); !there {
		s.prefixes = slices.Insert(s.prefixes, i, prefix)
	}
}

// Caching arms the flag of CLIENT CACHING YES|NO, or tells why it cannot.
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

// UseUp clears the flag of CLIENT CACHING, after the command that it was for.
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

// Redirection returns what CLIENT GETREDIR answers: -1 when not tracking, 0
// without redirection, else the id.
func (s *State) Redirection() int64 {
	if !s.On {
		return -1
	}
	return int64(s.Redirect)
}
