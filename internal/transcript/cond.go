package transcript

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// identity is what a server says about itself: the names that it goes by, each with a
// version.
type identity map[string]string

// cond is a list of servers. It holds if the current server is one of them.
type cond []oneOf

type oneOf struct{ product, op, version string }

var condition = regexp.MustCompile(`^(redis|valkey|tattle)(?:(>=|<=|>|<|=)([0-9]+(?:\.[0-9]+)*))?$`)

func parseCond(text string) (c cond, err error) {
	for word := range strings.FieldsSeq(text) {
		parts := condition.FindStringSubmatch(word)
		if parts == nil {
			return nil, fmt.Errorf("%q names no servers; redis>=8.0 would", word)
		}
		c = append(c, oneOf{parts[1], parts[2], parts[3]})
	}
	if len(c) == 0 {
		return nil, fmt.Errorf("the names of servers are missing")
	}
	return c, nil
}

func (c cond) holds(id identity) bool {
	for _, one := range c {
		version, ok := id[one.product]
		if ok && (one.op == "" || compare(one.op, compareVersions(version, one.version))) {
			return true
		}
	}
	return false
}

func compare(op string, order int) bool {
	switch op {
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case "<":
		return order < 0
	}
	return order == 0
}

// compareVersions compares only as many parts as want has: 8.0.2 = 8.0.
func compareVersions(have, want string) int {
	parts := strings.Split(have, ".")
	for i, w := range strings.Split(want, ".") {
		n, h := 0, 0
		n, _ = strconv.Atoi(w)
		if i < len(parts) {
			h, _ = strconv.Atoi(parts[i])
		}
		if h != n {
			return h - n
		}
	}
	return 0
}

// identify reads the names and versions from INFO.
func identify(info string) identity {
	id := identity{}
	for _, product := range []string{"redis", "valkey", "tattle"} {
		if _, after, ok := strings.Cut(info, "\n"+product+"_version:"); ok {
			version, _, _ := strings.Cut(after, "\r\n")
			id[product] = version
		}
	}
	if id["valkey"] != "" {
		delete(id, "redis") // the version it is compatible with
	}
	return id
}

// server returns the server's own name and version.
func (id identity) server() string {
	for _, product := range []string{"tattle", "valkey", "redis"} {
		if version := id[product]; version != "" {
			name := map[string]string{"tattle": "tattle", "valkey": "Valkey", "redis": "Redis"}[product]
			return name + " " + version
		}
	}
	return ""
}

// ServerName returns the name and version of a server, such as "Redis 8.0.2", from what INFO
// says.
func ServerName(info string) string { return identify("\n" + info).server() }
