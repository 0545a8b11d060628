package watch

import (
	"iter"
	"slices"
	"strconv"
	"time"
)

// Slowlog keeps the last commands that took long.
type Slowlog struct {
	list   []Slow // the oldest first
	nextID int64
}

// Slow is one command that took long.
type Slow struct {
	ID         int64 // set by Add
	At         time.Time
	Took       time.Duration
	Words      []string // as SlowWords returns them
	Addr, Name string   // of the client
}

// Add keeps a command, as one of the last limit.
func (l *Slowlog) Add(s Slow, limit int64) {
	s.ID = l.nextID
	l.nextID++
	l.list = append(l.list, s)
	l.Trim(limit)
}

// Trim drops the oldest commands, so that no more than limit stay.
func (l *Slowlog) Trim(limit int64) {
	if over := int64(len(l.list)) - limit; over > 0 {
		clear(l.list[:over])
		if l.list = l.list[over:]; over > limit {
			l.list = slices.Clone(l.list) // the limit is much lower than it was
		}
	}
}

// Len returns the number of commands kept.
func (l *Slowlog) Len() int { return len(l.list) }

// Newest yields the last n commands, the newest first.
func (l *Slowlog) Newest(n int) iter.Seq[Slow] {
	return func(yield func(Slow) bool) {
		for _, s := range slices.Backward(l.list[max(len(l.list)-n, 0):]) {
			if !yield(s) {
				return
			}
		}
	}
}

// Reset forgets the commands. Their ids are not given again.
func (l *Slowlog) Reset() { l.list = nil }

// What the log keeps of a long command, as in Redis.
const (
	wordsMax = 32
	wordMax  = 128
)

// SlowWords copies a command for the log, and shortens it.
func SlowWords(args [][]byte) []string {
	words := make([]string, 0, min(len(args), wordsMax))
	for i, a := range args {
		if i == wordsMax-1 && len(args) > wordsMax {
			words = append(words, "... ("+strconv.Itoa(len(args)-i)+" more arguments)")
			break
		}
		if over := len(a) - wordMax; over > 0 {
			words = append(words, string(a[:wordMax])+"... ("+strconv.Itoa(over)+" more bytes)")
			continue
		}
		words = append(words, string(a))
	}
	return words
}
