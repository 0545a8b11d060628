package server

import "github.com/tattle-server/tattle/keyspace"

// topic is a name with the clients that want to hear of it, in the order in which they came:
// a channel or pattern with its subscribers, or a key with those that watch it or wait for it.
type topic struct {
	name    string
	in      *index
	clients ordered[*client]
	// expired has, of a watched key, the clients for which it had expired when they began
	// to watch it, so that its removal is no change.
	expired map[*client]struct{}
}

// index finds topics by their names. A topic without clients is not in it.
type index struct {
	db     *keyspace.DB // of keys
	topics map[string]*topic
	room   int
	// departing counts the clients in topics that are gone: see departure.go.
	departing int
}

func newIndex(db *keyspace.DB) *index { return &index{db: db, topics: map[string]*topic{}} }

// newIndexes makes an index for each database.
func newIndexes(dbs []*keyspace.DB) []*index {
	list := make([]*index, len(dbs))
	for i, db := range dbs {
		list[i] = newIndex(db)
	}
	return list
}

// len returns how many topics have clients.
func (x *index) len() (n int) {
	if x.departing == 0 {
		return len(x.topics)
	}
	for _, t := range x.topics {
		if t.len() > 0 {
			n++
		}
	}
	return n
}

// len returns how many clients the topic has.
func (t *topic) len() (n int) {
	if t.in.departing == 0 {
		return t.clients.len()
	}
	for c := range t.clients.all() {
		if c.phase < freed {
			n++
		}
	}
	return n
}

// join adds a client to a topic. It returns nil if the client is there already.
func (x *index) join(name []byte, c *client) *topic {
	t := x.topics[string(name)]
	if t == nil {
		t = &topic{name: string(name), in: x}
		x.topics[t.name] = t
	}
	if !t.clients.add(c) {
		return nil
	}
	return t
}

// leave takes a client out of the topic, and reports whether it was the last.
func (t *topic) leave(c *client) (last bool) {
	delete(t.expired, c)
	if !t.clients.remove(c) || t.clients.len() > 0 {
		return false
	}
	delete(t.in.topics, t.name)
	t.in.topics = fitted(t.in.topics, &t.in.room)
	return true
}

// fewEntries is how many entries a map may have had and keep its memory.
const fewEntries = 1 << 10

// fitted returns a map after an entry has left it, or a copy of it if it once was eight times
// as large: maps of Go never give memory back. room remembers how large it was.
func fitted[K comparable, V any](m map[K]V, room *int) map[K]V {
	*room = max(*room, len(m)+1)
	if *room <= fewEntries || len(m) > *room/8 {
		return m
	}
	*room = len(m)
	few := make(map[K]V, len(m))
	for k, v := range m {
		few[k] = v
	}
	return few
}
