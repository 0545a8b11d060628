package tattle

// words are the subcommands in the order of HELP: first those that look, then those that hold the
// server still, disturb clients, and keep what happened.
func words() []word {
	return []word{
		{"TABLE", 0, -1, "[PREFIX <prefix>] [CURSOR <key>] [COUNT <count>]", []string{
			"Return keys of the tracking table in byte order, with their holders; those that",
			"have disconnected are repeated in 'gone'. 'cursor' is where the next page begins."}, table},
		{"TREE", 0, -1, "[PATH <path>]", []string{
			"Return the node of the tracking table below which all keys begin with a path,",
			"and its children."}, tree},
		{"PREFIXES", 0, 0, "", []string{
			"Return the prefixes of clients in BCAST mode, and the keys below them that have",
			"changed in this cycle."}, prefixes},
		{"CLIENTS", 0, 0, "", []string{
			"Return the clients: how they track, and what a test does to them."}, clients},
		{"EXPLAIN", 1, 3, "<key> [BY <client-id>]", []string{
			"Tell for each client whether it would be told if the key changed now, on which",
			"way, and if not, why not. The change is somebody else's, or that client's."}, explain},
		{"WHY", 2, 2, "<client-id> <key>", []string{
			"Tell what has happened between a client and a key, and how the two stand."}, why},
		{"EVENTS", 0, -1, "[SINCE <id>] [KEY <pattern>] [CLIENT <id-or-name>] [KIND <kind> ...] [NOT-SENT] [COUNT <count>]", []string{
			"Return what has happened: the last events, or the first after one.",
			"The ends of cycles are left out, unless KIND cycle-ended asks for them."}, events},
		{"FOLLOW", 0, -1, "[STOP] [KEY <pattern>] [CLIENT <id-or-name>] [KIND <kind> ...] [NOT-SENT]", []string{
			"Send this connection what happens from now on: RESP3 pushes 'tattle-event', on",
			"RESP2 messages on the channel __tattle__:event."}, follow},
		{"STATS", 0, 0, "", []string{
			"Return the counters of tracking, and the state of journal, loop and clock."}, stats},

		{"LOOP", 1, 2, "PAUSE|STEP [<client-id>]|ENDCYCLE|RESUME", []string{
			"Stop the loop; run what one client, or the first in line, has sent; write what",
			"that has caused; let the loop run by itself."}, loop},
		{"CLOCK", 1, 2, "STOP|ADVANCE <milliseconds>|RUN", []string{
			"Stop the clock; move it on; let it run by itself."}, clock},

		{"HOLD", 1, 1, "<client-id>", []string{
			"Withhold the invalidations for a client."}, hold},
		{"RELEASE", 1, 3, "<client-id> [COUNT <count>|ID <event-id>]", []string{
			"Send what is withheld, and withhold no more. With COUNT send the first of it, or",
			"with ID one, and go on withholding."}, release},
		{"REORDER", 1, 1, "<client-id>", []string{
			"Send what is withheld in reverse order, and withhold no more."}, reorder},
		{"DROP", 1, 3, "<client-id> [<count>|ID <event-id>]", []string{
			"Drop the next invalidation for a client, or the next <count>; -1 drops all,",
			"0 no more. With ID drop one that is withheld."}, drop},
		{"DELAY", 2, 2, "<client-id> <milliseconds>", []string{
			"Send the invalidations for a client later; 0 ends that."}, delay},
		{"DUPLICATE", 1, 2, "<client-id> [ON|OFF]", []string{
			"Send the invalidations for a client twice."}, duplicate},
		{"STALL", 1, 3, "<client-id> [READS|WRITES] [ON|OFF]", []string{
			"Write nothing to a client, or run nothing that it sends."}, stall},
		{"CUT", 1, 1, "<client-id>", []string{
			"End a client's connection in place of its next invalidation."}, cut},
		{"ERROR", 1, -1, "<text> [FOR <command>] [TIMES <count>]", []string{
			"Make commands fail with an error; without FOR, all. An empty text ends that.",
			"FOR may stand several times; a subcommand is written CLIENT|TRACKING."}, injectError},
		{"BREAKREDIRECT", 1, 1, "<client-id>", []string{
			"Let the target of a client's redirection count as gone."}, breakRedirect},
		{"EVICT", 1, 1, "<key>", []string{
			"Take a key out of the tracking table, as its limit does. Return 1 if it was there."}, evict},
		{"PUSH", 2, -1, "<client-id> [NOW|BEFORE|INSIDE] <value>", []string{
			"Send a client any frame: now, before its next reply, or inside that.",
			"Values are as in transcripts: >invalidate [k] or bytes \"$-1\\r\\n\"."}, push},
		{"AS", 2, -1, "<client-id> <command> [<arg> ...]", []string{
			"Run a command as a client. The reply comes here, its pushes go their way."}, as},

		{"RECORD", 1, 3, "START|STOP|DUMP [FORMAT <format>]", []string{
			"Record what happens; end that; return it as text."}, record},
		{"RESET", 0, 0, "", []string{
			"End all disturbances and the recording; let loop and clock run."}, reset},
	}
}
