package config

// effective are the settings that change what tattle does; each has its field
// in [Config].
var effective = []setting{
	// Where clients connect.
	{name: "port", kind: integer(0, 65535), initial: "6379", flags: orAuto, field: number(func(c *Config) *int { return &c.Port })},
	{name: "bind", kind: addresses, initial: "* -::*", flags: manyWords, field: words(func(c *Config) *[]string { return &c.Bind })},
	{name: "unixsocket", kind: anyText, flags: immutable, field: text(func(c *Config) *string { return &c.UnixSocket })},
	{name: "unixsocketperm", kind: octal, initial: "0", flags: immutable, field: octalNumber(func(c *Config) *uint32 { return &c.UnixSocketPerm })},
	{name: "protected-mode", kind: yesNo, initial: "yes", field: toggle(func(c *Config) *bool { return &c.ProtectedMode })},
	{name: "tls-port", kind: integer(0, 65535), initial: "0", flags: orAuto, field: number(func(c *Config) *int { return &c.TLSPort })},
	{name: "tls-cert-file", kind: anyText, field: text(func(c *Config) *string { return &c.TLSCertFile })},
	{name: "tls-key-file", kind: anyText, field: text(func(c *Config) *string { return &c.TLSKeyFile })},
	{name: "tls-ca-cert-file", kind: anyText, field: text(func(c *Config) *string { return &c.TLSCACertFile })},
	{name: "tls-auth-clients", kind: oneOf("no", "yes", "optional"), initial: "yes", field: text(func(c *Config) *string { return &c.TLSAuthClients })},
	{name: "tls-ca-cert-dir", kind: anyText, field: text(func(c *Config) *string { return &c.TLSCACertDir })},
	{name: "tls-protocols", kind: anyText, field: text(func(c *Config) *string { return &c.TLSProtocols })},
	{name: "tls-ciphers", kind: anyText, field: text(func(c *Config) *string { return &c.TLSCiphers })},
	{name: "tls-ciphersuites", kind: anyText, field: text(func(c *Config) *string { return &c.TLSCipherSuites })},
	{name: "tls-session-caching", kind: yesNo, initial: "yes", field: toggle(func(c *Config) *bool { return &c.TLSSessionCaching })},
	{name: "tls-session-cache-timeout", kind: integer(0, maxInt), initial: "300", field: number(func(c *Config) *int { return &c.TLSSessionCacheTimeout })},

	// Connections.
	{name: "timeout", kind: integer(0, maxInt), initial: "0", field: number(func(c *Config) *int { return &c.Timeout })},
	{name: "tcp-keepalive", kind: integer(0, maxInt), initial: "300", field: number(func(c *Config) *int { return &c.TCPKeepAlive })},
	{name: "maxclients", kind: integer(1, maxUint), initial: "10000", field: number(func(c *Config) *int64 { return &c.MaxClients })},

	// Who may do what.
	{name: "requirepass", kind: anyText, field: text(func(c *Config) *string { return &c.RequirePass })},
	{name: "acl-pubsub-default", kind: oneOf("allchannels", "resetchannels"), initial: "resetchannels", field: text(func(c *Config) *string { return &c.ACLPubSubDefault })},
	{name: "acllog-max-len", kind: integer(0, maxLong), initial: "128", field: number(func(c *Config) *int64 { return &c.ACLLogMaxLen })},
	{name: "aclfile", kind: anyText, flags: immutable, field: text(func(c *Config) *string { return &c.ACLFile })},
	{name: "enable-debug-command", kind: oneOf("no", "yes", "local"), initial: "no", flags: immutable, field: text(func(c *Config) *Access { return &c.EnableDebugCommand })},
	{name: "enable-tattle-command", kind: oneOf("no", "yes", "local"), initial: "local", flags: immutable | hidden, field: text(func(c *Config) *Access { return &c.EnableTattleCommand })},
	{name: "enable-protected-configs", kind: oneOf("no", "yes", "local"), initial: "no", flags: immutable, field: text(func(c *Config) *Access { return &c.EnableProtectedConfigs })},

	// The server itself.
	{name: "databases", kind: integer(1, maxInt), initial: "16", flags: immutable, field: number(func(c *Config) *int { return &c.Databases })},
	{name: "dir", kind: directory, flags: protected, field: dirField},
	{name: "dbfilename", kind: fileName("dbfilename", true), initial: "dump.rdb", flags: protected, field: text(func(c *Config) *string { return &c.DBFilename })},
	{name: "rdbchecksum", kind: yesNo, initial: "yes", flags: immutable, field: toggle(func(c *Config) *bool { return &c.Limits.RDBChecksum })},
	{name: "rdbcompression", kind: yesNo, initial: "yes", field: toggle(func(c *Config) *bool { return &c.Limits.RDBCompression })},
	{name: "stop-writes-on-bgsave-error", kind: yesNo, initial: "yes", field: toggle(func(c *Config) *bool { return &c.StopWritesOnSaveError })},
	{name: "save", kind: savePoints, flags: manyWords, field: savePointsField},
	{name: "daemonize", kind: yesNo, initial: "no", flags: immutable, field: toggle(func(c *Config) *bool { return &c.Daemonize })},
	{name: "exit-with-parent", kind: yesNo, initial: "no", flags: immutable | hidden, field: toggle(func(c *Config) *bool { return &c.ExitWithParent })},
	{name: "address-file", kind: anyText, flags: immutable | hidden, field: text(func(c *Config) *string { return &c.AddressFile })},
	{name: "inspect", kind: pageAddress, flags: immutable | hidden, field: text(func(c *Config) *string { return &c.Inspect })},
	{name: "inspect-read-only", kind: yesNo, initial: "no", flags: immutable | hidden, field: toggle(func(c *Config) *bool { return &c.InspectReadOnly })},
	{name: "pidfile", kind: anyText, flags: immutable, field: text(func(c *Config) *string { return &c.PIDFile })},
	{name: "logfile", kind: anyText, flags: immutable, field: text(func(c *Config) *string { return &c.LogFile })},
	{name: "loglevel", kind: oneOf("debug", "verbose", "notice", "warning", "nothing"), initial: "notice", field: text(func(c *Config) *string { return &c.LogLevel })},
	{name: "hz", kind: clamped(integer(0, maxInt), 1, 500), initial: "10", field: number(func(c *Config) *int { return &c.Hz })},
	{name: "active-expire-effort", kind: integer(1, 10), initial: "1", field: number(func(c *Config) *int { return &c.ActiveExpireEffort })},

	// Memory and eviction.
	{name: "maxmemory", kind: memory(0, maxULong), initial: "0", field: number(func(c *Config) *uint64 { return &c.MaxMemory })},
	{name: "maxmemory-policy", kind: oneOf("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"), initial: "noeviction", field: policyField},
	{name: "maxmemory-samples", kind: integer(1, 64), initial: "5", field: number(func(c *Config) *int { return &c.MaxMemorySamples })},
	{name: "maxmemory-clients", kind: memoryOrPercent, initial: "0", field: memoryOrPercentField},
	{name: "lfu-log-factor", kind: integer(0, maxInt), initial: "10", field: number(func(c *Config) *int64 { return &c.LFU.LogFactor })},
	{name: "lfu-decay-time", kind: integer(0, maxInt), initial: "1", field: number(func(c *Config) *int64 { return &c.LFU.DecayTime })},
	{name: "lazyfree-lazy-eviction", kind: yesNo, initial: "no", field: toggle(func(c *Config) *bool { return &c.LazyFree.Eviction })},
	{name: "lazyfree-lazy-expire", kind: yesNo, initial: "no", field: toggle(func(c *Config) *bool { return &c.LazyFree.Expire })},
	{name: "lazyfree-lazy-server-del", kind: yesNo, initial: "no", field: toggle(func(c *Config) *bool { return &c.LazyFree.ServerDel })},
	{name: "lazyfree-lazy-user-del", kind: yesNo, initial: "no", field: toggle(func(c *Config) *bool { return &c.LazyFree.UserDel })},
	{name: "lazyfree-lazy-user-flush", kind: yesNo, initial: "no", field: toggle(func(c *Config) *bool { return &c.LazyFlush })},

	// The limits of one client.
	{name: "client-output-buffer-limit", kind: outputLimits, initial: initialOutputLimits, flags: manyWords, field: limitsField},
	{name: "client-query-buffer-limit", kind: memory(1048576, maxLong), initial: "1073741824", field: number(func(c *Config) *int64 { return &c.QueryBufferLimit })},
	{name: "proto-max-bulk-len", kind: memory(1048576, maxLong), initial: "536870912", field: number(func(c *Config) *int64 { return &c.Limits.StringMax })},

	// What clients are told.
	{name: "notify-keyspace-events", kind: events, field: eventsField},
	{name: "tracking-bcast-permissions", kind: yesNo, initial: "no", flags: hidden, field: toggle(func(c *Config) *bool { return &c.TrackingBCastPermissions })},
	{name: "tracking-table-max-keys", kind: integer(0, maxLong), initial: "1000000", field: number(func(c *Config) *int64 { return &c.TrackingTableMaxKeys })},

	// Observation.
	{name: "busy-reply-threshold", alias: "lua-time-limit", kind: integer(0, maxLong), initial: "5000", field: number(func(c *Config) *int64 { return &c.BusyReplyThreshold })},
	{name: "slowlog-log-slower-than", kind: integer(-1, maxLong), initial: "10000", field: number(func(c *Config) *int64 { return &c.SlowlogLogSlowerThan })},
	{name: "slowlog-max-len", kind: integer(0, maxLong), initial: "128", field: number(func(c *Config) *int64 { return &c.SlowlogMaxLen })},
	{name: "journal", kind: yesNo, initial: "no", flags: hidden, field: toggle(func(c *Config) *bool { return &c.Journal })},
	{name: "journal-max-bytes", kind: memory(0, maxInt), initial: "16777216", flags: hidden, field: number(func(c *Config) *int64 { return &c.JournalMaxBytes })},
	{name: "latency-monitor-threshold", kind: integer(0, maxLong), initial: "0", field: number(func(c *Config) *int64 { return &c.LatencyMonitorThreshold })},
	{name: "latency-tracking", kind: yesNo, initial: "yes", field: toggle(func(c *Config) *bool { return &c.LatencyTracking })},
	{name: "latency-tracking-info-percentiles", kind: percentiles, initial: "50 99 99.9", flags: manyWords, field: floats(func(c *Config) *[]float64 { return &c.LatencyPercentiles })},

	// Encodings of values, as OBJECT ENCODING and PFDEBUG ENCODING name them.
	{name: "hash-max-listpack-entries", alias: "hash-max-ziplist-entries", kind: integer(0, maxLong), initial: "512", field: number(func(c *Config) *int64 { return &c.Limits.HashListpackEntries })},
	{name: "hash-max-listpack-value", alias: "hash-max-ziplist-value", kind: memory(0, maxLong), initial: "64", field: number(func(c *Config) *int64 { return &c.Limits.HashListpackValue })},
	{name: "hll-sparse-max-bytes", kind: memory(0, maxLong), initial: "3000", field: number(func(c *Config) *int64 { return &c.Limits.HLLSparseMaxBytes })},
	{name: "list-compress-depth", kind: integer(0, maxInt), initial: "0", field: number(func(c *Config) *int64 { return &c.ListCompressDepth })},
	{name: "list-max-listpack-size", alias: "list-max-ziplist-size", kind: integer(minInt, maxInt), initial: "-2", field: number(func(c *Config) *int64 { return &c.Limits.ListListpackSize })},
	{name: "set-max-intset-entries", kind: integer(0, maxLong), initial: "512", field: number(func(c *Config) *int64 { return &c.Limits.SetIntsetEntries })},
	{name: "set-max-listpack-entries", kind: integer(0, maxLong), initial: "128", field: number(func(c *Config) *int64 { return &c.Limits.SetListpackEntries })},
	{name: "set-max-listpack-value", kind: integer(0, maxLong), initial: "64", field: number(func(c *Config) *int64 { return &c.Limits.SetListpackValue })},
	{name: "stream-node-max-bytes", kind: memory(0, maxLong), initial: "4096", field: number(func(c *Config) *int64 { return &c.Limits.StreamNodeBytes })},
	{name: "stream-node-max-entries", kind: integer(0, maxLong), initial: "100", field: number(func(c *Config) *int64 { return &c.Limits.StreamNodeEntries })},
	{name: "zset-max-listpack-entries", alias: "zset-max-ziplist-entries", kind: integer(0, maxLong), initial: "128", field: number(func(c *Config) *int64 { return &c.Limits.ZSetListpackEntries })},
	{name: "zset-max-listpack-value", alias: "zset-max-ziplist-value", kind: memory(0, maxLong), initial: "64", field: number(func(c *Config) *int64 { return &c.Limits.ZSetListpackValue })},
}
