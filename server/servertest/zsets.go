package servertest

import "fmt"

// ZAdd sets the score of a member of a sorted set and reports whether the member is
// new.
func (d *database) ZAdd(k string, score float64, member string) (bool, error) {
	d.home.t.Helper()
	n, err := d.number("ZADD", k, score, member)
	return n == 1, err
}

// ZRem removes a member from a sorted set and reports whether it was a member.
func (d *database) ZRem(k, member string) (bool, error) {
	d.home.t.Helper()
	if err := d.has(k); err != nil {
		return false, err
	}
	n, err := d.number("ZREM", k, member)
	return n == 1, err
}

// ZMembers returns all members of a sorted set, ordered by score.
func (d *database) ZMembers(k string) ([]string, error) {
	d.home.t.Helper()
	return d.list("ZRANGE", k, 0, -1)
}

// ZScore returns the score of a member of a sorted set, or 0 if there is no such member.
func (d *database) ZScore(k, member string) (float64, error) {
	d.home.t.Helper()
	scores, err := d.ZMScore(k, member)
	if err != nil {
		return 0, err
	}
	return scores[0], nil
}

// ZMScore returns the scores of members of a sorted set, with 0 for each that is missing.
func (d *database) ZMScore(k string, members ...string) ([]float64, error) {
	d.home.t.Helper()
	if err := d.has(k); err != nil {
		return nil, err
	}
	list, err := ask[[]any](d, with(members, "ZMSCORE", k)...)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(list))
	for i, v := range list {
		scores[i], _ = v.(float64)
	}
	return scores, nil
}

// SortedSet returns the scores of all members of a sorted set.
func (d *database) SortedSet(k string) (map[string]float64, error) {
	d.home.t.Helper()
	members, err := d.scored(k)
	if err != nil {
		return nil, err
	}
	scores := make(map[string]float64, len(members))
	for _, m := range members {
		scores[m.member] = m.score
	}
	return scores, nil
}

type scoredMember struct {
	member string
	score  float64
}

// scored returns the members of a sorted set with their scores, in order.
func (d *database) scored(k string) ([]scoredMember, error) {
	d.home.t.Helper()
	list, err := ask[[]any](d, "ZRANGE", k, 0, -1, "WITHSCORES")
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, ErrKeyNotFound
	}
	members := make([]scoredMember, len(list))
	for i, v := range list {
		pair, _ := v.([]any)
		if len(pair) != 2 {
			return nil, fmt.Errorf("servertest: the reply to ZRANGE %s is %#v", k, list)
		}
		members[i].member, _ = pair[0].(string)
		members[i].score, _ = pair[1].(float64)
	}
	return members, nil
}
