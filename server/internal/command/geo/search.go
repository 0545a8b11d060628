package geo

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/geohash"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/command/zsets"
)

// searching makes the handler of a command that searches.
func searching(f form) func(*command.Call) error {
	source := 1
	if f.options && f.stores {
		source = 2
	}
	return func(c *command.Call) (err error) {
		a := searchArgs{form: f}
		if a.places, err = read(c, c.Args[source]); err != nil {
			return err
		}
		if err = a.parse(c.Args[1:]); err == nil {
			err = a.check(c.Args[0])
		}
		if err != nil {
			return err
		}
		found := a.pick(a.find())
		if a.destination != nil {
			a.store(c, found)
		} else {
			a.reply(c.Out, found)
		}
		return nil
	}
}

// place is a member that was found, with its distance from the center in meters.
type place struct {
	member          string
	score, distance float64
	at              geohash.Point
}

// find returns the places in the area, in the order of the cells that they are in. With ANY
// it stops when there are enough.
func (a *searchArgs) find() (found []place) {
	if a.places == nil {
		return nil
	}
	for _, r := range a.area.Ranges() {
		for member, score := range a.places.From(r.Min) {
			if score >= r.Max {
				break
			}
			if a.any && int64(len(found)) >= a.count {
				return found
			}
			at := geohash.FromScore(score)
			if distance, inside := a.area.Distance(at); inside {
				found = append(found, place{member, score, distance, at})
			}
		}
	}
	return found
}

// pick puts places in order, and cuts them off at COUNT, which asks for the nearest ones
// unless it says otherwise.
func (a *searchArgs) pick(found []place) []place {
	order := a.order
	if order == anyOrder && a.count > 0 && !a.any {
		order = nearest
	}
	n := len(found)
	if a.count > 0 && a.count < int64(n) {
		n = int(a.count)
	}
	switch {
	case order == anyOrder:
	case n < len(found):
		sortFirst(found, n, order.compare)
	default:
		slices.SortStableFunc(found, order.compare)
	}
	return found[:n]
}

// compare says which of two places comes first.
func (o order) compare(p, q place) int {
	c := 0
	switch {
	case p.distance > q.distance:
		c = 1
	case p.distance != q.distance:
		c = -1
	}
	if o == farthest {
		return -c
	}
	return c
}

func (a *searchArgs) store(c *command.Call, found []place) {
	result := keyspace.NewResult(&c.Keyspace().Limits)
	for _, p := range found {
		score := p.score
		if a.storeDistances {
			score = p.distance / a.unit
		}
		result.Put([]byte(p.member), score)
	}
	event := "georadiusstore"
	if a.options {
		event = "geosearchstore"
	}
	zsets.Store(c, a.destination, result, event)
	if len(found) > 0 {
		c.CountAs(len(found))
	}
}

func (a *searchArgs) reply(w *resp.Writer, found []place) {
	fields := 1
	for _, with := range []bool{a.withDist, a.withHash, a.withCoord} {
		if with {
			fields++
		}
	}
	w.Array(len(found))
	for i := range found {
		p := &found[i]
		if fields > 1 {
			w.Array(fields)
		}
		w.BulkString(p.member)
		if a.withDist {
			writeDistance(w, p.distance/a.unit)
		}
		if a.withHash {
			w.Int(int64(p.score))
		}
		if a.withCoord {
			writePoint(w, p.at)
		}
	}
}

// radiusKeys are the keys of GEORADIUS and GEORADIUSBYMEMBER, whose options begin at a word.
func radiusKeys(options int) []command.KeySpec {
	after := func(keyword string) command.KeySpec {
		return command.KeySpec{Flags: command.OW | command.Update,
			Begin: command.Begin{Keyword: keyword, From: options}, Find: command.Find{Step: 1}}
	}
	return []command.KeySpec{command.At(1, command.RO|command.Access), after("STORE"), after("STOREDIST")}
}

var searchRows = []command.Row{
	{Name: "georadius", Arity: -6, Since: "3.2.0", Run: searching(form{stores: true}), Summary: "Returns or stores what is within a distance of a place",
		Flags: command.Write | command.DenyOOM, Keys: radiusKeys(6)},
	{Name: "georadius_ro", Arity: -6, Since: "3.2.10", Run: searching(form{}), Summary: "Returns what is within a distance of a place",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "georadiusbymember", Arity: -5, Since: "3.2.0", Run: searching(form{member: true, stores: true}), Summary: "Returns or stores what is within a distance of a member",
		Flags: command.Write | command.DenyOOM, Keys: radiusKeys(5)},
	{Name: "georadiusbymember_ro", Arity: -5, Since: "3.2.10", Run: searching(form{member: true}), Summary: "Returns what is within a distance of a member",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "geosearch", Arity: -7, Since: "6.2.0", Run: searching(form{options: true}), Summary: "Returns what is in a circle or a box",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "geosearchstore", Arity: -8, Since: "6.2.0", Run: searching(form{options: true, stores: true}), Summary: "Stores what is in a circle or a box",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.At(1, command.OW|command.Update), command.At(2, command.RO|command.Access)}},
}
