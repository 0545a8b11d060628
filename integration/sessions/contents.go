package sessions

import (
	"fmt"
	"regexp"
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
	if _, err = s.control.do("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0"); err != nil { // it reads large values
		return nil, err
	}
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
	if _, err = s.control.do("SELECT", 0); err != nil {
		return nil, err
	}
	rest, err := s.access()
	return append(lines, rest...), err
}

// access describes the users, and what was denied to them.
func (s *side) access() (lines []string, err error) {
	for _, what := range []string{"LIST", "LOG"} {
		list, err := s.control.do("ACL", what)
		if err != nil {
			return nil, err
		}
		for _, entry := range list.([]any) {
			lines = append(lines, what+" "+denialTimes.ReplaceAllString(fmt.Sprint(entry), ""))
		}
	}
	return lines, nil
}

// denialTimes matches what depends on time and sizes in an entry of ACL LOG.
var denialTimes = regexp.MustCompile(`age-seconds \S+|timestamp-\S+ \d+|l?addr=\S+|fd=\S+|age=\S+|idle=\S+|[qo]buf\S*=\S+|argv-mem=\S+|multi-mem=\S+|[rt]b[sp]=\S+|o[bl]l=\S+|omem=\S+|entry-id \d+|tot-\S+=\S+|events=\S+|io-thread=\S+|watch=\S+`)

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
	if encoding == "listpackex" { // see unplayed
		encoding = "listpack"
	}
	return fmt.Sprintf("%v %v %q", kind, encoding, value), err
}

func compareText(a, b any) int {
	return slices.Compare(resp.AppendCommand(nil, a), resp.AppendCommand(nil, b))
}
