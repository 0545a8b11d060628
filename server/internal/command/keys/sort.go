package keys

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// sortArgs is SORT key [BY pattern] [LIMIT offset count] [GET pattern ...]
// [ASC|DESC] [ALPHA] [STORE destination].
type sortArgs struct {
	key    []byte
	by     *sortPattern // nil: by the elements themselves
	noSort bool         // BY a pattern that is the same for every element
	gets   []sortPattern
	desc   bool
	alpha  bool
	store  []byte // nil: reply
	offset int64
	count  int64 // negative: all
}

func parseSort(args [][]byte, mayStore bool) (a sortArgs, err error) {
	a.key, a.count = args[1], -1
	for i := 2; i < len(args); i++ {
		word, rest := args[i], args[i+1:]
		switch {
		case command.Is(word, "asc"):
			a.desc = false
		case command.Is(word, "desc"):
			a.desc = true
		case command.Is(word, "alpha"):
			a.alpha = true
		case command.Is(word, "limit") && len(rest) >= 2:
			if a.offset, err = command.Int(rest[0]); err != nil {
				return a, err
			}
			if a.count, err = command.Int(rest[1]); err != nil {
				return a, err
			}
			i += 2
		case len(rest) == 0:
			return a, resp.ErrSyntax
		case command.Is(word, "store") && mayStore:
			a.store = rest[0]
			i++
		case command.Is(word, "by"):
			a.setBy(rest[0])
			i++
		case command.Is(word, "get"):
			a.gets = append(a.gets, newSortPattern(rest[0]))
			i++
		default:
			return a, resp.ErrSyntax
		}
	}
	return a, nil
}

// setBy sets the pattern of BY. A pattern without a star turns sorting off for good, even if
// another BY follows.
func (a *sortArgs) setBy(pattern []byte) {
	p := newSortPattern(pattern)
	a.by = &p
	a.noSort = a.noSort || !p.star
}

// permitted refuses the options that read keys which the command does not name, unless the user may read all keys.
func (a *sortArgs) permitted(c *command.Call) error {
	var option string
	switch {
	case a.by != nil && a.by.star:
		option = "BY"
	case slices.ContainsFunc(a.gets, func(p sortPattern) bool { return !p.self }):
		option = "GET"
	default:
		return nil
	}
	if c.Client.MayReadAll(c.Row) {
		return nil
	}
	return resp.Errorf("ERR %s option of SORT denied due to insufficient ACL permissions.", option)
}

// window cuts the elements to what LIMIT asks for.
func (a *sortArgs) window(items []sortItem) []sortItem {
	n := int64(len(items))
	from := min(max(a.offset, 0), n)
	to := n
	if a.count >= 0 {
		to = from + min(a.count, n-from)
	}
	return items[from:to]
}

func runSort(c *command.Call) error   { return sortCommand(c, true) }
func runSortRO(c *command.Call) error { return sortCommand(c, false) }

func sortCommand(c *command.Call, mayStore bool) error {
	a, err := parseSort(c.Args, mayStore)
	if err != nil {
		return err
	}
	if err := a.permitted(c); err != nil {
		return err
	}
	e := c.DB.LookupRead(a.key)
	items, err := a.elements(e)
	if err != nil {
		return err
	}
	if e != nil && e.Type() == keyspace.TypeSet && a.noSort && (a.store != nil || c.Client.InScript()) {
		// A set has no order of its own, and a stored result must not depend on chance.
		a.noSort, a.alpha, a.by = false, true, nil
	}
	if !a.noSort {
		if err := a.sort(c, items); err != nil {
			return err
		}
	}
	items = a.window(items)
	if a.store != nil {
		a.storeResult(c, items)
		return nil
	}
	a.reply(c, items)
	return nil
}

// elements lists the elements of a value in their own order. If they are not sorted, DESC
// reverses lists and sorted sets; a set has no order to reverse.
func (a *sortArgs) elements(e *keyspace.Entry) ([]sortItem, error) {
	if e == nil {
		return nil, nil
	}
	var items []sortItem
	reverse := a.noSort && a.desc
	add := func(s string) { items = append(items, sortItem{element: s}) }
	switch v := e.Value().(type) {
	case *keyspace.List:
		for s := range v.Range(0, v.Len()) {
			add(s)
		}
		if reverse {
			slices.Reverse(items)
		}
	case *keyspace.Set:
		for m := range v.All() {
			add(m)
		}
	case *keyspace.ZSet:
		v.Grow() // Redis sorts the big encoding only, and leaves it so
		for m := range v.Range(0, v.Len(), reverse) {
			add(m)
		}
	default:
		return nil, keyspace.ErrWrongType
	}
	return items, nil
}

// get calls visit for each value that GET asks for, of each element, or for the elements
// themselves without GET. nil stands for a missing value.
func (a *sortArgs) get(c *command.Call, items []sortItem, visit func([]byte)) {
	for _, item := range items {
		if len(a.gets) == 0 {
			visit([]byte(item.element))
		}
		for i := range a.gets {
			visit(a.gets[i].lookup(c, item.element))
		}
	}
}

func (a *sortArgs) reply(c *command.Call, items []sortItem) {
	c.Out.Array(len(items) * max(len(a.gets), 1))
	a.get(c, items, func(value []byte) {
		if value == nil {
			c.Out.Null()
			return
		}
		c.Out.Bulk(value)
	})
}

// storeResult stores the result as a list, a missing value as an empty string,
// and replies its length. No result removes the destination.
func (a *sortArgs) storeResult(c *command.Call, items []sortItem) {
	list := &keyspace.List{}
	a.get(c, items, func(value []byte) { list.PushBack(value) })
	list.Expect(&c.Keyspace().Limits, 0, 0)
	c.Out.Len(list.Len())
	if list.Empty() {
		remove(c, a.store, c.Keyspace().LazyFree.ServerDel)
		return
	}
	c.DB.Put(a.store, list, false)
	c.Modified(a.store)
	c.CountAs(list.Len())
	c.Event(keyspace.ClassList, "sortstore", a.store)
}

// sortKeys finds the keys of SORT: the one that is sorted and the last STORE.
func sortKeys(args [][]byte) ([]command.KeyRef, error) {
	refs := []command.KeyRef{{Pos: 1, Flags: command.RO | command.Access}}
	for i := 2; i < len(args); i++ {
		switch {
		case command.Is(args[i], "limit"):
			i += 2
		case command.Is(args[i], "get") || command.Is(args[i], "by"):
			i++
		case command.Is(args[i], "store") && i+1 < len(args):
			refs = append(refs[:1], command.KeyRef{Pos: i + 1, Flags: command.OW | command.Update})
		}
	}
	return refs, nil
}

// The keys that both commands read: the one that is sorted, and those of BY and GET, which
// cannot be determined from the arguments. Nor can the key that SORT stores to.
var (
	sortReads  = []command.KeySpec{command.At(1, command.RO|command.Access), {Flags: command.RO | command.Access, Find: command.Find{Unknown: true}}}
	sortStores = append(sortReads[:2:2], command.KeySpec{Flags: command.OW | command.Update, Find: command.Find{Unknown: true}})
)

var sortRows = []command.Row{
	{Name: "sort", Arity: -2, Since: "1.0.0", Run: runSort, Summary: "Sorts a list, set or sorted set, and may store the result",
		Flags: command.Write | command.DenyOOM, Keys: sortStores, GetKeys: sortKeys},
	{Name: "sort_ro", Arity: -2, Since: "7.0.0", Run: runSortRO, Summary: "Sorts a list, set or sorted set for reading only",
		Flags: command.ReadOnly, Keys: sortReads},
}
