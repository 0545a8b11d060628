//go:build linux

package bench

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"
)

// Suite is a run of cases on servers.
type Suite struct {
	Kinds  []Kind
	Cases  []Case
	Rounds int
	Window time.Duration // for how long throughput is measured
	Log    io.Writer     // progress
}

// Run runs everything. A case that fails on a server is logged and left out.
func (s *Suite) Run() *Report {
	r := &Report{Rounds: s.Rounds, Window: s.Window.Seconds(), Machine: describeMachine()}
	for _, k := range s.Kinds {
		r.Servers = append(r.Servers, Server{k.Name, k.Title})
	}
	values := map[string]map[point]map[string][]float64{} // case, figure, server
	f := &foreign{}
	for round := range s.Rounds {
		for _, c := range s.Cases {
			for i := range s.Kinds {
				kind := s.Kinds[(i+round)%len(s.Kinds)] // none is always the first
				if !runsOn(c, kind.Name) {
					continue
				}
				fmt.Fprintf(s.Log, "round %d of %d: %s on %s\n", round+1, s.Rounds, c.Name, kind.Title)
				figures, err := s.once(c, kind, f)
				if err != nil {
					fmt.Fprintf(s.Log, "%s on %s: %v\n", c.Name, kind.Title, err)
					r.Failures = append(r.Failures, fmt.Sprintf("%s on %s: %v", c.Name, kind.Title, err))
				}
				gather(values, c.Name, kind.Name, figures)
			}
		}
	}
	r.Machine.Foreign = f.share()
	for _, c := range s.Cases {
		r.add(c, values[c.Name])
	}
	r.judgeNoise()
	return r
}

// runsOn reports whether a case makes sense on a server. Further builds of tattle
// take part in everything.
func runsOn(c Case, server string) bool {
	return server != Miniredis && server != Bare || slices.Contains(c.Servers, server)
}

// once runs a case on a server of its own.
func (s *Suite) once(c Case, k Kind, f *foreign) (figures map[point]float64, err error) {
	p, took, err := k.Start()
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	loop, err := NewLoop()
	if err != nil {
		return nil, err
	}
	defer loop.Close()
	e := &Env{kind: k, server: p, started: took, loop: loop, window: s.Window, figures: map[point]float64{}, foreign: f}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			figures, err = e.figures, r.err
		default:
			panic(r)
		}
	}()
	debug.FreeOSMemory() // the load's own garbage must not be collected while it measures
	c.run(e)
	return e.figures, nil
}

func gather(values map[string]map[point]map[string][]float64, name, server string, figures map[point]float64) {
	if values[name] == nil {
		values[name] = map[point]map[string][]float64{}
	}
	for p, v := range figures {
		if values[name][p] == nil {
			values[name][p] = map[string][]float64{}
		}
		values[name][p][server] = append(values[name][p][server], v)
	}
}
