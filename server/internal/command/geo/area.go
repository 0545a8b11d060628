package geo

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/geohash"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of the searches.
const (
	errNoMember     = resp.Error("ERR could not decode requested zset member")
	errRadius       = resp.Error("ERR need numeric radius")
	errRadiusBelow0 = resp.Error("ERR radius cannot be negative")
	errWidth        = resp.Error("ERR need numeric width")
	errHeight       = resp.Error("ERR need numeric height")
	errBoxBelow0    = resp.Error("ERR height or width cannot be negative")
	errCount        = resp.Error("ERR COUNT must be > 0")
	errAny          = resp.Error("ERR the ANY argument requires COUNT argument")
)

// form is what sets the searches apart.
type form struct {
	options bool // center and area are options (GEOSEARCH), not the first words
	member  bool // the center is a member (GEORADIUSBYMEMBER)
	stores  bool // it may store the result: with STORE, or always if center and area are options
}

// order is in which order members are replied.
type order uint8

const (
	anyOrder order = iota
	nearest
	farthest
)

// searchArgs is a search: GEORADIUS key longitude latitude radius unit, or
// GEORADIUSBYMEMBER key member radius unit, with options
//
//	[WITHCOORD] [WITHDIST] [WITHHASH] [COUNT n [ANY]] [ASC|DESC] [STORE key|STOREDIST key]
//
// or GEOSEARCH key, or GEOSEARCHSTORE destination key, with options
//
//	FROMMEMBER member|FROMLONLAT longitude latitude BYRADIUS radius unit|BYBOX width height unit
//	[ASC|DESC] [COUNT n [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH] [STOREDIST]
type searchArgs struct {
	form
	places                        *keyspace.ZSet // nil: none, and the member of a center is not looked up
	area                          geohash.Area
	unit                          float64 // in meters
	fromMember, fromPoint         bool
	byRadius, byBox               bool
	withCoord, withDist, withHash bool
	order                         order
	count                         int64 // 0: all
	any                           bool  // the first that are found will do
	destination                   []byte
	storeDistances                bool // as scores
}

// parse reads the words of a search after the name of the command. The places are already
// known, because an unknown member is reported before any mistake behind it.
func (a *searchArgs) parse(words [][]byte) (err error) {
	switch {
	case a.options && a.stores:
		a.destination, words = words[0], words[2:]
	case a.options:
		words = words[1:]
	case a.member && a.places == nil: // then there is nothing to read the area for
		words = words[4:]
	case a.member:
		if err = a.centerOn(words[1]); err == nil {
			err = a.parseRadius(words[2:])
		}
		words = words[4:]
	default:
		if a.area.Center, err = parsePoint(words[1:]); err == nil {
			err = a.parseRadius(words[3:])
		}
		words = words[5:]
	}
	for err == nil && len(words) > 0 {
		used := 0
		if used, err = a.option(words); err == nil {
			words = words[used:]
		}
	}
	return err
}

// centerOn makes a member the center, if there are any.
func (a *searchArgs) centerOn(member []byte) error {
	if a.places == nil {
		return nil
	}
	p, ok := placeOf(a.places, member)
	if !ok {
		return errNoMember
	}
	a.area.Center = p
	return nil
}

// parseRadius reads a radius and its unit.
func (a *searchArgs) parseRadius(words [][]byte) (err error) {
	radius, ok := command.ParseFloat(words[0])
	switch {
	case !ok:
		return errRadius
	case radius < 0:
		return errRadiusBelow0
	}
	a.unit, err = parseUnit(words[1])
	a.area.Radius = radius * a.unit
	return err
}

// parseBox reads a width, a height and their unit.
func (a *searchArgs) parseBox(words [][]byte) (err error) {
	width, ok := command.ParseFloat(words[0])
	if !ok {
		return errWidth
	}
	height, ok := command.ParseFloat(words[1])
	switch {
	case !ok:
		return errHeight
	case width < 0 || height < 0:
		return errBoxBelow0
	}
	a.unit, err = parseUnit(words[2])
	a.area.Box, a.area.Width, a.area.Height = true, width*a.unit, height*a.unit
	return err
}

// option reads the option that words begin with, and returns how many words it has.
func (a *searchArgs) option(words [][]byte) (used int, err error) {
	switch word := words[0]; {
	case command.Is(word, "withdist"):
		a.withDist = true
	case command.Is(word, "withhash"):
		a.withHash = true
	case command.Is(word, "withcoord"):
		a.withCoord = true
	case command.Is(word, "any"):
		a.any = true
	case command.Is(word, "asc"):
		a.order = nearest
	case command.Is(word, "desc"):
		a.order = farthest
	case command.Is(word, "count") && len(words) > 1:
		return 2, a.parseCount(words[1])
	case a.options:
		return a.areaOption(words)
	case a.stores && len(words) > 1 && (command.Is(word, "store") || command.Is(word, "storedist")):
		a.destination, a.storeDistances = words[1], command.Is(word, "storedist")
		return 2, nil
	default:
		return 0, resp.ErrSyntax
	}
	return 1, nil
}

// areaOption is option for what only GEOSEARCH and GEOSEARCHSTORE take.
func (a *searchArgs) areaOption(words [][]byte) (used int, err error) {
	switch word, n := words[0], len(words); {
	case a.stores && command.Is(word, "storedist"):
		a.storeDistances = true
		return 1, nil
	case n > 1 && !a.fromPoint && command.Is(word, "frommember"):
		a.fromMember = true
		return 2, a.centerOn(words[1])
	case n > 2 && !a.fromMember && command.Is(word, "fromlonlat"):
		a.fromPoint = true
		a.area.Center, err = parsePoint(words[1:])
		return 3, err
	case n > 2 && !a.byBox && command.Is(word, "byradius"):
		a.byRadius = true
		return 3, a.parseRadius(words[1:])
	case n > 3 && !a.byRadius && command.Is(word, "bybox"):
		a.byBox = true
		return 4, a.parseBox(words[1:])
	}
	return 0, resp.ErrSyntax
}

func (a *searchArgs) parseCount(word []byte) (err error) {
	if a.count, err = command.Int(word); err == nil && a.count <= 0 {
		err = errCount
	}
	return err
}

// check refuses options that do not go together, or are missing. name is what the client
// called the command.
func (a *searchArgs) check(name []byte) error {
	switch {
	case a.destination != nil && (a.withDist || a.withHash || a.withCoord):
		storing := "STORE option in GEORADIUS"
		if a.options {
			storing = "GEOSEARCHSTORE"
		}
		return resp.Errorf("ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options", storing)
	case a.options && !a.fromMember && !a.fromPoint:
		return resp.Errorf("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s", name)
	case a.options && !a.byRadius && !a.byBox:
		return resp.Errorf("ERR exactly one of BYRADIUS and BYBOX can be specified for %s", name)
	case a.any && a.count == 0:
		return errAny
	}
	return nil
}
