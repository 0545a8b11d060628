package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/keyspace"
)

// Config is the settings of a server. Its fields are those that have an effect.
// They may be set directly before the server starts, and later only through
// [Config.Set]. A field has the name of its setting; units are Redis's.
type Config struct {
	// Where clients connect. Port 0 means no TCP; Auto is a free port, which the server
	// puts in its place when it listens.
	Port           int
	Bind           []string // "-" before an address says that it may be missing
	UnixSocket     string
	UnixSocketPerm uint32 // 0 leaves it to the umask
	ProtectedMode  bool
	TLSPort        int
	TLSCertFile    string
	TLSKeyFile     string
	TLSCACertFile  string
	TLSCACertDir   string
	TLSAuthClients string // no, yes, optional

	TLSProtocols           string // "" for TLS 1.2 and 1.3
	TLSCiphers             string // of TLS up to 1.2, as OpenSSL names them; "" for Go's choice
	TLSCipherSuites        string // of TLS 1.3; a list that leaves one out is refused
	TLSSessionCaching      bool
	TLSSessionCacheTimeout int // seconds for which a session can be resumed

	// Connections.
	Timeout      int // seconds, 0 for never
	TCPKeepAlive int // seconds, 0 for none
	MaxClients   int64

	// Who may do what.
	RequirePass            string
	ACLFile                string
	ACLPubSubDefault       string // allchannels or resetchannels: the channels of new users
	ACLLogMaxLen           int64
	EnableDebugCommand     Access
	EnableTattleCommand    Access // a setting of tattle's own
	EnableProtectedConfigs Access
	Users                  []Directive // user lines of the file
	Renames                []Directive // rename-command lines of the file

	// The server itself.
	Databases  int
	Dir        string // "" for the current one
	DBFilename string // the RDB file, in Dir
	// StopWritesOnSaveError refuses writes after a BGSAVE that failed, if there are save points.
	StopWritesOnSaveError bool
	SavePoints            []SavePoint // when to write it
	// Daemonize and those below are for the program; but for the first they are
	// settings of tattle's own. AddressFile is the file that tells where the server listens.
	Daemonize          bool
	ExitWithParent     bool
	AddressFile        string
	Inspect            string // host:port of the page, port 0 being one that is free; "" for none
	InspectReadOnly    bool
	PIDFile            string
	LogFile            string // "" for standard output
	LogLevel           string // debug, verbose, notice, warning, nothing
	Hz                 int
	ActiveExpireEffort int

	// Memory and eviction.
	MaxMemory        uint64 // bytes, 0 for no limit
	MaxMemoryPolicy  keyspace.Policy
	MaxMemorySamples int
	MaxMemoryClients int64 // bytes, or percents of MaxMemory as a negative number; 0 for no limit
	LFU              keyspace.LFU
	LazyFree         keyspace.LazyFree
	LazyFlush        bool // lazyfree-lazy-user-flush: FLUSHALL is FLUSHALL ASYNC

	// The limits of one client.
	OutputLimits     [3]OutputLimit // by [Class]
	QueryBufferLimit int64

	// What clients are told.
	NotifyKeyspaceEvents Events
	TrackingTableMaxKeys int64 // 0 for no limit
	// TrackingBCastPermissions is a setting of tattle's own: BCAST tells a client only of
	// keys that its user may read, as Redis does from 8.10 on.
	TrackingBCastPermissions bool

	// Observation.
	BusyReplyThreshold      int64 // milliseconds
	SlowlogLogSlowerThan    int64 // microseconds, negative for never
	SlowlogMaxLen           int64
	LatencyMonitorThreshold int64 // milliseconds, 0 for off
	LatencyTracking         bool
	LatencyPercentiles      []float64 // latency-tracking-info-percentiles
	// Journal and JournalMaxBytes are settings of tattle's own: what happens is recorded even while nobody reads
	// it, and how much of it is kept.
	Journal         bool
	JournalMaxBytes int64

	// Encodings of values.
	Limits            keyspace.Limits
	ListCompressDepth int64 // only shown, by DEBUG OBJECT

	// File is the absolute path of the file that the settings came from and that
	// CONFIG REWRITE writes; "" if there is none.
	File string

	// Apply, if not nil, is called by Set for each setting that has changed, with
	// its primary name, after all fields have their new values. If it returns an
	// error, all settings are restored, Apply is called again for those it had
	// applied, and the error's text goes into the reply, as in "Unable to listen on
	// this port. Check server logs."
	Apply func(name string) error

	kept map[string]string // values of settings without a field, by name
}

// Auto as a port is one that is free.
const Auto = -1

// Clone returns a copy that shares nothing with c and has no Apply.
func (c *Config) Clone() *Config {
	d := *c
	d.Apply = nil
	d.Bind = slices.Clone(c.Bind)
	d.Users, d.Renames = slices.Clone(c.Users), slices.Clone(c.Renames)
	d.LatencyPercentiles = slices.Clone(c.LatencyPercentiles)
	d.kept = maps.Clone(c.kept)
	return &d
}

// New returns Redis's defaults.
func New() *Config {
	c := &Config{kept: make(map[string]string, len(kept))}
	for i := range settings {
		settings[i].put(c, settings[i].initial)
	}
	return c
}

// Access says who may use something dangerous: no (nobody), yes (everybody), or
// local (clients on the same machine).
type Access string

// The values of an Access.
const (
	AccessNo    Access = "no"
	AccessYes   Access = "yes"
	AccessLocal Access = "local"
)

// Allows reports whether a client may use it. local means that the client is on
// this machine.
func (a Access) Allows(local bool) bool {
	return a == AccessYes || a == AccessLocal && local
}

// SavePoint asks for an RDB file when so many seconds have passed and so many changes were made since the
// last one.
type SavePoint struct{ Seconds, Changes int64 }

// Class is a class of clients in client-output-buffer-limit.
type Class int

// The classes of clients.
const (
	ClassNormal Class = iota
	ClassReplica
	ClassPubSub
)

// OutputLimit is how much output may wait for a client: never more than Hard bytes,
// and not more than Soft bytes for longer than SoftTime. 0 bytes means no limit.
type OutputLimit struct {
	Hard, Soft int64
	SoftTime   time.Duration
}

// OutputLimit returns the limit of a class of clients.
func (c *Config) OutputLimit(class Class) OutputLimit { return c.OutputLimits[class] }

// Ignored lists what the settings ask for and tattle does not do, one sentence
// each, for the log at startup.
func (c *Config) Ignored() []string {
	var told []string
	for _, w := range inVain {
		if value := settingByName[w.name].text(c); !strings.EqualFold(value, w.harmless) {
			told = append(told, w.name+" "+value+": "+w.why)
		}
	}
	return told
}

// inVain are the settings that make somebody rely on what tattle does not do.
var inVain = []struct{ name, harmless, why string }{
	{"appendonly", "no", "nothing is written to disk"},
	{"replicaof", "", "tattle does not replicate"},
	{"cluster-enabled", "no", "tattle is no cluster node"},
	{"min-replicas-to-write", "0", "there are no replicas, and writes are accepted all the same"},
	{"supervised", "no", "no supervisor is notified"},
	{"syslog-enabled", "no", "the log goes to logfile or standard output"},
}
