package server

import (
	"fmt"
	"runtime"

	"github.com/tattle-server/tattle/keyspace"
)

// human shows bytes as Redis does: 1.10M.
func human(n int64) string {
	f := float64(n)
	for i, unit := range []string{"B", "K", "M", "G", "T", "P"} {
		if f < 1024 || unit == "P" {
			if i == 0 {
				return fmt.Sprintf("%dB", n)
			}
			return fmt.Sprintf("%.2f%s", f, unit)
		}
		f /= 1024
	}
	return ""
}

// sized puts bytes, and again in a form for people.
func (t *infoText) sized(name string, n int64) {
	t.put(name, n)
	t.put(name+"_human", human(n))
}

// ratio puts a to b, as a ratio and as a difference.
func (t *infoText) ratio(name string, a, b int64) {
	t.put(name+"_ratio", fmt.Sprintf("%.2f", float64(a)/float64(max(b, 1))))
	t.put(name+"_bytes", a-b)
}

// infoMemory shows what keys and clients are estimated to take. Where Redis has figures of
// its allocator, these are figures of Go's heap.
func (s *Server) infoMemory(t *infoText) {
	used, clients := s.usedMemory(), s.clientMemory()
	s.stats.peakMemory = max(s.stats.peakMemory, used)
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	rss := residentMemory(&heap)
	t.sized("used_memory", used)
	t.sized("used_memory_rss", rss)
	t.sized("used_memory_peak", s.stats.peakMemory)
	t.put("used_memory_peak_perc", fmt.Sprintf("%.2f%%", 100*float64(used)/float64(s.stats.peakMemory)))
	t.put("used_memory_overhead", keyspace.Baseline+clients)
	t.put("used_memory_startup", int64(keyspace.Baseline))
	t.put("used_memory_dataset", s.ks.Used())
	t.put("used_memory_dataset_perc", fmt.Sprintf("%.2f%%", 100*float64(s.ks.Used())/float64(used)))
	t.put("allocator_allocated", heap.HeapAlloc)
	t.put("allocator_active", heap.HeapInuse)
	t.put("allocator_resident", heap.HeapSys-heap.HeapReleased)
	t.zeros("allocator_muzzy")
	t.sized("total_system_memory", totalMemory())
	s.infoScriptMemory(t)
	t.sized("maxmemory", int64(s.cfg.MaxMemory))
	t.put("maxmemory_policy", keyspace.PolicyNames[s.cfg.MaxMemoryPolicy])
	t.heap(&heap, rss)
	t.ratio("mem_fragmentation", rss, used)
	t.zeros("mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers",
		"mem_replica_full_sync_buffer", "mem_clients_slaves")
	t.put("mem_clients_normal", clients)
	t.zeros("mem_cluster_links", "mem_aof_buffer")
	t.put("mem_allocator", "go")
	t.zeros("mem_overhead_db_hashtable_rehashing", "active_defrag_running", "lazyfree_pending_objects")
	t.put("lazyfreed_objects", s.stats.lazyFreed+s.ks.Stats.LazyFreed)
}

// infoScriptMemory counts scripts; what they take of Go's heap is not known.
func (s *Server) infoScriptMemory(t *infoText) {
	mem := s.script.engine.Memory()
	t.put("used_memory_lua", mem.ScriptVM)
	t.put("used_memory_vm_eval", mem.ScriptVM)
	t.put("used_memory_lua_human", human(int64(mem.ScriptVM)))
	t.put("used_memory_scripts_eval", mem.Scripts)
	t.put("number_of_cached_scripts", s.script.engine.Cached())
	t.put("number_of_functions", s.script.engine.Functions())
	t.put("number_of_libraries", len(s.script.engine.Libraries()))
	t.put("used_memory_vm_functions", mem.FunctionsVM)
	t.sized("used_memory_vm_total", int64(mem.ScriptVM+mem.FunctionsVM))
	t.put("used_memory_functions", mem.Functions)
	t.sized("used_memory_scripts", int64(mem.Scripts+mem.Functions))
}

// heap puts how much of what each layer has the one above it makes use of.
func (t *infoText) heap(m *runtime.MemStats, rss int64) {
	resident := int64(m.HeapSys - m.HeapReleased)
	t.ratio("allocator_frag", int64(m.HeapInuse), int64(m.HeapAlloc))
	t.ratio("allocator_rss", resident, int64(m.HeapInuse))
	t.ratio("rss_overhead", rss, resident)
}
