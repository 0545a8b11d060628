package servertest

// List returns all elements of a list, from its head.
func (d *database) List(k string) ([]string, error) {
	d.home.t.Helper()
	return d.list("LRANGE", k, 0, -1)
}

// Push adds elements at the tail of a list and returns its length.
func (d *database) Push(k string, v ...string) (int, error) {
	d.home.t.Helper()
	return d.number(with(v, "RPUSH", k)...)
}

// RPush is Push.
func (d *database) RPush(k string, v ...string) (int, error) {
	d.home.t.Helper()
	return d.Push(k, v...)
}

// Lpush adds an element at the head of a list and returns its length.
func (d *database) Lpush(k, v string) (int, error) {
	d.home.t.Helper()
	return d.number("LPUSH", k, v)
}

// Pop removes the element at the tail of a list and returns it.
func (d *database) Pop(k string) (string, error) {
	d.home.t.Helper()
	return ask[string](d, "RPOP", k)
}

// RPop is Pop.
func (d *database) RPop(k string) (string, error) {
	d.home.t.Helper()
	return d.Pop(k)
}

// Lpop removes the element at the head of a list and returns it.
func (d *database) Lpop(k string) (string, error) {
	d.home.t.Helper()
	return ask[string](d, "LPOP", k)
}
