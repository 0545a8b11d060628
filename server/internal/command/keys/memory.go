package keys

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// parseUsage checks MEMORY USAGE key [SAMPLES n]. The number does not matter: sizes are
// always up to date, and nothing is sampled.
func parseUsage(args [][]byte) error {
	for i := 3; i < len(args); i += 2 {
		if !command.Is(args[i], "samples") || i+1 == len(args) {
			return resp.ErrSyntax
		}
		n, err := command.Int(args[i+1])
		if err != nil {
			return err
		}
		if n < 0 {
			return resp.ErrSyntax
		}
	}
	return nil
}

func runMemoryUsage(c *command.Call) error {
	if err := parseUsage(c.Args); err != nil {
		return err
	}
	e := c.DB.Stored(c.Args[2]) // even if it has expired
	if e == nil {
		c.Out.Null()
		return nil
	}
	c.Out.Int(e.MemSize())
	return nil
}

// doctorMinBytes is the size up to which MEMORY DOCTOR finds an instance too small to
// judge.
const doctorMinBytes = 5 << 20

// runMemoryStats replies with the fields of Redis. Where Redis has figures of its allocator,
// these are figures of Go's heap; figures that do not exist here are 0.
func runMemoryStats(c *command.Call) error {
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	ks := c.Keyspace()
	data, keys, tables := ks.Used(), 0, int64(0)
	for _, db := range ks.DBs() {
		keys += db.Len()
		tables += int64(db.Len())*keyspace.EntryOverhead + int64(db.Expires())*keyspace.ExpiryOverhead
	}
	clients := c.Client.ClientMemory()
	scripts, functions, machines := c.Client.ScriptMemory()
	total := int64(keyspace.Baseline) + data + clients + scripts + functions
	resident := int64(heap.HeapSys - heap.HeapReleased)
	allocated, active := int64(heap.HeapAlloc), int64(heap.HeapInuse)

	r := statsReply{out: c.Out, at: c.Out.Later()}
	r.int("peak.allocated", total)
	r.int("total.allocated", total)
	r.int("startup.allocated", keyspace.Baseline)
	r.zeros("replication.backlog", "replica.fullsync.buffer", "clients.slaves")
	r.int("clients.normal", clients)
	r.zeros("cluster.links", "aof.buffer")
	r.int("lua.caches", scripts)
	r.int("functions.caches", functions)
	r.int("script.VMs", machines)
	r.databases(c)
	r.int("overhead.db.hashtable.lut", tables)
	r.zeros("overhead.db.hashtable.rehashing")
	r.int("overhead.total", keyspace.Baseline+tables+clients)
	r.zeros("db.dict.rehashing.count")
	r.int("keys.count", int64(keys))
	r.int("keys.bytes-per-key", data/int64(max(keys, 1)))
	r.int("dataset.bytes", max(data-tables, 0))
	r.double("dataset.percentage", 100*ratio(max(data-tables, 0), total-keyspace.Baseline))
	r.double("peak.percentage", 100)
	r.int("allocator.allocated", allocated)
	r.int("allocator.active", active)
	r.int("allocator.resident", resident)
	r.zeros("allocator.muzzy")
	r.double("allocator-fragmentation.ratio", ratio(active, allocated))
	r.int("allocator-fragmentation.bytes", active-allocated)
	r.double("allocator-rss.ratio", ratio(resident, active))
	r.int("allocator-rss.bytes", resident-active)
	r.double("rss-overhead.ratio", 1)
	r.zeros("rss-overhead.bytes")
	r.double("fragmentation", ratio(resident, total))
	r.int("fragmentation.bytes", resident-total)
	r.out.CloseMap(r.at, r.n)
	return nil
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// statsReply writes a map whose length is known at its end.
type statsReply struct {
	out *resp.Writer
	at  resp.Mark
	n   int
}

func (r *statsReply) name(name string) {
	r.out.BulkString(name)
	r.n++
}

func (r *statsReply) int(name string, v int64) {
	r.name(name)
	r.out.Int(v)
}

func (r *statsReply) double(name string, v float64) {
	r.name(name)
	r.out.Double(v)
}

func (r *statsReply) zeros(names ...string) {
	for _, name := range names {
		r.int(name, 0)
	}
}

// databases writes an entry for each database that has keys.
func (r *statsReply) databases(c *command.Call) {
	for _, db := range c.Keyspace().DBs() {
		if db.Len() == 0 {
			continue
		}
		r.name(fmt.Sprintf("db.%d", db.Index))
		r.out.Map(2)
		r.out.BulkString("overhead.hashtable.main")
		r.out.Len(db.Len() * keyspace.EntryOverhead)
		r.out.BulkString("overhead.hashtable.expires")
		r.out.Len(db.Expires() * keyspace.ExpiryOverhead)
	}
}

func runMemoryDoctor(c *command.Call) error {
	text := "No problem with memory was found.\n"
	if c.Keyspace().Used() < doctorMinBytes {
		text = "There is too little data here to tell whether memory is used well.\n"
	}
	c.Out.Verbatim("txt", text)
	return nil
}

func runMemoryMallocStats(c *command.Call) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var b strings.Builder
	b.WriteString("Memory of the Go runtime, in bytes:\n")
	for _, line := range []struct {
		name string
		n    uint64
	}{
		{"obtained from the system", m.Sys},
		{"heap, allocated", m.HeapAlloc},
		{"heap, in use", m.HeapInuse},
		{"heap, idle", m.HeapIdle},
		{"heap, returned to the system", m.HeapReleased},
		{"stacks", m.StackInuse},
	} {
		fmt.Fprintf(&b, "  %-30s %d\n", line.name, line.n)
	}
	fmt.Fprintf(&b, "Objects: %d, garbage collections: %d\n", m.HeapObjects, m.NumGC)
	c.Out.Verbatim("txt", b.String())
	return nil
}

// runMemoryPurge gives free memory back to the system. That takes a while, so it runs
// outside of the loop.
func runMemoryPurge(c *command.Call) error {
	go debug.FreeOSMemory()
	c.Out.OK()
	return nil
}

var memoryTips = []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"}

var memoryRows = []command.Row{
	command.Container("memory", "4.0.0", "Holds the commands about memory",
		memoryRow("doctor", runMemoryDoctor, "Judges how memory is used", memoryTips...),
		command.HelpRow("4.0.0", memoryHelp),
		memoryRow("malloc-stats", runMemoryMallocStats, "Returns what the allocator counts", memoryTips...),
		memoryRow("purge", runMemoryPurge, "Gives free memory back to the system", "request_policy:all_shards", "response_policy:all_succeeded"),
		memoryRow("stats", runMemoryStats, "Returns what memory is used for", memoryTips...),
		command.Row{Name: "usage", Arity: -3, Since: "4.0.0", Run: runMemoryUsage, Summary: "Estimates the bytes of a key with its value",
			Flags: command.ReadOnly, Keys: []command.KeySpec{command.At(2, command.RO)}},
	),
}

func memoryRow(name string, run func(*command.Call) error, summary string, tips ...string) command.Row {
	return command.Row{Name: name, Arity: 2, Since: "4.0.0", Run: run, Summary: summary, Tips: tips}
}

var memoryHelp = command.Help("memory",
	"DOCTOR",
	"    Judge how memory is used.",
	"MALLOC-STATS",
	"    Show what the allocator counts.",
	"PURGE",
	"    Give free memory back to the system.",
	"STATS",
	"    Show what memory is used for.",
	"USAGE <key> [SAMPLES <count>]",
	"    Estimate the bytes of <key> with its value. SAMPLES is accepted and",
	"    has no effect: sizes are always known.",
)
