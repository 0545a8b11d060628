package zsets

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// words splits a command line at its spaces.
func words(line string) [][]byte { return bytes.Split([]byte(line), []byte(" ")) }

func TestParseAdd(t *testing.T) {
	for _, c := range []struct {
		line string
		want addArgs
		err  error
	}{
		{"zadd k 1 a", addArgs{scores: []float64{1}}, nil},
		{"zadd k NX ch -inf a 2.5 b", addArgs{only: command.NX, ch: true, scores: []float64{math.Inf(-1), 2.5}}, nil},
		{"zadd k xx gt incr 0x10 a", addArgs{only: command.XX | command.GT, incr: true, scores: []float64{16}}, nil},
		{"zadd k 1 a nx", addArgs{}, resp.ErrSyntax},
		{"zadd k incr nx", addArgs{}, resp.ErrSyntax},
		{"zadd k nx xx lt 1 a", addArgs{}, errAddXXNX},
		{"zadd k nx lt x a", addArgs{}, errAddGTLT},
		{"zadd k gt lt 1 a", addArgs{}, errAddGTLT},
		{"zadd k incr 1 a 2 b", addArgs{}, errAddIncr},
		{"zadd k nan a", addArgs{}, resp.ErrNotFloat},
	} {
		a, err := parseAdd(words(c.line))
		if c.err != nil {
			require.Equal(t, c.err, err, c.line)
			continue
		}
		require.NoError(t, err, c.line)
		require.Equal(t, "k", string(a.key))
		a.key, a.pairs = nil, nil
		require.Equal(t, c.want, a, c.line)
	}
}

func TestParseScore(t *testing.T) {
	for _, c := range []struct {
		word  string
		score float64
		open  bool
		ok    bool
	}{
		{"1", 1, false, true},
		{"(1.5", 1.5, true, true},
		{"-inf", math.Inf(-1), false, true},
		{"(+Infinity", math.Inf(1), true, true},
		{"1e400", math.Inf(1), false, true},
		{"1e-400", 0, false, true},
		{"", 0, false, true},
		{"(", 0, true, true},
		{"7\x00x", 7, false, true},
		{"0x10", 0, false, false},
		{"((1", 0, true, false},
		{" 1", 0, false, false},
		{"1_0", 0, false, false},
		{"nan", 0, false, false},
	} {
		score, open, ok := parseScore([]byte(c.word))
		require.Equal(t, c.ok, ok, c.word)
		if ok {
			require.Equal(t, c.score, score, c.word)
			require.Equal(t, c.open, open, c.word)
		}
	}
}

func TestParseLexBound(t *testing.T) {
	for word, want := range map[string]keyspace.LexBound{
		"-": {Infinite: -1}, "+": {Infinite: 1}, "[": {}, "(a": {Text: "a", Open: true}, "[-": {Text: "-"},
	} {
		got, ok := parseLexBound([]byte(word))
		require.True(t, ok, word)
		require.Equal(t, want, got, word)
	}
	for _, word := range []string{"", "a", "--", "+a"} {
		_, ok := parseLexBound([]byte(word))
		require.False(t, ok, word)
	}
}

func TestParseRange(t *testing.T) {
	for _, c := range []struct {
		line string
		want rangeArgs
		err  error
	}{
		{"0 -1", rangeArgs{order: byRank, start: 0, stop: -1, limit: -1}, nil},
		{"0 1 rev withscores", rangeArgs{order: byRank, direction: backward, stop: 1, scores: true, limit: -1}, nil},
		{"2 (1 byscore REV limit 3 4", rangeArgs{
			order: byScore, direction: backward, offset: 3, limit: 4,
			bounds: &keyspace.ScoreRange{Min: 1, MinOpen: true, Max: 2},
		}, nil},
		{"- [b bylex", rangeArgs{
			order: byLex, limit: -1,
			bounds: &keyspace.LexRange{Min: keyspace.LexBound{Infinite: -1}, Max: keyspace.LexBound{Text: "b"}},
		}, nil},
		{"0 1 limit 0 -1", rangeArgs{order: byRank, stop: 1, limit: -1}, nil},
		{"0 1 limit 0 1", rangeArgs{}, errRangeLimit},
		{"a b bylex limit 0 1 withscores", rangeArgs{}, errRangeScores},
		{"0 1 limit 0", rangeArgs{}, resp.ErrSyntax},
		{"0 1 limit x 0", rangeArgs{}, resp.ErrNotInteger},
		{"0 1 bylex byscore", rangeArgs{}, resp.ErrSyntax},
		{"0 1 rev rev", rangeArgs{}, resp.ErrSyntax},
		{"a b", rangeArgs{}, resp.ErrNotInteger},
		{"a b byscore", rangeArgs{}, errScoreBound},
		{"a b bylex", rangeArgs{}, errLexBound},
	} {
		a, err := parseRange(words(c.line), anyOrder, anyDirection, false)
		if c.err != nil {
			require.Equal(t, c.err, err, c.line)
			continue
		}
		require.NoError(t, err, c.line)
		require.Equal(t, c.want, a, c.line)
	}
	_, err := parseRange(words("0 1 withscores"), anyOrder, anyDirection, true)
	require.Equal(t, resp.ErrSyntax, err, "ZRANGESTORE has no WITHSCORES")
	_, err = parseRange(words("0 1 rev"), byRank, backward, false)
	require.Equal(t, resp.ErrSyntax, err, "ZREVRANGE has no REV")
}

func TestParseCombination(t *testing.T) {
	unionOp, cardOp := combination{weighs: true}, combination{counts: true}
	a, err := unionOp.parse(words("weights 1 inf aggregate MAX withscores withscores"), 2)
	require.NoError(t, err)
	require.Equal(t, combineArgs{weights: []float64{1, math.Inf(1)}, aggregate: higher, scores: true}, a)
	a, err = cardOp.parse(words("limit 3"), 2)
	require.NoError(t, err)
	require.Equal(t, combineArgs{limit: 3}, a)
	for line, want := range map[string]error{
		"weights 1": resp.ErrSyntax, "weights x 1": errWeight, "aggregate mean": resp.ErrSyntax, "limit 1": resp.ErrSyntax,
	} {
		_, err := unionOp.parse(words(line), 2)
		require.Equal(t, want, err, line)
	}
	for line, want := range map[string]error{
		"limit -1": errLimit, "limit x": errLimit, "withscores": resp.ErrSyntax, "weights 1 2": resp.ErrSyntax,
	} {
		_, err := cardOp.parse(words(line), 2)
		require.Equal(t, want, err, line)
	}
}

func TestParseRandom(t *testing.T) {
	a, err := parseRandom(words("-5 WITHSCORES"))
	require.NoError(t, err)
	require.Equal(t, randomArgs{count: -5, scores: true}, a)
	for line, want := range map[string]error{
		"x": resp.ErrNotInteger, "1 foo": resp.ErrSyntax, "1 withscores x": resp.ErrSyntax,
		"-9223372036854775808": resp.ErrSignedRange, "9223372036854775807 withscores": resp.ErrOutOfRange,
	} {
		_, err := parseRandom(words(line))
		require.Equal(t, want, err, line)
	}
}

func TestAggregate(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	require.Equal(t, 5.0, sum.of(2, 3))
	require.Equal(t, 0.0, sum.of(inf, -inf))
	require.Equal(t, 0.0, sum.of(1, nan))
	require.Equal(t, 2.0, lower.of(2, nan))
	require.Equal(t, 2.0, higher.of(2, nan))
	require.Equal(t, 1.0, lower.of(2, 1))
	require.Equal(t, 2.0, higher.of(2, 1))
}
