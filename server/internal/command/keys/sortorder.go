package keys

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// errNotScore is the reply to sorting words as numbers.
const errNotScore = resp.Error("ERR One or more scores can't be converted into double")

// sortItem is an element with the value that it is sorted by.
type sortItem struct {
	element string
	score   float64
	weight  []byte // with ALPHA and BY; nil: missing
}

// sortPattern is the argument of BY or GET: a key with a star in the place of
// the element, or a field of a hash at such a key ("user_*->name"), or # for the
// element itself.
type sortPattern struct {
	self          bool
	star          bool
	before, after []byte
	field         []byte // nil: the key holds a string
}

func newSortPattern(pattern []byte) sortPattern {
	if string(pattern) == "#" {
		return sortPattern{self: true}
	}
	// Redis looks for both marks as C does, up to a zero byte.
	text, _, _ := bytes.Cut(pattern, []byte{0})
	star := bytes.IndexByte(text, '*')
	if star < 0 {
		return sortPattern{}
	}
	p := sortPattern{star: true, before: pattern[:star], after: pattern[star+1:]}
	text = text[star+1:]
	if arrow := bytes.Index(text, []byte("->")); arrow >= 0 && arrow+2 < len(text) {
		p.after, p.field = p.after[:arrow], p.after[arrow+2:]
	}
	return p
}

// lookup returns the value that the pattern refers to for an element, or nil if the value is
// missing or has another type.
func (p *sortPattern) lookup(c *command.Call, element string) []byte {
	switch {
	case p.self:
		return []byte(element)
	case !p.star:
		return nil
	}
	key := slices.Concat(p.before, []byte(element), p.after)
	e := c.DB.LookupRead(key)
	if p.field == nil {
		value, _ := keyspace.Str(e)
		return present(value, e != nil && e.Type() == keyspace.TypeString)
	}
	h, err := keyspace.As[*keyspace.Hash](e)
	if err != nil || h == nil {
		return nil
	}
	value, ok := c.DB.Field(key, h, p.field)
	return present([]byte(value), ok)
}

// present makes sure that an existing value is not nil.
func present(value []byte, ok bool) []byte {
	switch {
	case !ok:
		return nil
	case value == nil:
		return []byte{}
	}
	return value
}

// sort puts the elements in order. It fails if an element has to be a number and is not.
func (a *sortArgs) sort(c *command.Call, items []sortItem) error {
	bad := false
	for i := range items {
		bad = !a.weigh(c, &items[i]) || bad
	}
	if bad {
		return errNotScore
	}
	slices.SortStableFunc(items, func(x, y sortItem) int {
		order := a.compare(x, y)
		if a.desc {
			return -order
		}
		return order
	})
	return nil
}

// weigh fills in what an element is sorted by. A missing weight counts as 0.
func (a *sortArgs) weigh(c *command.Call, item *sortItem) (ok bool) {
	text := []byte(item.element)
	if a.by != nil {
		if text = a.by.lookup(c, item.element); text == nil {
			return true
		}
		item.weight = text
	}
	if a.alpha {
		return true
	}
	item.score, ok = parseScore(string(text))
	return ok
}

func (a *sortArgs) compare(x, y sortItem) int {
	switch {
	case !a.alpha:
		// Equal numbers are ordered by their text, so that the order is always the same.
		return cmp.Or(cmp.Compare(x.score, y.score), strings.Compare(x.element, y.element))
	case a.by == nil:
		return a.compareText(x.element, y.element)
	case x.weight == nil || y.weight == nil:
		return boolCompare(x.weight != nil, y.weight != nil)
	}
	return a.compareText(string(x.weight), string(y.weight))
}

// compareText compares bytes. If the result is not stored, Redis compares with C's strcoll,
// for which a zero byte is the end.
func (a *sortArgs) compareText(x, y string) int {
	if a.store == nil {
		x, _, _ = strings.Cut(x, "\x00")
		y, _, _ = strings.Cut(y, "\x00")
	}
	return strings.Compare(x, y)
}

func boolCompare(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

// parseScore reads a decimal number the way SORT does: the empty string is 0, a number that
// is too large is infinite, one that is too small is 0, and a zero byte ends the number.
func parseScore(s string) (float64, bool) {
	s, _, _ = strings.Cut(s, "\x00")
	if s == "" {
		return 0, true
	}
	if strings.ContainsAny(s, "_xXpP") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}
