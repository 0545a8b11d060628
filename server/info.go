package server

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/acl"
	"github.com/tattle-server/tattle/server/internal/command"
)

// infoSection is one section of INFO. Sections that are not part of the default
// are shown by "all" or "everything" and by name.
type infoSection struct {
	name   string
	extra  bool // in "all" but not in the default
	format func(*Server, *infoText)
}

var infoSections = []infoSection{
	{"Server", false, (*Server).infoServer},
	{"Clients", false, (*Server).infoClients},
	{"Memory", false, (*Server).infoMemory},
	{"Persistence", false, (*Server).infoPersistence},
	{"Threads", false, (*Server).infoThreads},
	{"Stats", false, (*Server).infoStats},
	{"Replication", false, (*Server).infoReplication},
	{"CPU", false, (*Server).infoCPU},
	{"Modules", false, func(*Server, *infoText) {}},
	{"Commandstats", true, (*Server).infoCommandStats},
	{"Errorstats", false, (*Server).infoErrorStats},
	{"Latencystats", true, (*Server).infoLatencyStats},
	{"Cluster", false, func(_ *Server, t *infoText) { t.put("cluster_enabled", 0) }},
	{"Keyspace", false, (*Server).infoKeyspace},
	{"Keysizes", false, (*Server).infoKeysizes},
}

// infoText collects lines "name:value".
type infoText struct{ strings.Builder }

func (t *infoText) put(name string, value any) { fmt.Fprintf(t, "%s:%v\r\n", name, value) }

// zeros puts figures that are always 0 here.
func (t *infoText) zeros(names ...string) {
	for _, n := range names {
		t.put(n, 0)
	}
}

// flag puts 1 or 0.
func (t *infoText) flag(name string, on bool) {
	n := 0
	if on {
		n = 1
	}
	t.put(name, n)
}

func runInfo(s *Server, _ *client, call *command.Call) error {
	var wanted []string
	for _, a := range call.Args[1:] {
		wanted = append(wanted, strings.ToLower(string(a)))
	}
	call.Out.Verbatim("txt", s.info(wanted))
	return nil
}

// info formats the sections named, or the default ones.
func (s *Server) info(wanted []string) string {
	all := slices.Contains(wanted, "all") || slices.Contains(wanted, "everything")
	usual := len(wanted) == 0 || slices.Contains(wanted, "default")
	var t infoText
	for _, sec := range infoSections {
		if !all && !(usual && !sec.extra) && !slices.Contains(wanted, strings.ToLower(sec.name)) {
			continue
		}
		if t.Len() > 0 {
			t.WriteString("\r\n")
		}
		t.WriteString("# " + sec.name + "\r\n")
		sec.format(s, &t)
	}
	return t.String()
}

func (s *Server) infoServer(t *infoText) {
	up := s.clock.Sub(s.started)
	exe, _ := os.Executable()
	t.put("redis_version", RedisVersion)
	t.put("tattle_version", Version)
	t.put("redis_git_sha1", "00000000")
	t.put("redis_git_dirty", 0)
	t.put("redis_build_id", "tattle-"+Version)
	t.put("redis_mode", "standalone")
	t.put("os", runtime.GOOS+" "+runtime.GOARCH)
	t.put("arch_bits", strconv.IntSize)
	t.put("monotonic_clock", "Go")
	t.put("multiplexing_api", map[bool]string{true: "epoll", false: "goroutines"}[runtime.GOOS == "linux"])
	t.put("atomicvar_api", "sync/atomic")
	t.put("gcc_version", "0.0.0")
	t.put("go_version", runtime.Version())
	t.put("process_id", os.Getpid())
	t.put("process_supervised", "no")
	t.put("run_id", s.runID)
	t.put("tcp_port", s.cfg.Port)
	t.put("server_time_usec", s.clock.UnixMicro())
	t.put("uptime_in_seconds", int64(up.Seconds()))
	t.put("uptime_in_days", int64(up.Hours()/24))
	t.put("hz", s.cfg.Hz)
	t.put("configured_hz", s.cfg.Hz)
	t.put("lru_clock", s.clock.Unix()&(1<<24-1))
	t.put("executable", exe)
	t.put("config_file", s.cfg.File)
	t.put("io_threads_active", 0)
	s.infoListeners(t)
}

// infoListeners puts a line for each kind of listener, with all addresses of that kind.
func (s *Server) infoListeners(t *infoText) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, kind := range []string{kindTCP, kindUnix, kindTLS, kindOther} {
		line, port := "", ""
		for _, l := range s.listeners {
			if l.kind != kind {
				continue
			}
			address := l.Addr().String()
			if host, p, err := net.SplitHostPort(address); err == nil {
				address, port = host, ",port="+p
			}
			line += ",bind=" + address
		}
		if line != "" {
			lines = append(lines, "name="+kind+line+port)
		}
	}
	for i, line := range lines {
		t.put("listener"+strconv.Itoa(i), line)
	}
}

func (s *Server) infoClients(t *infoText) {
	var watching, watched, keys, keysNeeded, input, output int
	for _, c := range s.clients {
		size, _ := c.in.Size()
		input, output = max(input, size+c.waitingArgs()), max(output, c.out.pending())
		if len(c.watches) > 0 {
			watching++
		}
	}
	for db := range s.watched {
		watched += s.watched[db].len()
		keys += s.waiting[db].len()
		for _, t := range s.waiting[db].topics {
			if t.needsKey() {
				keysNeeded++
			}
		}
	}
	t.put("connected_clients", len(s.clients))
	t.put("cluster_connections", 0)
	t.put("maxclients", s.cfg.MaxClients)
	t.put("client_recent_max_input_buffer", input)
	t.put("client_recent_max_output_buffer", output)
	t.put("blocked_clients", s.blockedClients)
	t.put("tracking_clients", s.tracker.Clients())
	t.put("pubsub_clients", s.pubsubClients)
	t.put("watching_clients", watching)
	t.put("clients_in_timeout_table", len(s.timeouts))
	t.put("total_watched_keys", watched)
	t.put("total_blocking_keys", keys)
	t.put("total_blocking_keys_on_nokey", keysNeeded)
}

func (s *Server) infoPersistence(t *infoText) {
	t.zeros("loading", "async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age")
	t.put("current_fork_perc", "0.00")
	t.zeros("current_save_keys_processed", "current_save_keys_total")
	p := &s.persistence
	status, current := "ok", int64(-1)
	if p.failed {
		status = "err"
	}
	if !p.since.IsZero() {
		current = int64(s.clock.Sub(p.since).Seconds())
	}
	t.put("rdb_changes_since_last_save", s.ks.Dirty()-p.saved)
	t.flag("rdb_bgsave_in_progress", !p.since.IsZero())
	t.put("rdb_last_save_time", p.last.Unix())
	t.put("rdb_last_bgsave_status", status)
	t.put("rdb_last_bgsave_time_sec", int64(p.took.Seconds()))
	t.put("rdb_current_bgsave_time_sec", current)
	t.put("rdb_saves", p.count)
	t.zeros("rdb_last_cow_size")
	t.put("rdb_last_load_keys_expired", p.loaded.Expired)
	t.put("rdb_last_load_keys_loaded", p.loaded.Keys)
	t.zeros("aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
	t.put("aof_last_rewrite_time_sec", -1)
	t.put("aof_current_rewrite_time_sec", -1)
	t.put("aof_last_bgrewrite_status", "ok")
	t.zeros("aof_rewrites", "aof_rewrites_consecutive_failures")
	t.put("aof_last_write_status", "ok")
	t.zeros("aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size")
}

// infoThreads shows the one thread that all commands run in.
func (s *Server) infoThreads(t *infoText) {
	t.put("io_thread_0", fmt.Sprintf("clients=%d,reads=%d,writes=%d", len(s.clients), s.stats.reads, s.stats.writes))
}

func (s *Server) infoStats(t *infoText) {
	st := &s.stats
	s.infoTraffic(t)
	t.put("rejected_connections", st.rejectedConns)
	t.zeros("sync_full", "sync_partial_ok", "sync_partial_err")
	s.infoRemoved(t)
	t.put("pubsub_channels", s.pubsub.channels.len())
	t.put("pubsub_patterns", s.pubsub.patterns.len())
	t.put("pubsubshard_channels", s.pubsub.shards.len())
	t.zeros("latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys",
		"active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses",
		"total_active_defrag_time", "current_active_defrag_time")
	t.put("tracking_total_keys", s.tracker.Keys())
	t.put("tracking_total_items", s.tracker.Items())
	t.put("tracking_total_prefixes", s.tracker.Prefixes())
	t.zeros("unexpected_error_replies")
	t.put("total_error_replies", st.errorReplies)
	t.zeros("dump_payload_sanitizations")
	t.put("total_reads_processed", st.reads)
	t.put("total_writes_processed", st.writes)
	t.zeros("io_threaded_reads_processed", "io_threaded_writes_processed")
	t.put("client_query_buffer_limit_disconnections", st.queryLimitDisconnections)
	t.put("client_output_buffer_limit_disconnections", st.outputLimitDisconnections)
	t.zeros("reply_buffer_shrinks", "reply_buffer_expands")
	s.infoCycles(t)
	denied := &s.access.denied
	t.put("acl_access_denied_auth", denied[acl.DeniedAuth])
	t.put("acl_access_denied_cmd", denied[acl.DeniedCommand])
	t.put("acl_access_denied_key", denied[acl.DeniedKey])
	t.put("acl_access_denied_channel", denied[acl.DeniedChannel])
}

// infoTraffic is the part of the section Stats about connections, commands and bytes.
func (s *Server) infoTraffic(t *infoText) {
	rates := s.rates()
	t.put("total_connections_received", s.stats.connections)
	t.put("total_commands_processed", s.stats.commands)
	t.put("instantaneous_ops_per_sec", rates.Commands)
	t.put("total_net_input_bytes", s.netIn)
	t.put("total_net_output_bytes", s.netOut)
	t.zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes")
	t.put("instantaneous_input_kbps", fmt.Sprintf("%.2f", rates.NetIn/1024))
	t.put("instantaneous_output_kbps", fmt.Sprintf("%.2f", rates.NetOut/1024))
	t.put("instantaneous_input_repl_kbps", "0.00")
	t.put("instantaneous_output_repl_kbps", "0.00")
}

// infoRemoved is the part of the section Stats about keys that went by themselves, and
// about those that were looked up.
func (s *Server) infoRemoved(t *infoText) {
	st, ks := &s.stats, &s.ks.Stats
	exceeded := s.exceeded()
	t.put("expired_subkeys", ks.ExpiredFields)
	t.put("expired_keys", ks.Expired)
	t.put("expired_stale_perc", "0.00")
	t.put("expired_time_cap_reached_count", ks.ActiveExpireTimeCapHits)
	t.put("expire_cycle_cpu_milliseconds", st.expireTime.Milliseconds())
	t.put("evicted_keys", ks.Evicted)
	t.put("evicted_clients", st.evictedClients)
	t.put("evicted_scripts", s.script.engine.Evicted()-s.script.evictedBase)
	t.put("total_eviction_exceeded_time", (st.exceededTime + exceeded).Milliseconds())
	t.put("current_eviction_exceeded_time", exceeded.Milliseconds())
	t.put("keyspace_hits", ks.Hits)
	t.put("keyspace_misses", ks.Misses)
}

// infoCycles is the part of the section Stats about the loop.
func (s *Server) infoCycles(t *infoText) {
	rates := s.rates()
	t.put("eventloop_cycles", s.stats.cycles)
	t.put("eventloop_duration_sum", s.stats.cycleTime.Microseconds())
	t.put("eventloop_duration_cmd_sum", s.stats.commandTime.Microseconds())
	t.put("instantaneous_eventloop_cycles_per_sec", rates.Cycles)
	t.put("instantaneous_eventloop_duration_usec", rates.CycleTime.Microseconds())
}

func (s *Server) infoReplication(t *infoText) {
	t.put("role", "master")
	t.put("connected_slaves", 0)
	t.put("master_failover_state", "no-failover")
	t.put("master_replid", s.replID)
	t.put("master_replid2", strings.Repeat("0", 40))
	t.put("master_repl_offset", 0)
	t.put("second_repl_offset", -1)
	t.put("repl_backlog_active", 0)
	t.put("repl_backlog_size", 1<<20)
	t.zeros("repl_backlog_first_byte_offset", "repl_backlog_histlen")
}

func (s *Server) infoCPU(t *infoText) {
	sys, user := cpuTimes()
	t.put("used_cpu_sys", fmt.Sprintf("%.6f", sys.Seconds()))
	t.put("used_cpu_user", fmt.Sprintf("%.6f", user.Seconds()))
	t.put("used_cpu_sys_children", "0.000000")
	t.put("used_cpu_user_children", "0.000000")
	// No thread of Go's is the main one; the loop takes nearly all of the time.
	t.put("used_cpu_sys_main_thread", fmt.Sprintf("%.6f", sys.Seconds()))
	t.put("used_cpu_user_main_thread", fmt.Sprintf("%.6f", user.Seconds()))
}

func (s *Server) infoCommandStats(t *infoText) {
	for _, row := range s.table.All() {
		c := &s.calls[row.ID()]
		if c.Ran == 0 && c.Rejected == 0 && c.Failed == 0 {
			continue
		}
		us := c.Total.Microseconds()
		t.put("cmdstat_"+row.FullName(), fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			c.Ran, us, float64(us)/float64(max(c.Ran, 1)), c.Rejected, c.Failed))
	}
}

func (s *Server) infoErrorStats(t *infoText) {
	for _, code := range s.errors.Codes() {
		t.put("errorstat_"+code, fmt.Sprintf("count=%d", s.errors[code]))
	}
}

func (s *Server) infoLatencyStats(t *infoText) {
	if !s.cfg.LatencyTracking {
		return
	}
	for _, row := range s.table.All() {
		c := &s.calls[row.ID()]
		if c.Ran == 0 {
			continue
		}
		var parts []string
		for _, p := range s.cfg.LatencyPercentiles {
			parts = append(parts, fmt.Sprintf("p%s=%.3f", strconv.FormatFloat(p, 'f', -1, 64), c.Percentile(p)))
		}
		t.put("latency_percentiles_usec_"+row.FullName(), strings.Join(parts, ","))
	}
}

func (s *Server) infoKeyspace(t *infoText) {
	for _, db := range s.ks.DBs() {
		if db.Len() > 0 {
			t.put("db"+strconv.Itoa(db.Index), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d,subexpiry=%d",
				db.Len(), db.Expires(), db.AverageTTL(), db.FieldExpires()))
		}
	}
}

// sizeNames are the types that the section Keysizes counts, as it names them.
var sizeNames = []struct {
	kind keyspace.Type
	name string
}{
	{keyspace.TypeString, "strings_sizes"},
	{keyspace.TypeList, "lists_items"},
	{keyspace.TypeSet, "sets_items"},
	{keyspace.TypeZSet, "zsets_items"},
	{keyspace.TypeHash, "hashes_items"},
}

func (s *Server) infoKeysizes(t *infoText) {
	for _, db := range s.ks.DBs() {
		for _, x := range sizeNames {
			var bins []string
			for size, keys := range db.Sizes().Of(x.kind) {
				bins = append(bins, shortSize(size)+"="+strconv.FormatInt(keys, 10))
			}
			if len(bins) > 0 {
				t.put(fmt.Sprintf("db%d_distrib_%s", db.Index, x.name), strings.Join(bins, ","))
			}
		}
	}
}

// shortSize shows a power of two: 512, 1K, 2M.
func shortSize(n int64) string {
	unit := 0
	for n >= 1024 {
		n >>= 10
		unit++
	}
	return strconv.FormatInt(n, 10) + [...]string{"", "K", "M", "G", "T", "P", "E"}[unit]
}
