package sessions

import (
	"fmt"
	"slices"

	"github.com/tattle-server/tattle/resp"
)

// databases are those that sessions use.
const databases = 3

// end compares all values that the session has left behind. Reading them expires the last
// keys whose time is over, and clients are told of those.
func (p *Player) end() (*Difference, error) {
	ref, err := p.ref.contents()
	if err != nil {
		return nil, fmt.Errorf("the reference: %w", err)
	}
	our, err := p.our.contents()
	if err != nil {
		return nil, fmt.Errorf("tattle: %w", err)
	}
	if r, o := unequal(ref, our); len(r)+len(o) > 0 {
		return &Difference{Ref: r, Our: o}, nil
	}
	return p.compare()
}

// contents describes every key of a server in a line, in the order of the keys.
func (s *side) contents() (lines []string, err error) {
	for db := range databases {
		if _, err = s.control.do("SELECT", db); err != nil {
			return nil, err
		}
		all, err := s.control.do("KEYS", "*")
		if err != nil {
			return nil, err
		}
		keys, _ := all.([]any)
		slices.SortFunc(keys, compareText)
		for _, key := range keys {
			line, err := s.describe(key)
			if err != nil {
				return nil, err
			}
			lines = append(lines, fmt.Sprintf("%d %v: %v", db, key, line))
		}
	}
	_, err = s.control.do("SELECT", 0)
	return lines, err
}

// readWhole are the commands that read a whole value, by its type.
var readWhole = map[any][]any{
	"string": {"GET"}, "list": {"LRANGE", 0, -1}, "set": {"SMEMBERS"},
	"zset": {"ZRANGE", 0, -1, "WITHSCORES"}, "hash": {"HGETALL"},
	"stream": {"XRANGE", "-", "+"},
}

func (s *side) describe(key any) (string, error) {
	kind, err := s.control.do("TYPE", key)
	if err != nil {
		return "", err
	}
	read, ok := readWhole[kind]
	if !ok {
		return fmt.Sprint(kind), nil
	}
	value, err := s.control.do(slices.Insert(slices.Clone(read), 1, key)...)
	if err != nil {
		return "", err
	}
	if members, ok := value.([]any); ok && kind == "set" {
		slices.SortFunc(members, compareText)
	}
	encoding, err := s.control.do("OBJECT", "ENCODING", key)
	return fmt.Sprintf("%v %v %q", kind, encoding, value), err
}

func compareText(a, b any) int {
	return slices.Compare(resp.AppendCommand(nil, a), resp.AppendCommand(nil, b))
}
