package keyspace

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"abc", "abc", true},
		{"abc", "abcd", false},
		{"abcd", "abc", false},
		{"ABC", "abc", false},
		{"?", "a", true},
		{"?", "", false},
		{"a?c", "abc", true},
		{"*", "abc", true},
		{"*", "", false},
		{"**", "abc", true},
		{"a*", "a", true},
		{"a**", "a", true},
		{"*c", "abc", true},
		{"*c", "abcd", false},
		{"a*b*c", "axxbyybzzc", true},
		{"a*b*c", "axxbyybzz", false},
		{"*?", "a", true},
		{"[abc]", "b", true},
		{"[abc]", "d", false},
		{"[abc]", "", false},
		{"[^abc]", "d", true},
		{"[^abc]", "a", false},
		{"[a-c]x", "bx", true},
		{"[c-a]x", "bx", true},
		{"[a-]", "-", false}, // a range up to ], and no ] to end the class
		{"[a-]", "^", true},
		{"[-a]", "-", true},
		{`[\]]`, "]", true},
		{`[\-a]`, "-", true},
		{`[a\-c]`, "b", false},
		{"[]", "a", false},
		{"[^]", "a", true},
		{"[^", "a", true},
		{"[", "[", false},
		{"[ab", "b", true},
		{"[ab", "bc", false},
		{`[\`, `\`, true},
		{"[a-", "-", true},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`\`, `\`, true},
		{`a\`, `a\`, true},
		{"[\x80-\x90]", "\x85", true},
		{"[a-\xff]", "A", true}, // \xff is -1, so the range is -1 to a
		{"[a-\xff]", "\x80", false},
		{"h[ae]llo*world", "hello, world", true},
	} {
		require.Equal(t, c.want, Match([]byte(c.pattern), []byte(c.s), false), "%q against %q", c.pattern, c.s)
	}
}

func TestMatchIgnoringCase(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"ABC", "abc", true},
		{"a*C", "AxxC", true},
		{"[A-C]", "b", true},
		{"[a-c]", "B", true},
		{"[B]", "b", true},
		{`\B`, "b", true},
		{`[\B]`, "b", false},
	} {
		require.Equal(t, c.want, Match([]byte(c.pattern), []byte(c.s), true), "%q against %q", c.pattern, c.s)
	}
}

func TestMatchManyStars(t *testing.T) {
	s := []byte(strings.Repeat("a", 1100))
	require.True(t, Match([]byte(strings.Repeat("*a", globMaxStars)), s, false))
	require.True(t, Match([]byte(strings.Repeat("*a", globMaxStars)+"*"), s, false))
	require.False(t, Match([]byte(strings.Repeat("*a", globMaxStars+1)), s, false))
	// With backtracking into every star this would practically never end.
	long := []byte(strings.Repeat("a", 10000))
	require.False(t, Match([]byte(strings.Repeat("a*", 100)+"b"), long, false))
}

// slowMatch is Match without classes, by the definition and in exponential time.
func slowMatch(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return slowMatch(pattern[1:], s) || s != "" && slowMatch(pattern, s[1:])
	case s == "":
		return false
	case pattern[0] == '\\' && len(pattern) > 1:
		return pattern[1] == s[0] && slowMatch(pattern[2:], s[1:])
	}
	return (pattern[0] == '?' || pattern[0] == s[0]) && slowMatch(pattern[1:], s[1:])
}

func TestMatchAgainstDefinition(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	word := func(letters string, least int) string {
		b := make([]byte, least+r.IntN(8))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	for range 20000 {
		pattern, s := word(`aab**?\`, 0), word("ab*", 1)
		require.Equal(t, slowMatch(pattern, s), Match([]byte(pattern), []byte(s), false), "%q against %q, seed %d", pattern, s, seed)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("[^a-", "b", true)
	f.Add(`*\`, "", false)
	f.Fuzz(func(t *testing.T, pattern, s string, nocase bool) {
		matched := Match([]byte(pattern), []byte(s), nocase)
		if !nocase && !strings.ContainsAny(pattern, `*?[\`) {
			require.Equal(t, pattern == s, matched)
		}
	})
}
