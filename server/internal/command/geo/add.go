package geo

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/command/zsets"
)

// addArgs is GEOADD key [NX|XX] [CH] longitude latitude member ...
type addArgs struct {
	key    []byte
	only   command.Condition
	ch     bool
	scores []float64
	pairs  [][]byte // as zsets.Put takes them
}

func parseAdd(args [][]byte) (addArgs, error) {
	a := addArgs{key: args[1]}
	rest := args[2:]
	for len(rest) > 0 && a.option(rest[0]) {
		rest = rest[1:]
	}
	if len(rest) == 0 || len(rest)%3 != 0 || a.only == command.NX|command.XX {
		return a, resp.ErrSyntax
	}
	for ; len(rest) > 0; rest = rest[3:] {
		p, err := parsePoint(rest)
		if err != nil {
			return a, err
		}
		a.scores = append(a.scores, p.Score())
		a.pairs = append(a.pairs, nil, rest[2])
	}
	return a, nil
}

// option reads a word as an option and reports whether it is one.
func (a *addArgs) option(word []byte) bool {
	switch {
	case command.Is(word, "nx"):
		a.only |= command.NX
	case command.Is(word, "xx"):
		a.only |= command.XX
	case command.Is(word, "ch"):
		a.ch = true
	default:
		return false
	}
	return true
}

func runGeoadd(c *command.Call) error {
	a, err := parseAdd(c.Args)
	if err != nil {
		return err
	}
	return zsets.Put(c, a.key, a.only, a.ch, a.scores, a.pairs)
}

var addRows = []command.Row{
	{Name: "geoadd", Arity: -5, Since: "3.2.0", Run: runGeoadd, Summary: "Adds places or moves them",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Update)},
}
