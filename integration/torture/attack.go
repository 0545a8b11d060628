package torture

import (
	"fmt"
	"slices"
	"strings"
)

// Attack is one way to torture a server.
type Attack struct {
	Name, About string

	run func(*run)
}

// Attacks returns all attacks, in the order in which they run.
func Attacks() []Attack {
	return []Attack{
		{"coherence", "thirty caches of all modes read while others write in ten ways: no copy is older than what was acknowledged", (*run).coherence},
		{"commands", "every command with extreme arguments, in MULTI and in scripts: one well-formed reply each", (*run).commands},
		{"restore", "dumps of all types and encodings, mutated under a right checksum, restored, read, written and dumped", (*run).restore},
		{"rdb", "RDB files of all types, mutated under a right checksum, loaded by DEBUG RELOAD: loaded or refused", (*run).rdb},
		{"sandbox", "scripts that change, keep or reach something: the next script finds the machine as on the first day", (*run).sandbox},
		{"churn", "connections that track and die in the middle of whatever they do: nothing of them stays", (*run).churn},
		{"soak", "all of the others at once, on one server: memory, threads and descriptors stay flat", (*run).soak},
	}
}

// Named returns the attacks with these names, or all of them for "all".
func Named(names string) (chosen []Attack, err error) {
	all := Attacks()
	if names == "all" {
		return all, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(a Attack) bool { return a.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no attack %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
