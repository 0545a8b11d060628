package acl

import (
	"slices"
	"time"
)

// Entry is an entry of the log: what was denied, once or several times.
type Entry struct {
	ID      int64
	Count   int64
	Reason  Reason
	Context string // "toplevel", "multi" or "lua"
	Object  string // the command, key or channel
	User    string
	Client  string // as CLIENT INFO shows it
	Created time.Time
	Updated time.Time
}

// Log is the list of ACL LOG, the newest entry first.
type Log struct {
	entries []*Entry
	nextID  int64
}

// sameEntry is how long the same denial adds to an entry instead of making a new one.
const sameEntry = time.Minute

// recent bounds the entries that are compared with a new one.
const recent = 10

// Add notes what was denied at e.Created. Of more than limit entries the oldest go.
func (l *Log) Add(e Entry, limit int) {
	e.Count, e.Updated = 1, e.Created
	for i, old := range l.entries[:min(recent, len(l.entries))] {
		if !old.same(&e) {
			continue
		}
		old.Count++
		old.Client, old.Updated = e.Client, e.Created
		l.entries = slices.Insert(slices.Delete(l.entries, i, i+1), 0, old)
		return
	}
	e.ID = l.nextID
	l.nextID++
	l.entries = slices.Insert(l.entries, 0, &e)
	if over := len(l.entries) - max(limit, 0); over > 0 {
		l.entries = slices.Delete(l.entries, len(l.entries)-over, len(l.entries))
	}
}

func (e *Entry) same(other *Entry) bool {
	return e.Reason == other.Reason && e.Context == other.Context && e.Object == other.Object && e.User == other.User &&
		other.Created.Sub(e.Created).Abs() <= sameEntry
}

// Newest returns at most n entries.
func (l *Log) Newest(n int) []*Entry { return l.entries[:min(max(n, 0), len(l.entries))] }

// Reset forgets all entries.
func (l *Log) Reset() { l.entries = nil }
