package servertest

import "time"

// This file is the table of what direct access does on database 0: every method of
// [DB], by the same name on [Server].

// Exists is [DB.Exists] on database 0.
func (s *Server) Exists(k string) bool {
	s.t.Helper()
	return s.db0().Exists(k)
}

// Del is [DB.Del] on database 0.
func (s *Server) Del(k string) bool {
	s.t.Helper()
	return s.db0().Del(k)
}

// Unlink is [DB.Unlink] on database 0.
func (s *Server) Unlink(k string) bool {
	s.t.Helper()
	return s.db0().Unlink(k)
}

// Keys is [DB.Keys] on database 0.
func (s *Server) Keys() []string {
	s.t.Helper()
	return s.db0().Keys()
}

// Type is [DB.Type] on database 0.
func (s *Server) Type(k string) string {
	s.t.Helper()
	return s.db0().Type(k)
}

// TTL is [DB.TTL] on database 0.
func (s *Server) TTL(k string) time.Duration {
	s.t.Helper()
	return s.db0().TTL(k)
}

// SetTTL is [DB.SetTTL] on database 0.
func (s *Server) SetTTL(k string, ttl time.Duration) {
	s.t.Helper()
	s.db0().SetTTL(k, ttl)
}

// FlushDB is [DB.FlushDB] on database 0.
func (s *Server) FlushDB() {
	s.t.Helper()
	s.db0().FlushDB()
}

// Get is [DB.Get] on database 0.
func (s *Server) Get(k string) (string, error) { return s.db0().Get(k) }

// Set is [DB.Set] on database 0.
func (s *Server) Set(k, v string) error { return s.db0().Set(k, v) }

// Incr is [DB.Incr] on database 0.
func (s *Server) Incr(k string, delta int) (int, error) { return s.db0().Incr(k, delta) }

// Incrfloat is [DB.Incrfloat] on database 0.
func (s *Server) Incrfloat(k string, delta float64) (float64, error) {
	return s.db0().Incrfloat(k, delta)
}

// IncrByFloat is [DB.IncrByFloat] on database 0.
func (s *Server) IncrByFloat(k string, delta float64) (float64, error) {
	return s.db0().IncrByFloat(k, delta)
}

// HGet is [DB.HGet] on database 0.
func (s *Server) HGet(k, f string) string {
	s.t.Helper()
	return s.db0().HGet(k, f)
}

// HSet is [DB.HSet] on database 0.
func (s *Server) HSet(k string, fv ...string) {
	s.t.Helper()
	s.db0().HSet(k, fv...)
}

// HSetEX is [DB.HSetEX] on database 0.
func (s *Server) HSetEX(k string, ttl time.Duration, fv ...string) {
	s.t.Helper()
	s.db0().HSetEX(k, ttl, fv...)
}

// HDel is [DB.HDel] on database 0.
func (s *Server) HDel(k, f string) {
	s.t.Helper()
	s.db0().HDel(k, f)
}

// HKeys is [DB.HKeys] on database 0.
func (s *Server) HKeys(k string) ([]string, error) { return s.db0().HKeys(k) }

// HIncr is [DB.HIncr] on database 0.
func (s *Server) HIncr(k, f string, delta int) (int, error) { return s.db0().HIncr(k, f, delta) }

// HIncrBy is [DB.HIncrBy] on database 0.
func (s *Server) HIncrBy(k, f string, delta int) (int, error) { return s.db0().HIncrBy(k, f, delta) }

// HIncrfloat is [DB.HIncrfloat] on database 0.
func (s *Server) HIncrfloat(k, f string, delta float64) (float64, error) {
	return s.db0().HIncrfloat(k, f, delta)
}

// HIncrByFloat is [DB.HIncrByFloat] on database 0.
func (s *Server) HIncrByFloat(k, f string, delta float64) (float64, error) {
	return s.db0().HIncrByFloat(k, f, delta)
}

// HExpire is [DB.HExpire] on database 0.
func (s *Server) HExpire(k, f string, ttl time.Duration) bool {
	s.t.Helper()
	return s.db0().HExpire(k, f, ttl)
}

// HPersist is [DB.HPersist] on database 0.
func (s *Server) HPersist(k, f string) bool {
	s.t.Helper()
	return s.db0().HPersist(k, f)
}

// HTTL is [DB.HTTL] on database 0.
func (s *Server) HTTL(k, f string) time.Duration {
	s.t.Helper()
	return s.db0().HTTL(k, f)
}

// List is [DB.List] on database 0.
func (s *Server) List(k string) ([]string, error) { return s.db0().List(k) }

// Push is [DB.Push] on database 0.
func (s *Server) Push(k string, v ...string) (int, error) { return s.db0().Push(k, v...) }

// RPush is [DB.RPush] on database 0.
func (s *Server) RPush(k string, v ...string) (int, error) { return s.db0().RPush(k, v...) }

// Lpush is [DB.Lpush] on database 0.
func (s *Server) Lpush(k, v string) (int, error) { return s.db0().Lpush(k, v) }

// Pop is [DB.Pop] on database 0.
func (s *Server) Pop(k string) (string, error) { return s.db0().Pop(k) }

// RPop is [DB.RPop] on database 0.
func (s *Server) RPop(k string) (string, error) { return s.db0().RPop(k) }

// Lpop is [DB.Lpop] on database 0.
func (s *Server) Lpop(k string) (string, error) { return s.db0().Lpop(k) }

// Members is [DB.Members] on database 0.
func (s *Server) Members(k string) ([]string, error) { return s.db0().Members(k) }

// SMembers is [DB.SMembers] on database 0.
func (s *Server) SMembers(k string) ([]string, error) { return s.db0().SMembers(k) }

// SetAdd is [DB.SetAdd] on database 0.
func (s *Server) SetAdd(k string, elems ...string) (int, error) { return s.db0().SetAdd(k, elems...) }

// SAdd is [DB.SAdd] on database 0.
func (s *Server) SAdd(k string, elems ...string) (int, error) { return s.db0().SAdd(k, elems...) }

// SRem is [DB.SRem] on database 0.
func (s *Server) SRem(k string, elems ...string) (int, error) { return s.db0().SRem(k, elems...) }

// IsMember is [DB.IsMember] on database 0.
func (s *Server) IsMember(k, v string) (bool, error) { return s.db0().IsMember(k, v) }

// SIsMember is [DB.SIsMember] on database 0.
func (s *Server) SIsMember(k, v string) (bool, error) { return s.db0().SIsMember(k, v) }

// SCard is [DB.SCard] on database 0.
func (s *Server) SCard(k string) (int, error) { return s.db0().SCard(k) }

// SRandMember is [DB.SRandMember] on database 0.
func (s *Server) SRandMember(k string) (string, error) { return s.db0().SRandMember(k) }

// ZAdd is [DB.ZAdd] on database 0.
func (s *Server) ZAdd(k string, score float64, member string) (bool, error) {
	return s.db0().ZAdd(k, score, member)
}

// ZRem is [DB.ZRem] on database 0.
func (s *Server) ZRem(k, member string) (bool, error) { return s.db0().ZRem(k, member) }

// ZMembers is [DB.ZMembers] on database 0.
func (s *Server) ZMembers(k string) ([]string, error) { return s.db0().ZMembers(k) }

// ZScore is [DB.ZScore] on database 0.
func (s *Server) ZScore(k, member string) (float64, error) { return s.db0().ZScore(k, member) }

// ZMScore is [DB.ZMScore] on database 0.
func (s *Server) ZMScore(k string, members ...string) ([]float64, error) {
	return s.db0().ZMScore(k, members...)
}

// SortedSet is [DB.SortedSet] on database 0.
func (s *Server) SortedSet(k string) (map[string]float64, error) { return s.db0().SortedSet(k) }

// Dump is [DB.Dump] on database 0.
func (s *Server) Dump() string {
	s.t.Helper()
	return s.db0().Dump()
}

// CheckGet is [DB.CheckGet] on database 0.
func (s *Server) CheckGet(t TB, k, want string) {
	t.Helper()
	s.db0().CheckGet(t, k, want)
}

// CheckList is [DB.CheckList] on database 0.
func (s *Server) CheckList(t TB, k string, want ...string) {
	t.Helper()
	s.db0().CheckList(t, k, want...)
}

// CheckSet is [DB.CheckSet] on database 0.
func (s *Server) CheckSet(t TB, k string, want ...string) {
	t.Helper()
	s.db0().CheckSet(t, k, want...)
}
