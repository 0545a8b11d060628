//go:build linux

package bench

import "runtime"

var cpus = runtime.NumCPU()

// Cases returns all cases, in the order in which they run and are shown.
func Cases() []Case {
	var list []Case
	for _, of := range [][]Case{plainCases(), holderCases(), pushCases(), broadcastCases(), standingCases(), valueCases(), growthCases(), commandCases(), dropCases(), slowCases()} {
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

// figure returns the description of one of the case's figures.
func (c Case) figure(name string) Figure {
	for _, f := range c.Figures {
		if f.Name == name {
			return f
		}
	}
	return Figure{Name: name}
}
