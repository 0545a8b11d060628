package miniredis

import (
	"slices"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
)

// database has the methods that are the same here.
type database = servertest.DB

// RedisDB is a database. Most of its methods are those of [servertest.DB].
type RedisDB struct {
	*database
	srv *servertest.Server
	n   int
}

// try runs a command whose failure miniredis does not tell of.
func (db *RedisDB) try(args ...any) any {
	reply, _ := db.srv.Call(db.n, args...)
	return reply
}

func words(list []string, args ...any) []any {
	for _, s := range list {
		args = append(args, s)
	}
	return args
}

// HGet returns a field, or "" if it is missing or the key is no hash.
func (db *RedisDB) HGet(k, f string) string {
	text, _ := db.try("HGET", k, f).(string)
	return text
}

// HSet sets fields. A key of another type is replaced.
func (db *RedisDB) HSet(k string, fv ...string) {
	db.makeHash(k)
	db.database.HSet(k, fv...)
}

// HSetEX is HSet for fields that expire.
func (db *RedisDB) HSetEX(k string, ttl time.Duration, fv ...string) {
	db.makeHash(k)
	db.database.HSetEX(k, ttl, fv...)
}

// makeHash removes a key that is no hash.
func (db *RedisDB) makeHash(k string) {
	if db.Type(k) != "hash" {
		db.Del(k)
	}
}

// HDel removes a field.
func (db *RedisDB) HDel(k, f string) { db.try("HDEL", k, f) }

// SetTTL gives a key a time to live, if it is there.
func (db *RedisDB) SetTTL(k string, ttl time.Duration) {
	if db.Exists(k) {
		db.database.SetTTL(k, ttl)
	}
}

// Set sets a string. A key of another type is an error.
func (db *RedisDB) Set(k, v string) error {
	if t := db.Type(k); t != "" && t != "string" {
		return ErrWrongType
	}
	return db.database.Set(k, v)
}

// ZMScore returns the scores of members.
func (db *RedisDB) ZMScore(k string, members []string) ([]float64, error) {
	return db.database.ZMScore(k, members...)
}

// ZMScore returns the scores of members.
func (m *Miniredis) ZMScore(k string, members ...string) ([]float64, error) {
	return m.RedisDB.ZMScore(k, members)
}

// HllAdd adds elements to a HyperLogLog, and returns 1 if its estimate may have changed.
func (db *RedisDB) HllAdd(k string, elems ...string) (int, error) {
	reply, err := db.srv.Call(db.n, words(elems, "PFADD", k)...)
	n, _ := reply.(int64)
	return int(n), hllError(err)
}

// HllCount estimates how many different elements HyperLogLogs have together.
func (db *RedisDB) HllCount(keys ...string) (int, error) {
	reply, err := db.srv.Call(db.n, words(keys, "PFCOUNT")...)
	n, _ := reply.(int64)
	return int(n), hllError(err)
}

// HllMerge merges HyperLogLogs.
func (db *RedisDB) HllMerge(destKey string, sourceKeys ...string) error {
	_, err := db.srv.Call(db.n, words(sourceKeys, "PFMERGE", destKey)...)
	return hllError(err)
}

// hllError makes one of the two errors that are the same to miniredis.
func hllError(err error) error {
	if err == ErrWrongType {
		return ErrNotValidHllValue
	}
	return err
}

// PfAdd is HllAdd.
func (m *Miniredis) PfAdd(k string, elems ...string) (int, error) { return m.HllAdd(k, elems...) }

// PfCount is HllCount.
func (m *Miniredis) PfCount(keys ...string) (int, error) { return m.HllCount(keys...) }

// PfMerge is HllMerge.
func (m *Miniredis) PfMerge(destKey string, sourceKeys ...string) error {
	return m.HllMerge(destKey, sourceKeys...)
}

// CheckGet fails the test unless a key holds a string.
func (db *RedisDB) CheckGet(t T, key, expected string) {
	t.Helper()
	if got, err := db.Get(key); err != nil || got != expected {
		t.Errorf("GET %q: %q (%v), want %q", key, got, err, expected)
	}
}

// CheckList fails the test unless a key holds a list.
func (db *RedisDB) CheckList(t T, key string, expected ...string) {
	t.Helper()
	if got, err := db.List(key); err != nil || !slices.Equal(got, expected) {
		t.Errorf("List %q: %q (%v), want %q", key, got, err, expected)
	}
}

// CheckSet fails the test unless a key holds a set.
func (db *RedisDB) CheckSet(t T, key string, expected ...string) {
	t.Helper()
	want := slices.Sorted(slices.Values(expected))
	if got, err := db.Members(key); err != nil || !slices.Equal(got, want) {
		t.Errorf("Set %q: %q (%v), want %q", key, got, err, want)
	}
}
