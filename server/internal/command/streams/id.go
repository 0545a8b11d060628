package streams

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errID    = resp.Error("ERR Invalid stream ID specified as stream command argument")
	errStart = resp.Error("ERR invalid start ID for the interval")
	errEnd   = resp.Error("ERR invalid end ID for the interval")
)

// longestID is the length of the longest word that Redis looks at for an id.
const longestID = 127

// parseID reads ms-seq or ms, which stands for ms-missing. As in C the word ends where it has a
// zero byte.
func parseID(word []byte, missing uint64) (id keyspace.StreamID, err error) {
	if len(word) > longestID {
		return id, errID
	}
	word, _, _ = bytes.Cut(word, []byte{0})
	ms, seq, whole := bytes.Cut(word, []byte("-"))
	var ok bool
	if id.Ms, ok = unsigned(ms); !ok {
		return id, errID
	}
	id.Seq = missing
	if whole {
		if id.Seq, ok = unsigned(seq); !ok {
			return id, errID
		}
	}
	return id, nil
}

// unsigned reads a number as C's strtoull does, with spaces before it, a sign and leading
// zeros, and a minus after spaces makes it count from the end. It refuses only what is
// plainly negative.
func unsigned(word []byte) (uint64, bool) {
	if n, ok := command.ParseInt(word); ok {
		return uint64(n), n >= 0
	}
	word = bytes.TrimLeft(word, " \t\n\v\f\r")
	minus := len(word) > 0 && word[0] == '-'
	if minus || len(word) > 0 && word[0] == '+' {
		word = word[1:]
	}
	if len(word) == 0 || word[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(word), 10, 64)
	if minus {
		n = -n
	}
	return n, err == nil
}

// exact reads an id in which seq may be missing and is 0 then.
func exact(word []byte) (keyspace.StreamID, error) { return parseID(word, 0) }

// exactIDs reads such ids.
func exactIDs(words [][]byte) ([]keyspace.StreamID, error) {
	ids := make([]keyspace.StreamID, len(words))
	for i, w := range words {
		var err error
		if ids[i], err = exact(w); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// parseBound is parseID for an end of an interval, which may also be - or +.
func parseBound(word []byte, missing uint64) (keyspace.StreamID, error) {
	switch string(word) {
	case "-":
		return keyspace.StreamID{}, nil
	case "+":
		return keyspace.LastStreamID, nil
	}
	return parseID(word, missing)
}

// parseStart reads the beginning of an interval; after ( it is the id before it.
func parseStart(word []byte) (id keyspace.StreamID, err error) {
	if len(word) < 2 || word[0] != '(' {
		return parseBound(word, 0)
	}
	if id, err = parseID(word[1:], 0); err != nil {
		return id, err
	}
	id, ok := id.Next()
	if !ok {
		return id, errStart
	}
	return id, nil
}

// parseEnd reads the end of an interval; after ( it is the id behind it.
func parseEnd(word []byte) (id keyspace.StreamID, err error) {
	if len(word) < 2 || word[0] != '(' {
		return parseBound(word, math.MaxUint64)
	}
	if id, err = parseID(word[1:], math.MaxUint64); err != nil {
		return id, err
	}
	id, ok := id.Prev()
	if !ok {
		return id, errEnd
	}
	return id, nil
}

// idRoom is the length of the longest id.
const idRoom = 20 + 1 + 20

func writeID(w *resp.Writer, id keyspace.StreamID) {
	var buf [idRoom]byte
	w.Bulk(id.Append(buf[:0]))
}

// writeEntry writes an entry: its id, and its fields and values in turn.
func writeEntry(w *resp.Writer, e keyspace.StreamEntry) {
	w.Array(2)
	writeID(w, e.ID)
	w.Array(2 * e.Len())
	for field, value := range e.Pairs() {
		w.Bulk(field)
		w.Bulk(value)
	}
}

// maxCount reads how many entries to reply with; 0 is all.
func maxCount(word []byte) (int64, error) {
	n, err := command.Int(word)
	return max(n, 0), err
}
