package tracking

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	off := State{}
	on := State{On: true}
	optIn := State{On: true, OptIn: true}
	optOut := State{On: true, OptOut: true}
	bcast := State{On: true, BCast: true, prefixes: []string{"a:", "b:"}}
	bcastAll := State{On: true, BCast: true, prefixes: []string{""}}

	existing := func(n, o string) string {
		return "ERR Prefix '" + n + "' overlaps with an existing prefix '" + o + "'. Prefixes for a single client must not overlap."
	}
	provided := func(a, b string) string {
		return "ERR Prefix '" + a + "' overlaps with another provided prefix '" + b + "'. Prefixes for a single client must not overlap."
	}
	for _, test := range []struct {
		name  string
		state State
		o     Options
		err   string // empty for none
	}{
		{"nothing asked for", off, Options{}, ""},
		{"all of default mode", off, Options{Redirect: 3, OptIn: true, NoLoop: true}, ""},
		{"all of broadcasting", off, Options{Redirect: 3, BCast: true, NoLoop: true, Prefixes: []string{"a", "b"}}, ""},
		{"again", on, Options{}, ""},
		{"a choice added", on, Options{OptOut: true}, ""},
		{"a choice dropped", optIn, Options{}, ""},
		{"the same choice", optOut, Options{OptOut: true}, ""},

		{"prefix alone", off, Options{Prefixes: []string{"a"}}, ErrPrefixNeedsBCast.Error()},
		{"prefix alone, before the switch", bcast, Options{Prefixes: []string{"a"}}, ErrPrefixNeedsBCast.Error()},
		{"to bcast", on, Options{BCast: true}, ErrSwitchBCast.Error()},
		{"from bcast", bcast, Options{}, ErrSwitchBCast.Error()},
		{"to bcast, before the modes", on, Options{BCast: true, OptIn: true}, ErrSwitchBCast.Error()},
		{"bcast optin", off, Options{BCast: true, OptIn: true}, ErrOptWithBCast.Error()},
		{"bcast optout", off, Options{BCast: true, OptOut: true}, ErrOptWithBCast.Error()},
		{"bcast optin optout", off, Options{BCast: true, OptIn: true, OptOut: true}, ErrOptWithBCast.Error()},
		{"optin optout", off, Options{OptIn: true, OptOut: true}, ErrOptInAndOut.Error()},
		{"optin optout, before the switch", optIn, Options{OptIn: true, OptOut: true}, ErrOptInAndOut.Error()},
		{"optin to optout", optIn, Options{OptOut: true}, ErrSwitchOpt.Error()},
		{"optout to optin", optOut, Options{OptIn: true}, ErrSwitchOpt.Error()},

		{"further prefixes", bcast, Options{BCast: true, Prefixes: []string{"c:", "a;", "A:"}}, ""},
		{"the same prefix", bcast, Options{BCast: true, Prefixes: []string{"a:"}}, existing("a:", "a:")},
		{"a longer prefix", bcast, Options{BCast: true, Prefixes: []string{"b:c"}}, existing("b:c", "b:")},
		{"a shorter prefix", bcast, Options{BCast: true, Prefixes: []string{"b"}}, existing("b", "b:")},
		{"the empty prefix", bcast, Options{BCast: true, Prefixes: []string{""}}, existing("", "a:")},
		{"any after the empty prefix", bcastAll, Options{BCast: true, Prefixes: []string{"z"}}, existing("z", "")},
		{"twice", off, Options{BCast: true, Prefixes: []string{"x", "x"}}, provided("x", "x")},
		{"longer second", off, Options{BCast: true, Prefixes: []string{"x", "y", "yz"}}, provided("y", "yz")},
		{"shorter second", off, Options{BCast: true, Prefixes: []string{"xy", "y", "x"}}, provided("xy", "x")},
		{"existing before provided", bcast, Options{BCast: true, Prefixes: []string{"a:1", "a:1"}}, existing("a:1", "a:")},
		{"no prefix is no overlap", bcast, Options{BCast: true}, ""},
		{"no prefix twice", bcastAll, Options{BCast: true}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.state.check(test.o)
			if test.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, test.err)
			}
		})
	}
}

// overlapOf finds an overlap as Redis does: it compares each prefix with all others.
func overlapOf(s *State, prefixes []string) string {
	for i, p := range prefixes {
		for _, existing := range s.prefixes {
			if overlap(p, existing) {
				return fmt.Sprintf("ERR Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not overlap.", p, existing)
			}
		}
		for _, other := range prefixes[i+1:] {
			if overlap(p, other) {
				return fmt.Sprintf("ERR Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must not overlap.", p, other)
			}
		}
	}
	return ""
}

func TestOverlapAgainstModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	word := func() string {
		b := make([]byte, r.IntN(7))
		for i := range b {
			b[i] = "ab\x00\xff"[r.IntN(4)]
		}
		return string(b)
	}
	for range 2000 {
		var s State
		for range 20 {
			var prefixes []string
			for range r.IntN(4) {
				prefixes = append(prefixes, word())
			}
			if len(prefixes) == 0 {
				s.subscribe([]string{""}) // BCAST without PREFIX is never refused
				continue
			}
			err := s.checkOverlap(prefixes)
			if want := overlapOf(&s, prefixes); want != "" {
				require.EqualError(t, err, want, "%q, then %q", s.prefixes, prefixes)
				continue
			}
			require.NoError(t, err, "%q, then %q", s.prefixes, prefixes)
			s.subscribe(prefixes)
			require.True(t, slices.IsSorted(s.prefixes))
			require.Len(t, slices.Compact(slices.Clone(s.prefixes)), len(s.prefixes))
		}
	}
}

// With each compared to all others, this would take minutes.
func TestManyPrefixes(t *testing.T) {
	const n = 100_000
	prefixes := make([]string, n)
	for i := range prefixes {
		prefixes[i] = fmt.Sprintf("%07d:", i*7919%n)
	}
	var s State
	require.NoError(t, s.checkOverlap(prefixes))
	s.subscribe(prefixes)
	require.Len(t, s.Prefixes(), n)
	for i := range prefixes {
		prefixes[i] = "x" + prefixes[i]
	}
	prefixes[n-1] = prefixes[n/2]
	require.ErrorContains(t, s.checkOverlap(prefixes), prefixes[n/2]+"' overlaps with another provided prefix")
	for _, p := range prefixes[:n-1] {
		require.NoError(t, s.checkOverlap([]string{p}))
	}
}

func TestCaching(t *testing.T) {
	for _, test := range []struct {
		name  string
		state State
		yes   bool
		err   error
	}{
		{"off, yes", State{}, true, ErrCachingMode},
		{"off, no", State{}, false, ErrCachingMode},
		{"default", State{On: true}, true, ErrCachingYes},
		{"bcast", State{On: true, BCast: true}, false, ErrCachingNo},
		{"optin, yes", State{On: true, OptIn: true}, true, nil},
		{"optin, no", State{On: true, OptIn: true}, false, ErrCachingNo},
		{"optout, yes", State{On: true, OptOut: true}, true, ErrCachingYes},
		{"optout, no", State{On: true, OptOut: true}, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.err, test.state.Caching(test.yes))
			require.Equal(t, test.err == nil, test.state.Armed)
		})
	}
}

func TestRemembers(t *testing.T) {
	for _, test := range []struct {
		state State
		want  bool
	}{
		{State{}, false},
		{State{On: true}, true},
		{State{On: true, NoLoop: true, Redirect: 3}, true},
		{State{On: true, BCast: true}, false},
		{State{On: true, OptIn: true}, false},
		{State{On: true, OptIn: true, Armed: true}, true},
		{State{On: true, OptOut: true}, true},
		{State{On: true, OptOut: true, Armed: true}, false},
	} {
		_, ignores := test.state.ignores()
		require.Equal(t, test.want, !ignores, "%+v", test.state)
	}
}

func TestFlagsAndRedirection(t *testing.T) {
	for _, test := range []struct {
		state    State
		flags    []string
		redirect int64
	}{
		{State{}, []string{"off"}, -1},
		{State{On: true}, []string{"on"}, 0},
		{State{On: true, Redirect: 7, Broken: true}, []string{"on", "broken_redirect"}, 7},
		{State{On: true, BCast: true, NoLoop: true}, []string{"on", "bcast", "noloop"}, 0},
		{State{On: true, OptIn: true}, []string{"on", "optin"}, 0},
		{State{On: true, OptIn: true, Armed: true, NoLoop: true}, []string{"on", "optin", "caching-yes", "noloop"}, 0},
		{State{On: true, OptOut: true, Armed: true}, []string{"on", "optout", "caching-no"}, 0},
	} {
		require.Equal(t, test.flags, test.state.Flags())
		require.Equal(t, test.redirect, test.state.Redirection())
	}
}
