package config

import (
	"errors"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
)

// Events is the value of notify-keyspace-events: the classes of events that are
// published, and to which channels.
type Events struct {
	Classes  keyspace.Class
	Keyspace bool // K: __keyspace@<db>__:<key>
	Keyevent bool // E: __keyevent@<db>__:<event>
}

// eventLetters are the letters of the classes in the order in which Redis prints
// them. keymiss (m) is missing because it is printed last.
var eventLetters = []struct {
	letter byte
	class  keyspace.Class
}{
	{'g', keyspace.ClassGeneric}, {'$', keyspace.ClassString}, {'l', keyspace.ClassList},
	{'s', keyspace.ClassSet}, {'h', keyspace.ClassHash}, {'z', keyspace.ClassZSet},
	{'x', keyspace.ClassExpired}, {'e', keyspace.ClassEvicted}, {'t', keyspace.ClassStream},
	{'d', keyspace.ClassModule}, {'n', keyspace.ClassNew}, {'m', keyspace.ClassKeyMiss},
}

// allEvents is what A stands for: every class but new and keymiss.
const allEvents = keyspace.ClassGeneric | keyspace.ClassString | keyspace.ClassList | keyspace.ClassSet |
	keyspace.ClassHash | keyspace.ClassZSet | keyspace.ClassExpired | keyspace.ClassEvicted |
	keyspace.ClassStream | keyspace.ClassModule

var errEvents = errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")

// ParseEvents reads a text such as "KEA".
func ParseEvents(text string) (Events, error) {
	var e Events
	for i := range len(text) {
		switch text[i] {
		case 'A':
			e.Classes |= allEvents
		case 'K':
			e.Keyspace = true
		case 'E':
			e.Keyevent = true
		default:
			class := eventClass(text[i])
			if class == 0 {
				return Events{}, errEvents
			}
			e.Classes |= class
		}
	}
	return e, nil
}

func eventClass(letter byte) keyspace.Class {
	for _, l := range eventLetters {
		if l.letter == letter {
			return l.class
		}
	}
	return 0
}

// String prints the value as Redis does. If A covers the classes, it does not
// mention n and so loses it.
func (e Events) String() string {
	var b strings.Builder
	all := e.Classes&allEvents == allEvents
	if all {
		b.WriteByte('A')
	}
	for _, l := range eventLetters {
		if !all && l.letter != 'm' && e.Classes&l.class != 0 {
			b.WriteByte(l.letter)
		}
	}
	if e.Keyspace {
		b.WriteByte('K')
	}
	if e.Keyevent {
		b.WriteByte('E')
	}
	if e.Classes&keyspace.ClassKeyMiss != 0 {
		b.WriteByte('m')
	}
	return b.String()
}
