package servertest

import (
	"slices"
	"time"
)

// HGet returns a field of a hash, or "" if it does not exist.
func (d *database) HGet(k, f string) string {
	d.home.t.Helper()
	return d.mustText("HGET", k, f)
}

// HSet sets fields of a hash: a field, its value, the next field, and so on.
func (d *database) HSet(k string, fv ...string) {
	d.home.t.Helper()
	d.mustNumber(with(fv, "HSET", k)...)
}

// HSetEX is HSet for fields that expire after ttl, rounded up to a millisecond.
func (d *database) HSetEX(k string, ttl time.Duration, fv ...string) {
	d.home.t.Helper()
	d.mustNumber(with(fv, "HSETEX", k, "PX", millis(ttl), "FIELDS", len(fv)/2)...)
}

// HDel removes a field of a hash.
func (d *database) HDel(k, f string) {
	d.home.t.Helper()
	d.mustNumber("HDEL", k, f)
}

// HKeys returns the fields of a hash, sorted.
func (d *database) HKeys(k string) ([]string, error) {
	d.home.t.Helper()
	fields, err := d.list("HKEYS", k)
	slices.Sort(fields)
	return fields, err
}

// HIncr adds delta to an integer in a field and returns the sum.
func (d *database) HIncr(k, f string, delta int) (int, error) {
	d.home.t.Helper()
	return d.number("HINCRBY", k, f, delta)
}

// HIncrBy is HIncr.
func (d *database) HIncrBy(k, f string, delta int) (int, error) {
	d.home.t.Helper()
	return d.HIncr(k, f, delta)
}

// HIncrfloat adds delta to a number in a field and returns the sum.
func (d *database) HIncrfloat(k, f string, delta float64) (float64, error) {
	d.home.t.Helper()
	return d.float("HINCRBYFLOAT", k, f, delta)
}

// HIncrByFloat is HIncrfloat.
func (d *database) HIncrByFloat(k, f string, delta float64) (float64, error) {
	d.home.t.Helper()
	return d.HIncrfloat(k, f, delta)
}

// HExpire gives a field a time to live, rounded up to a millisecond, and reports whether
// the field existed. If ttl is not positive, the field is removed at once.
func (d *database) HExpire(k, f string, ttl time.Duration) bool {
	d.home.t.Helper()
	return d.mustField("HPEXPIRE", k, max(millis(ttl), 0), "FIELDS", 1, f) > 0
}

// HPersist removes the time to live of a field and reports whether it had one.
func (d *database) HPersist(k, f string) bool {
	d.home.t.Helper()
	return d.mustField("HPERSIST", k, "FIELDS", 1, f) > 0
}

// HTTL returns the remaining time to live of a field, or 0 if it has none or does not
// exist.
func (d *database) HTTL(k, f string) time.Duration {
	d.home.t.Helper()
	return left(d.mustField("HPTTL", k, "FIELDS", 1, f))
}

// mustField is mustInt64 for a command on one field, whose reply is an array of one number.
func (d *database) mustField(args ...any) int64 {
	d.home.t.Helper()
	list, err := ask[[]any](d, args...)
	d.report(args, err)
	if len(list) == 0 {
		return 0
	}
	n, _ := list[0].(int64)
	return n
}
