//go:build linux

package bench

import "fmt"

// Commands without tracking: what every user of the server pays.

const plainKeys, plainConns = 100_000, 50

func plainCases() []Case {
	var list []Case
	for _, batch := range []int{1, pipeline} {
		for _, command := range []string{"set", "get"} {
			list = append(list, plainCase(command, batch))
		}
	}
	return list
}

func plainCase(command string, batch int) Case {
	c := Case{
		Name:    command,
		About:   fmt.Sprintf("%s, %d connections, one command at a time", command, plainConns),
		Servers: []string{Tattle, Redis, Valkey, Miniredis, Bare},
		Figures: []Figure{
			{Name: "throughput", Unit: perSecond, Goal: atLeast(1)},
			{Name: "cpu", Unit: micros, Goal: atMost(1.2)},
			{Name: "memory", Unit: megabytes},
		},
	}
	if batch > 1 {
		c.Name = fmt.Sprintf("%s-pipelined", command)
		c.About = fmt.Sprintf("%s, %d connections, pipelined by %d", command, plainConns, batch)
	}
	template, reply := setKey, sizeOK
	if command == "get" {
		template, reply = getKey, sizeValue
	}
	c.run = func(e *Env) {
		e.fill(plainKeys)
		ops, _, took := e.throughput(plainConns, template, plainKeys, batch, reply)
		e.report("throughput", 0, rate(ops, took.wall))
		e.report("cpu", 0, us(took.cpu, ops))
		e.report("memory", 0, must(e.server.Resident())/1e6)
	}
	return c
}
