//go:build linux

package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Commands whose cost grows with the value that they are for: the server's time for each, in
// pipelines, so that reading and writing hardly count.

func valueCases() []Case {
	return []Case{
		{
			Name: "hyperloglog", About: "PFADD of one element to as many, PFCOUNT of two keys",
			Figures: []Figure{{Name: "pfadd", Unit: micros, Plot: "elements"}, {Name: "pfcount", Unit: micros, Plot: "elements"}},
			run:     hyperloglog,
		},
		{
			Name: "geo", About: "GEOADD that moves one of as many places, GEOSEARCH of the nearest 10 of about 50",
			Figures: []Figure{{Name: "geoadd", Unit: micros, Plot: "places"}, {Name: "geosearch", Unit: micros, Plot: "places"}},
			run:     places,
		},
	}
}

const valueConns = 4

// perCommand reports the processor time of a command.
func (e *Env) perCommand(figure string, x int, t Template, keys, reply int) {
	ops, _, took := e.throughput(valueConns, t, keys, pipeline, reply)
	e.report(figure, x, us(took.cpu, ops))
}

func hyperloglog(e *Env) {
	for _, elements := range []int{100, 1000, 100_000} {
		c := e.join()
		for _, key := range []string{"a", "b"} {
			e.do("DEL", key)
			e.do("PFADD", key, "000000") // so that the others may reply 0 or 1, which are as long
			e.pump(c, NewTemplate("PFADD", key, "######"), 0, elements, fillBatch, fillDepth, sizeOne)
		}
		e.leave(c)
		e.perCommand("pfadd", elements, NewTemplate("PFADD", "a", "######"), elements, sizeOne)
		count := fmt.Sprint(e.do("PFCOUNT", "a", "b"))
		e.perCommand("pfcount", elements, NewTemplate("PFCOUNT", "a", "b"), 1, len(":"+count+"\r\n"))
	}
}

func places(e *Env) {
	const (
		width, height = 73.0, 78.0 // km of the area that the places are in
		found         = 50.0
	)
	for _, n := range []int{1000, 100_000} {
		random := rand.New(rand.NewPCG(1, 2))
		e.do("DEL", "places")
		for at := 0; at < n; {
			line := []string{"GEOADD", "places"}
			for range 500 {
				line = append(line, fmt.Sprint(2+random.Float64()), fmt.Sprint(48.5+0.7*random.Float64()), fmt.Sprintf("m%06d", at))
				at++
			}
			e.do(line...)
		}
		e.perCommand("geoadd", n, NewTemplate("GEOADD", "places", "2.######", "48.6", "m000001"), 900_000, sizeOne)
		radius := math.Sqrt(found * width * height / (math.Pi * float64(n)))
		search := NewTemplate("GEOSEARCH", "places", "FROMLONLAT", "2.######", "48.85", "BYRADIUS", fmt.Sprint(radius), "km", "ASC", "COUNT", "10")
		reply := len("*10\r\n") + 10*len("$7\r\nm000001\r\n")
		e.perCommand("geosearch", n, search.Of(shuffled(200_000, 600_000, 1)), 600_000, reply)
	}
}
