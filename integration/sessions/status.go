package sessions

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// status is what a server reports about its clients and tables, in lines to be compared.
type status struct {
	lines   []string
	clients map[int64]map[string]string // by id, the fields of CLIENT LIST
}

// clientFields are the fields of CLIENT LIST that do not depend on time or memory.
var clientFields = []string{"name", "flags", "db", "sub", "psub", "ssub", "multi", "watch", "cmd", "redir", "resp", "user", "lib-name", "lib-ver"}

// infoFields are those of INFO.
var infoFields = []string{
	"connected_clients", "blocked_clients", "tracking_clients", "pubsub_clients", "watching_clients",
	"total_watched_keys", "total_blocking_keys", "total_blocking_keys_on_nokey",
	"tracking_total_keys", "tracking_total_items", "tracking_total_prefixes",
	"pubsub_channels", "pubsub_patterns", "pubsubshard_channels",
	"total_error_replies", "keyspace_hits", "keyspace_misses", "expired_keys", "expired_subkeys",
	"evicted_clients",
	"client_query_buffer_limit_disconnections", "client_output_buffer_limit_disconnections", "number_of_cached_scripts",
}

// controlStats matches the commands that the control sends until both sides are equal; WAIT,
// of which Redis also counts a call that ends with its connection; and CLIENT UNBLOCK, which
// fails in Redis if the client that it unblocks gets an error.
var controlStats = regexp.MustCompile(`_(ping|info|client\|list|client\|unblock|wait|waitaof)$`)

// times matches how long calls took.
var times = regexp.MustCompile(`usec[a-z_]*=[\d.]+,?`)

// look asks the server for its status.
func (s *side) look() (st status, err error) {
	list, err := s.control.text("CLIENT", "LIST")
	if err != nil {
		return st, err
	}
	info, err := s.control.text("INFO", "clients", "stats", "keyspace", "memory", "errorstats", "commandstats")
	if err != nil {
		return st, err
	}
	st.readClients(list, s.control.nc.LocalAddr().String())
	st.readInfo(info, s.denied)
	return st, nil
}

func (st *status) readClients(list, control string) {
	st.clients = map[int64]map[string]string{}
	for line := range strings.Lines(list) {
		fields := map[string]string{}
		for _, f := range strings.Fields(line) {
			name, value, _ := strings.Cut(f, "=")
			fields[name] = value
		}
		if fields["addr"] == control {
			continue
		}
		var id int64
		fmt.Sscan(fields["id"], &id)
		st.clients[id] = fields
		text := "client " + fields["id"]
		for _, f := range clientFields {
			text += " " + f + "=" + fields[f]
		}
		st.lines = append(st.lines, text)
	}
	slices.Sort(st.lines)
}

func (st *status) readInfo(info string, denied map[string]int) {
	for line := range strings.Lines(info) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		switch {
		case slices.Contains(infoFields, name), strings.HasPrefix(name, "errorstat_"):
			st.lines = append(st.lines, line)
		case strings.HasPrefix(name, "acl_access_denied_"):
			n, _ := strconv.Atoi(value)
			if _, known := denied[name]; !known {
				denied[name] = n
			}
			st.lines = append(st.lines, fmt.Sprintf("%s:%d", name, n-denied[name]))
		case strings.HasPrefix(name, "cmdstat_") && !controlStats.MatchString(name):
			st.lines = append(st.lines, name+":"+times.ReplaceAllString(value, ""))
		case strings.HasPrefix(value, "keys="): // one of the databases
			keys, _, _ := strings.Cut(value, ",avg_ttl")
			st.lines = append(st.lines, name+":"+keys)
		}
	}
}

// flushing reports whether a client waits for the end of a flush, which a real server runs
// outside of its loop.
func (st *status) flushing() bool {
	for _, c := range st.clients {
		if strings.Contains(c["flags"], "b") && strings.HasPrefix(c["cmd"], "flush") {
			return true
		}
	}
	return false
}

// busy reports whether commands of a client are waiting, for a key or for EXEC.
func (st *status) busy(id int64) bool { return strings.ContainsAny(st.clients[id]["flags"], "bx") }
