//go:build linux

package bench

import "strconv"

// Many connections with long pipelines of commands that take long, and what other clients
// see of them.

const (
	slowConns    = 256
	slowPipeline = 1000
	slowProbes   = 8
	slowWatch    = 3 // windows: a reply may take a second
	slowElements = 100
)

func slowCases() []Case {
	return []Case{{
		Name: "slow-pipelines", Long: true, About: "256 pipelines of 1,000 LRANGE of 100 elements, and the PING and GET of others",
		Figures: []Figure{
			{Name: "throughput", Unit: perSecond},
			{Name: "median", Unit: millis, Goal: atMost(1)},
			{Name: "p99", Unit: millis, Goal: atMost(1)},
			{Name: "max", Unit: millis, Goal: atMost(1)},
		},
		run: slowPipelines,
	}}
}

func slowPipelines(e *Env) {
	push := []string{"RPUSH", "l"}
	for i := range slowElements {
		push = append(push, strconv.Itoa(slowElements+i))
	}
	e.do(push...)
	e.do("SET", "k", value16)
	var probes []*probe
	for range slowProbes / 2 {
		probes = append(probes, e.startProbe(encode([]string{"PING"}), len("+PONG\r\n"), probeRest))
		probes = append(probes, e.startProbe(encode([]string{"GET", "k"}), sizeValue, probeRest))
	}
	e.window *= slowWatch
	reply := len("*100\r\n") + slowElements*len("$3\r\n100\r\n")
	ops, _, took := e.throughput(slowConns, NewTemplate("LRANGE", "l", "0", "-1"), 1, slowPipeline, reply)
	var times []float64
	for _, p := range probes {
		times = append(times, p.end()...)
	}
	e.report("throughput", 0, rate(ops, took.wall))
	e.report("median", 0, percentile(times, 50)/1e3)
	e.report("p99", 0, percentile(times, 99)/1e3)
	e.report("max", 0, percentile(times, 100)/1e3)
}
