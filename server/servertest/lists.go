package servertest

// List returns all elements of a list, from its head.
func (d *DB) List(k string) ([]string, error) { return d.list("LRANGE", k, 0, -1) }

// Push adds elements at the tail of a list and returns its length.
func (d *DB) Push(k string, v ...string) (int, error) { return d.number(with(v, "RPUSH", k)...) }

// RPush is Push.
func (d *DB) RPush(k string, v ...string) (int, error) { return d.Push(k, v...) }

// Lpush adds an element at the head of a list and returns its length.
func (d *DB) Lpush(k, v string) (int, error) { return d.number("LPUSH", k, v) }

// Pop removes the element at the tail of a list and returns it.
func (d *DB) Pop(k string) (string, error) { return ask[string](d, "RPOP", k) }

// RPop is Pop.
func (d *DB) RPop(k string) (string, error) { return d.Pop(k) }

// Lpop removes the element at the head of a list and returns it.
func (d *DB) Lpop(k string) (string, error) { return ask[string](d, "LPOP", k) }
