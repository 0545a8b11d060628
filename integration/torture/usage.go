package torture

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// usage is what the process of a server uses. It is zero where /proc does not tell.
type usage struct {
	resident    int64 // bytes
	threads     int
	descriptors int
}

// usage asks /proc about the server's process.
func (t *Target) usage() (u usage) {
	if t.server == nil {
		return u
	}
	proc := fmt.Sprintf("/proc/%d/", t.server.PID())
	status, _ := os.ReadFile(proc + "status")
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
		switch name {
		case "VmRSS":
			u.resident = int64(n) << 10
		case "Threads":
			u.threads = n
		}
	}
	open, _ := os.ReadDir(proc + "fd")
	u.descriptors = len(open)
	return u
}

func (u usage) String() string {
	return fmt.Sprintf("%s, %d threads, %d descriptors", mib(u.resident), u.threads, u.descriptors)
}

func mib(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
