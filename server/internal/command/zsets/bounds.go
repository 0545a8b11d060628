package zsets

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
)

const (
	errScoreBound = resp.Error("ERR min or max is not a float")
	errLexBound   = resp.Error("ERR min or max not valid string range item")
)

// rangeParser reads the two ends of a range of members.
type rangeParser func(min, max []byte) (keyspace.ZRange, error)

// parseScores reads a range of scores: each end a number, after ( if it is open.
func parseScores(min, max []byte) (keyspace.ZRange, error) {
	var r keyspace.ScoreRange
	var minOK, maxOK bool
	r.Min, r.MinOpen, minOK = parseScore(min)
	r.Max, r.MaxOpen, maxOK = parseScore(max)
	if !minOK || !maxOK {
		return nil, errScoreBound
	}
	return &r, nil
}

// parseScore reads one end. It differs from how ZADD reads a score: an empty word is
// 0, a number too large is infinite, one too small is 0, hexadecimal is refused, and
// a zero byte ends the word.
func parseScore(word []byte) (score float64, open, ok bool) {
	word, open = bytes.CutPrefix(word, []byte("("))
	word, _, _ = bytes.Cut(word, []byte{0})
	if len(word) == 0 {
		return 0, open, true
	}
	if bytes.ContainsAny(word, "_xX") {
		return 0, open, false
	}
	score, err := strconv.ParseFloat(string(word), 64)
	if err != nil && !math.IsInf(score, 0) || math.IsNaN(score) {
		return 0, open, false
	}
	return score, open, true
}

// parseLex reads a range by bytes: each end - or +, or [ or ( before the text.
func parseLex(min, max []byte) (keyspace.ZRange, error) {
	var r keyspace.LexRange
	var minOK, maxOK bool
	r.Min, minOK = parseLexBound(min)
	r.Max, maxOK = parseLexBound(max)
	if !minOK || !maxOK {
		return nil, errLexBound
	}
	return &r, nil
}

func parseLexBound(word []byte) (b keyspace.LexBound, ok bool) {
	if len(word) == 0 {
		return b, false
	}
	switch word[0] {
	case '-':
		return keyspace.LexBound{Infinite: -1}, len(word) == 1
	case '+':
		return keyspace.LexBound{Infinite: 1}, len(word) == 1
	case '[', '(':
		return keyspace.LexBound{Text: string(word[1:]), Open: word[0] == '('}, true
	}
	return b, false
}
