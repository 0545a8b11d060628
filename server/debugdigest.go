package server

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file is DEBUG DIGEST and DIGEST-VALUE. The same keys and values have the same
// digest, in whatever order and encoding they are kept. Digests are not those of Redis:
// tests only compare them with each other.

// digest is the sum of a value, or of many: all zeros for nothing.
type digest [sha1.Size]byte

// mix adds a part to the digest. The order of the parts does not matter.
func (d *digest) mix(part digest) {
	for i := range d {
		d[i] ^= part[i]
	}
}

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// digestOf sums words. It matters where one ends and the next begins.
func digestOf(words ...string) digest {
	var b []byte
	for _, w := range words {
		b = strconv.AppendInt(b, int64(len(w)), 10)
		b = append(append(b, ':'), w...)
	}
	return sha1.Sum(b)
}

// digestValue sums an entry's value and whether it expires, but not its name.
func digestValue(e *keyspace.Entry, now int64) (d digest) {
	switch v := e.Value().(type) {
	case *keyspace.List:
		for s := range v.Range(0, v.Len()) {
			d = digestOf(string(d[:]), s)
		}
	case *keyspace.Set:
		for member := range v.All() {
			d.mix(digestOf(member))
		}
	case *keyspace.ZSet:
		for member, score := range v.Range(0, v.Len(), false) {
			d.mix(digestOf(member, strconv.FormatFloat(score, 'g', -1, 64)))
		}
	case *keyspace.Hash:
		for field, value := range v.All(now) {
			_, at, _ := v.Get([]byte(field))
			d.mix(digestOf(field, value, strconv.FormatBool(at != 0)))
		}
	case *keyspace.Stream:
		d = digestStream(v)
	default:
		d = digestOf(string(e.Str()))
	}
	return digestOf(string(d[:]), strconv.FormatBool(e.ExpireAt() != 0))
}

// digestStream sums the entries in their order. As in Redis, groups do not count.
func digestStream(s *keyspace.Stream) (d digest) {
	for e := range s.Range(keyspace.StreamID{}, keyspace.LastStreamID) {
		words := []string{string(d[:]), e.ID.String()}
		for field, value := range e.Pairs() {
			words = append(words, string(field), string(value))
		}
		d = digestOf(words...)
	}
	return d
}

// debugDigest sums all keys of all databases.
func debugDigest(s *Server, _ *client, call *command.Call) error {
	var all digest
	for _, db := range s.ks.DBs() {
		db.Each(func(e *keyspace.Entry) bool {
			value := digestValue(e, s.ks.Now())
			all.mix(digestOf(strconv.Itoa(db.Index), e.Name(), string(value[:])))
			return true
		})
	}
	call.Out.Simple(all.String())
	return nil
}

// debugDigestValue sums the value of each key by itself.
func debugDigestValue(s *Server, _ *client, call *command.Call) error {
	call.Out.Array(len(call.Args) - 2)
	for _, key := range call.Args[2:] {
		var d digest
		if e := call.DB.Peek(key); e != nil {
			d = digestValue(e, s.ks.Now())
		}
		call.Out.Simple(d.String())
	}
	return nil
}
