//go:build linux

package bench

import (
	"runtime"
	"strings"
)

var cpus = runtime.NumCPU()

// Cases returns all cases, in the order in which they run and are shown.
func Cases() []Case {
	var list []Case
	for _, of := range [][]Case{plainCases(), holderCases(), pushCases(), broadcastCases(), standingCases(), valueCases(), memoryCases(), growthCases(), commandCases(), dropCases(), slowCases()} {
		list = append(list, of...)
	}
	return list
}

// Find returns the case of a name.
func Find(name string) (Case, bool) {
	for _, c := range Cases() {
		if c.Name == name {
			return c, true
		}
	}
	return Case{}, false
}

// Group returns the case of a name, or else those whose names begin with it and a hyphen.
func Group(name string) (cases []Case) {
	if c, ok := Find(name); ok {
		return []Case{c}
	}
	for _, c := range Cases() {
		if strings.HasPrefix(c.Name, name+"-") {
			cases = append(cases, c)
		}
	}
	return cases
}

// figure returns the description of one of the case's figures.
func (c Case) figure(name string) Figure {
	for _, f := range c.Figures {
		if f.Name == name {
			return f
		}
	}
	return Figure{Name: name}
}
