package config

import (
	"strings"
	"time"

	"github.com/tattle-server/tattle/keyspace"
)

// Config is the settings of a server. The fields are those that have an effect,
// and may be set before the server starts; later only through [Config.Set].
// A field's name is the setting's; units are Redis's.
type Config struct {
	// Where clients connect. Port 0 is no TCP at all.
	Port           int
	Bind           []string // "-" before an address: it may be missing
	UnixSocket     string
	UnixSocketPerm uint32 // 0 leaves it to the umask
	ProtectedMode  bool
	TLSPort        int
	TLSCertFile    string
	TLSKeyFile     string
	TLSCACertFile  string
	TLSAuthClients string // no, yes, optional

	// Connections.
	Timeout      int // seconds, 0 for never
	TCPKeepAlive int // seconds, 0 for none
	MaxClients   int64

	// Who may do what.
	RequirePass            string
	ACLFile                string
	EnableDebugCommand     Access
	EnableProtectedConfigs Access
	Users                  []Directive // user lines of the file
	Renames                []Directive // rename-command lines of the file

	// The server itself.
	Databases          int
	Dir                string // "" for the current one
	PIDFile            string
	LogFile            string // "" for standard output
	LogLevel           string // debug, verbose, notice, warning, nothing
	IOThreads          int    // processors at a time; for the program, embedded it does nothing
	Hz                 int
	ActiveExpireEffort int

	// Memory and eviction.
	MaxMemory        uint64 // bytes, 0 for no limit
	MaxMemoryPolicy  keyspace.Policy
	MaxMemorySamples int
	LFU              keyspace.LFU

	// What one client may take.
	OutputLimits    [3]OutputLimit // by [Class]
	ProtoMaxBulkLen int64

	// What clients are told.
	NotifyKeyspaceEvents Events
	TrackingTableMaxKeys int64 // 0 for no limit

	// Watching it work.
	BusyReplyThreshold      int64 // milliseconds
	SlowlogLogSlowerThan    int64 // microseconds, negative for never
	SlowlogMaxLen           int64
	LatencyMonitorThreshold int64 // milliseconds, 0 for off
	LatencyTracking         bool
	LatencyPercentiles      []float64 // latency-tracking-info-percentiles

	// Encodings of values.
	Limits keyspace.Limits

	// File is the absolute path of the file that the settings came from, and
	// that CONFIG REWRITE writes; "" if there is none.
	File string

	// Apply, if not nil, is told by Set of each setting that has changed, by its
	// primary name, after all fields have their new value. If it returns an error,
	// all settings go back, Apply is told again of those it had applied, and the
	// error's text ends up in the reply, such as "Unable to listen on this port.
	// Check server logs."
	Apply func(name string) error

	kept map[string]string // values of settings without a field, by name
}

// New returns the settings that Redis has when nothing is set.
func New() *Config {
	c := &Config{kept: make(map[string]string, len(kept))}
	for i := range settings {
		settings[i].put(c, settings[i].initial)
	}
	return c
}

// Access says who may use a thing that is dangerous: no, yes, or local for
// clients on the same machine.
type Access string

// The values of an Access.
const (
	AccessNo    Access = "no"
	AccessYes   Access = "yes"
	AccessLocal Access = "local"
)

// Allows reports whether a client may, local meaning that it is on this machine.
func (a Access) Allows(local bool) bool {
	return a == AccessYes || a == AccessLocal && local
}

// Class is a class of clients that client-output-buffer-limit knows.
type Class int

// The classes of clients.
const (
	ClassNormal Class = iota
	ClassReplica
	ClassPubSub
)

// OutputLimit is how much output may wait for a client: never more than Hard
// bytes, and more than Soft for no longer than SoftTime. 0 bytes is no limit.
type OutputLimit struct {
	Hard, Soft int64
	SoftTime   time.Duration
}

// OutputLimit returns the limit of a class of clients.
func (c *Config) OutputLimit(class Class) OutputLimit { return c.OutputLimits[class] }

// Ignored names what was asked for and tattle will not do, one sentence each,
// for the log at the start.
func (c *Config) Ignored() []string {
	var told []string
	for _, w := range inVain {
		if value := settingByName[w.name].text(c); !strings.EqualFold(value, w.harmless) {
			told = append(told, w.name+" "+value+": "+w.why)
		}
	}
	return told
}

// inVain are the settings by which somebody may rely on what tattle does not do.
var inVain = []struct{ name, harmless, why string }{
	{"daemonize", "no", "tattle stays in the foreground"},
	{"appendonly", "no", "nothing is written to disk"},
	{"replicaof", "", "tattle does not replicate"},
	{"cluster-enabled", "no", "tattle is no cluster node"},
	{"supervised", "no", "no supervisor is notified"},
	{"syslog-enabled", "no", "the log goes to logfile or standard output"},
}
