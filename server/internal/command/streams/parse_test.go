package streams

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// split makes the words of a line; a % stands for a zero byte, a _ for a space.
func split(line string) (words [][]byte) {
	for _, w := range strings.Fields(line) {
		words = append(words, []byte(strings.NewReplacer("%", "\x00", "_", " ").Replace(w)))
	}
	return words
}

func id(ms, seq uint64) keyspace.StreamID { return keyspace.StreamID{Ms: ms, Seq: seq} }

// As Redis 8.0.2 reads them.
func TestParseID(t *testing.T) {
	for word, want := range map[string]keyspace.StreamID{
		"5-1": id(5, 1), "5": id(5, 9), "01-1": id(1, 1), "+2-1": id(2, 1), "_3-1": id(3, 1), "4-+5": id(4, 5), "6-01": id(6, 1),
		"7%-1": id(7, 9), "8-1%": id(8, 1), "15--0": id(15, 0), "16-_-1": id(16, math.MaxUint64),
		"18446744073709551615-18446744073709551615": keyspace.LastStreamID,
		strings.Repeat("0", 126) + "1":              id(1, 9),
	} {
		got, err := parseID(split(word)[0], 9)
		require.NoError(t, err, word)
		require.Equal(t, want, got, word)
	}
	for _, word := range []string{
		"x", "9-1_", "-10", "--1", "11--1", "0x10-1", "12-", "-", "1e3", "_-1", "18446744073709551616", "1-2-3", "5-*", "*",
		strings.Repeat("0", 127) + "1", "++1", "+", "+-1",
	} {
		_, err := parseID(split(word)[0], 9)
		require.Equal(t, errID, err, word)
	}
	_, err := parseID(nil, 0)
	require.Equal(t, errID, err)
}

func TestParseBounds(t *testing.T) {
	for _, tt := range []struct {
		word       string
		start, end keyspace.StreamID
	}{
		{"-", id(0, 0), id(0, 0)},
		{"+", keyspace.LastStreamID, keyspace.LastStreamID},
		{"5", id(5, 0), id(5, math.MaxUint64)},
		{"(5", id(5, 1), id(5, math.MaxUint64-1)},
		{"(5-0", id(5, 1), id(4, math.MaxUint64)},
	} {
		start, err := parseStart([]byte(tt.word))
		require.NoError(t, err)
		end, err := parseEnd([]byte(tt.word))
		require.NoError(t, err)
		require.Equal(t, tt.start, start, tt.word)
		require.Equal(t, tt.end, end, tt.word)
	}
	_, err := parseStart([]byte("(18446744073709551615-18446744073709551615"))
	require.Equal(t, errStart, err)
	_, err = parseEnd([]byte("(0-0"))
	require.Equal(t, errEnd, err)
	for _, word := range []string{"(", "(-", "(+", ""} {
		_, err = parseStart([]byte(word))
		require.Equal(t, errID, err, word)
	}
}

func TestParseAdd(t *testing.T) {
	limits := keyspace.DefaultLimits
	for _, tt := range []struct {
		line string
		want addArgs
		err  error
	}{
		{"xadd s * f v", addArgs{auto: true, words: split("f v")}, nil},
		{"xadd s 5-* f v g w", addArgs{autoSeq: true, id: id(5, 0), words: split("f v g w")}, nil},
		{"xadd s nomkstream 5 maxlen v", addArgs{noCreate: true, id: id(5, 0), words: split("maxlen v")}, nil},
		{"xadd s maxlen = 3 1-1 f v", addArgs{trimArgs: trimArgs{given: true, trim: keyspace.StreamTrim{MaxLen: 3}}, id: id(1, 1), words: split("f v")}, nil},
		{"xadd s MINID ~ 3 1-1 f v", addArgs{trimArgs: trimArgs{given: true, trim: keyspace.StreamTrim{ByID: true, MinID: id(3, 0), Approx: true, Limit: 10_000}}, id: id(1, 1), words: split("f v")}, nil},
		{"xadd s limit 7 maxlen ~ 3 1-1 f v", addArgs{trimArgs: trimArgs{given: true, limited: true, trim: keyspace.StreamTrim{MaxLen: 3, Approx: true, Limit: 7}}, id: id(1, 1), words: split("f v")}, nil},
		{"xadd s * f", addArgs{}, resp.WrongArity("xadd")},
		{"xadd s maxlen 5 nomkstream", addArgs{}, resp.WrongArity("xadd")},
		{"xadd s 0 f v", addArgs{}, errAddZero},
		{"xadd s 0 f", addArgs{}, resp.WrongArity("xadd")},
		{"xadd s maxlen", addArgs{}, errID},
		{"xadd s maxlen ~ * f v", addArgs{}, resp.ErrNotInteger},
		{"xadd s maxlen -1 * f v", addArgs{}, errMaxLen},
		{"xadd s maxlen 1 minid 1 * f v", addArgs{}, errTwoTrims},
		{"xadd s minid 5-* * f v", addArgs{}, errID},
		{"xadd s limit 1 * f", addArgs{}, errLimitAlone},
		{"xadd s limit 0 * f v", addArgs{}, errLimitExact},
		{"xadd s limit -1 * f v", addArgs{}, errLimit},
		{"xadd s maxlen 1 limit 1 * f v", addArgs{}, errLimitExact},
		{"xadd s + f v", addArgs{}, errID},
	} {
		got, err := parseAdd(split(tt.line), &limits)
		require.Equal(t, tt.err, err, tt.line)
		if err == nil {
			require.Equal(t, tt.want, got, tt.line)
		}
	}
	for entries, limit := range map[int64]int64{0: 10_000, 3: 300, 10_000: 1_000_000, 1 << 62: 1_000_000} {
		limits.StreamNodeEntries = entries
		got, err := parseTrim(split("xtrim s maxlen ~ 1"), &limits)
		require.NoError(t, err)
		require.Equal(t, limit, got.trim.Limit, entries)
	}
}

// The ids that a new entry gets.
func TestNextID(t *testing.T) {
	s := &keyspace.Stream{Last: id(5, math.MaxUint64)}
	for _, tt := range []struct {
		args addArgs
		now  int64
		want keyspace.StreamID
		err  error
	}{
		{addArgs{auto: true}, 9, id(9, 0), nil},
		{addArgs{auto: true}, 5, id(6, 0), nil},
		{addArgs{autoSeq: true, id: id(7, 0)}, 0, id(7, 0), nil},
		{addArgs{autoSeq: true, id: id(5, 0)}, 0, id(6, 0), errAddOrder},
		{addArgs{autoSeq: true, id: id(4, 0)}, 0, id(4, 0), errAddOrder},
		{addArgs{id: id(5, 7)}, 0, id(5, 7), errAddOrder},
		{addArgs{id: id(6, 0)}, 0, id(6, 0), nil},
	} {
		got, err := tt.args.next(s, tt.now)
		require.Equal(t, tt.err, err)
		require.Equal(t, tt.want, got)
	}
	a := addArgs{autoSeq: true}
	got, err := a.next(nil, 0)
	require.NoError(t, err)
	require.Equal(t, id(0, 1), got)
	_, err = a.next(&keyspace.Stream{Last: keyspace.LastStreamID}, 0)
	require.Equal(t, errAddSpent, err)
}

func TestParseRead(t *testing.T) {
	a, err := parseRead(split("xread count 2 block 5 streams a b 0 $"), false)
	require.NoError(t, err)
	require.Equal(t, readArgs{count: 2, block: 5, waits: true, keys: split("a b"), ids: split("0 $"), first: 8}, a)
	a, err = parseRead(split("xreadgroup GROUP g c noack STREAMS a >"), true)
	require.NoError(t, err)
	require.Equal(t, readArgs{grouped: true, group: []byte("g"), consumer: []byte("c"), noAck: true, keys: split("a"), ids: split(">"), first: 7}, a)
	for line, want := range map[string]error{
		"xread count 1": resp.ErrSyntax, "xread streams": resp.ErrSyntax, "xread streams a b 0": errUnbalanced, "xread nonsense": resp.ErrSyntax,
		"xread group g c streams a 0": errOnlyGroup, "xread noack streams a 0": errOnlyNoAck, "xread block -1 streams a 0": resp.ErrTimeoutNeg,
		"xread count x streams a 0": resp.ErrNotInteger, "xread group g": resp.ErrSyntax,
	} {
		_, err := parseRead(split(line), false)
		require.Equal(t, want, err, line)
	}
	_, err = parseRead(split("xreadgroup count 1 streams a 0"), true)
	require.Equal(t, errNoGroupGiven, err)
	_, err = parseRead(split("xreadgroup group g c streams a b 0"), true)
	require.Equal(t, errUnbalancedGroup, err)
}

func TestParsePending(t *testing.T) {
	a, err := parseList(split("IDLE 5 - (7 3 c"))
	require.NoError(t, err)
	require.Equal(t, listArgs{5, id(0, 0), id(7, math.MaxUint64-1), 3, []byte("c")}, a)
	for line, want := range map[string]error{
		"- +": resp.ErrSyntax, "- + x": resp.ErrNotInteger, "idle x - + 1": resp.ErrNotInteger, "idle 1 - +": resp.ErrSyntax,
		"idle 1 - + 1 c d": resp.ErrSyntax, "x + 1": errID, "x + x": resp.ErrNotInteger,
	} {
		_, err := parseList(split(line))
		require.Equal(t, want, err, line)
	}
}

func TestParseClaim(t *testing.T) {
	a, err := parseClaim(split("10 1-1 2 IDLE 100 RETRYCOUNT 3 FORCE JUSTID LASTID 7"), 1000)
	require.NoError(t, err)
	require.Equal(t, claimArgs{10, []keyspace.StreamID{id(1, 1), id(2, 0)}, 900, 3, true, true, id(7, 0)}, a)
	for line, delivered := range map[string]int64{"0 1": 1000, "0 1 TIME 5": 5, "0 1 TIME 5000": 1000, "0 1 IDLE 5000": 1000, "0 1 IDLE -5": 1000} {
		a, err := parseClaim(split(line), 1000)
		require.NoError(t, err)
		require.Equal(t, delivered, a.delivered, line)
	}
	for line, want := range map[string]string{
		"x 1": "ERR Invalid min-idle-time argument for XCLAIM", "0 1 idle x": "ERR Invalid IDLE option argument for XCLAIM",
		"0 1 retrycount x": "ERR Invalid RETRYCOUNT option argument for XCLAIM", "0 1 force 2": "ERR Unrecognized XCLAIM option '2'",
		"0 1 idle": "ERR Unrecognized XCLAIM option 'idle'",
	} {
		_, err := parseClaim(split(line), 1000)
		require.EqualError(t, err, want, line)
	}
}

func TestParseAutoClaim(t *testing.T) {
	a, err := parseAutoClaim(split("10 (5 COUNT 7 JUSTID"))
	require.NoError(t, err)
	require.Equal(t, autoClaimArgs{10, id(5, 1), 7, true}, a)
	for line, want := range map[string]error{
		"0 0 count 0": errClaimCount, "0 0 count 576460752303423488": errClaimCount, "0 0 count": resp.ErrSyntax, "0 x": errID,
	} {
		_, err := parseAutoClaim(split(line))
		require.Equal(t, want, err, line)
	}
}

// What is announced stands in one place, for every kind of change.
func TestAnnounced(t *testing.T) {
	require.Len(t, announced, int(acked)+1)
	for what, told := range announced {
		require.Equal(t, change(what) == entries, told)
	}
}

func TestRowsHaveHandlers(t *testing.T) {
	for _, row := range command.NewTable(Rows()).All() {
		require.True(t, row.Run != nil || len(row.Sub) > 0, row.FullName())
	}
}
