package hashes

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const now = 1_700_000_000_000

func words(line string) [][]byte {
	var args [][]byte
	for _, w := range strings.Fields(line) {
		args = append(args, []byte(w))
	}
	return args
}

func TestParseExpire(t *testing.T) {
	clocks := map[string]command.Clock{"hexpire": command.EX, "hpexpire": command.PX, "hexpireat": command.EXAT, "hpexpireat": command.PXAT}
	tests := []struct {
		line string
		want expireArgs
		err  error
	}{
		{"hexpire k 10 fields 1 a", expireArgs{at: now + 10_000, fields: words("a")}, nil},
		{"hpexpire k 10 FIELDS 2 a b", expireArgs{at: now + 10, fields: words("a b")}, nil},
		{"hexpireat k 10 NX fields 1 a", expireArgs{at: 10_000, only: command.NX, fields: words("a")}, nil},
		{"hpexpireat k 10 gt fields 1 a", expireArgs{at: 10, only: command.GT, fields: words("a")}, nil},
		{"hpexpireat k 70368744177663 fields 1 a", expireArgs{at: maxExpiry, fields: words("a")}, nil},
		{"hpexpireat k 70368744177664 fields 1 a", expireArgs{}, resp.InvalidExpire("hpexpireat")},
		{"hexpireat k 70368744178 fields 1 a", expireArgs{}, resp.InvalidExpire("hexpireat")},
		{"hexpire k 70368744177 fields 1 a", expireArgs{}, resp.InvalidExpire("hexpire")},
		{"hexpire k 9223372036854775807 fields 1 a", expireArgs{}, resp.InvalidExpire("hexpire")},
		{"hexpire k -1 fields x", expireArgs{}, errNegativeExpire},
		{"hexpire k ten fields x", expireArgs{}, resp.ErrNotInteger},
		{"hexpire k 1 nx xx fields 1 a", expireArgs{}, errNoFields},
		{"hexpire k 1 nx fields 1", expireArgs{}, errFieldCount},
		{"hexpire k 1 fields 0 a", expireArgs{}, errNotGreater},
		{"hexpire k 1 fields x a", expireArgs{}, errNotGreater},
		{"hexpire k 1 fields 1 a b", expireArgs{}, errFieldCount},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			args := words(tt.line)
			got, err := parseExpire(clocks[string(args[0])], args, string(args[0]), now)
			require.Equal(t, tt.err, err)
			if err == nil {
				require.Equal(t, tt.want, got)
			}
		})
	}
}

func TestParseGetEx(t *testing.T) {
	tests := []struct {
		line string
		want getExArgs
		err  error
	}{
		{"hgetex k fields 1 a", getExArgs{fields: words("a")}, nil},
		{"hgetex k fields 1 persist", getExArgs{fields: words("persist")}, nil},
		{"hgetex k PERSIST fields 1 a", getExArgs{persist: true, fields: words("a")}, nil},
		{"hgetex k ex 5 fields 2 a b", getExArgs{timed: true, at: now + 5000, fields: words("a b")}, nil},
		{"hgetex k pxat 5 fields 1 a", getExArgs{timed: true, at: 5, fields: words("a")}, nil},
		{"hgetex k ex -1 a b", getExArgs{}, errNegativeExpire},
		{"hgetex k ex 1 px 1 fields 1 a", getExArgs{}, errNoFields},
		{"hgetex k fields 1 a persist", getExArgs{}, errFieldCount},
		{"hgetex k fields 01 a", getExArgs{}, errNotPositive},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, err := parseGetEx(words(tt.line), now)
			require.Equal(t, tt.err, err)
			if err == nil {
				require.Equal(t, tt.want, got)
			}
		})
	}
}

func TestParseSetEx(t *testing.T) {
	arity := resp.WrongArity("hsetex")
	tests := []struct {
		line string
		want setExArgs
		err  error
	}{
		{"hsetex k fields 1 a 1", setExArgs{pairs: words("a 1")}, nil},
		{"hsetex k ex 5 FNX fields 1 a 1", setExArgs{onlyNew: true, timed: true, at: now + 5000, pairs: words("a 1")}, nil},
		{"hsetex k fxx keepttl fields 2 a 1 ex 10", setExArgs{onlyOld: true, keepTTL: true, pairs: words("a 1 ex 10")}, nil},
		{"hsetex k fxx fnx fields 1 a 1", setExArgs{}, errOneCondition},
		{"hsetex k ex 1 keepttl fields 1 a 1", setExArgs{}, errOneTTL},
		{"hsetex k ex x fnx fnx fields 1 a 1", setExArgs{}, resp.ErrNotInteger},
		{"hsetex k persist fields 1 a 1", setExArgs{}, resp.Error("ERR unknown argument: persist")},
		{"hsetex k fields x a 1", setExArgs{}, errBadFieldNum},
		{"hsetex k fields 2147483648 a 1", setExArgs{}, errBadFieldNum},
		{"hsetex k fields 2147483647 a 1", setExArgs{}, arity},
		{"hsetex k fnx fields x a", setExArgs{}, arity},
		{"hsetex k fields 1 a 1 fnx", setExArgs{}, arity},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, err := parseSetEx(words(tt.line), now)
			require.Equal(t, tt.err, err)
			if err == nil {
				require.Equal(t, tt.want, got)
			}
		})
	}
}

func TestParseRand(t *testing.T) {
	tests := []struct {
		line string
		want randArgs
		err  error
	}{
		{"hrandfield k", randArgs{single: true}, nil},
		{"hrandfield k -3", randArgs{count: -3}, nil},
		{"hrandfield k 3 WithValues", randArgs{count: 3, show: both}, nil},
		{"hrandfield k 9223372036854775807", randArgs{count: 9223372036854775807}, nil},
		{"hrandfield k x more", randArgs{}, resp.ErrNotInteger},
		{"hrandfield k 3 values", randArgs{}, resp.ErrSyntax},
		{"hrandfield k 3 withvalues x", randArgs{}, resp.ErrSyntax},
		{"hrandfield k 4611686018427387904 withvalues", randArgs{}, resp.ErrOutOfRange},
		{"hrandfield k -9223372036854775808", randArgs{}, resp.ErrSignedRange},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, err := parseRand(words(tt.line))
			require.Equal(t, tt.err, err)
			if err == nil {
				require.Equal(t, tt.want, got)
			}
		})
	}
}

func TestShowDeadlines(t *testing.T) {
	const at = now + 1500
	require.Equal(t, int64(1500), show(command.PX, at, now))
	require.Equal(t, int64(2), show(command.EX, at, now), "seconds are rounded up")
	require.Equal(t, int64(at), show(command.PXAT, at, now))
	require.Equal(t, int64(now/1000+2), show(command.EXAT, at, now))
	require.Equal(t, int64(noTTL), show(command.PX, noTTL, now))
}
