package servertest

import (
	"errors"
	"slices"
)

// Members returns all members of a set, sorted.
func (d *database) Members(k string) ([]string, error) {
	d.home.t.Helper()
	members, err := d.list("SMEMBERS", k)
	slices.Sort(members)
	return members, err
}

// SMembers is Members.
func (d *database) SMembers(k string) ([]string, error) {
	d.home.t.Helper()
	return d.Members(k)
}

// SetAdd adds members to a set and returns how many are new.
func (d *database) SetAdd(k string, elems ...string) (int, error) {
	d.home.t.Helper()
	return d.number(with(elems, "SADD", k)...)
}

// SAdd is SetAdd.
func (d *database) SAdd(k string, elems ...string) (int, error) {
	d.home.t.Helper()
	return d.SetAdd(k, elems...)
}

// SRem removes members from a set and returns how many of them it had.
func (d *database) SRem(k string, elems ...string) (int, error) {
	d.home.t.Helper()
	if err := d.has(k); err != nil {
		return 0, err
	}
	return d.number(with(elems, "SREM", k)...)
}

// IsMember reports whether v is in a set.
func (d *database) IsMember(k, v string) (bool, error) {
	d.home.t.Helper()
	if err := d.has(k); err != nil {
		return false, err
	}
	n, err := d.number("SISMEMBER", k, v)
	return n == 1, err
}

// SIsMember is IsMember.
func (d *database) SIsMember(k, v string) (bool, error) {
	d.home.t.Helper()
	return d.IsMember(k, v)
}

// SCard returns the number of members of a set, or 0 if it does not exist.
func (d *database) SCard(k string) (int, error) {
	d.home.t.Helper()
	return d.number("SCARD", k)
}

// SRandMember returns a random member of a set, or "" if the set does not exist.
// [Server.Seed] makes the choice repeatable.
func (d *database) SRandMember(k string) (string, error) {
	d.home.t.Helper()
	member, err := ask[string](d, "SRANDMEMBER", k)
	if errors.Is(err, ErrKeyNotFound) {
		return "", nil
	}
	return member, err
}
