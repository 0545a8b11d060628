package servertest

import "strconv"

// Get returns the value of a string.
func (d *database) Get(k string) (string, error) {
	d.home.t.Helper()
	return ask[string](d, "GET", k)
}

// Set sets a key to a string. It replaces a value of any type and removes a time to live.
func (d *database) Set(k, v string) error {
	d.home.t.Helper()
	_, err := d.call("SET", k, v)
	return err
}

// Incr adds delta to an integer and returns the sum.
func (d *database) Incr(k string, delta int) (int, error) {
	d.home.t.Helper()
	return d.number("INCRBY", k, delta)
}

// Incrfloat adds delta to a number and returns the sum.
func (d *database) Incrfloat(k string, delta float64) (float64, error) {
	d.home.t.Helper()
	return d.float("INCRBYFLOAT", k, delta)
}

// IncrByFloat is Incrfloat.
func (d *database) IncrByFloat(k string, delta float64) (float64, error) {
	d.home.t.Helper()
	return d.Incrfloat(k, delta)
}

// float is ask for a number in text form.
func (d *database) float(args ...any) (float64, error) {
	d.home.t.Helper()
	text, err := ask[string](d, args...)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}
