package server

import (
	"slices"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file answers the commands of replication, cluster, modules and the append-only file
// as a Redis does that stands alone and uses none of these.

const (
	errNoCluster   = resp.Error("ERR This instance has cluster support disabled")
	errModules     = resp.Error("ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
	errReplication = resp.Error("ERR replication is not supported, only REPLICAOF NO ONE")
)

// refuse answers with an error.
func refuse(err resp.Error) handler {
	return func(*Server, *client, *command.Call) error { return err }
}

func runReplicaOf(_ *Server, _ *client, call *command.Call) error {
	if command.Is(call.Args[1], "no") && command.Is(call.Args[2], "one") {
		call.Out.OK()
		return nil
	}
	if port, ok := command.ParseInt(call.Args[2]); !ok || port < 0 || port > 65535 {
		return resp.Error("ERR Invalid master port")
	}
	return errReplication
}

// replicaOptions are the options of REPLCONF, which replicas send.
var replicaOptions = []string{"listening-port", "ip-address", "capa", "rdb-only", "rdb-filter-only"}

func runReplConf(_ *Server, _ *client, call *command.Call) error {
	if len(call.Args)%2 == 0 {
		return resp.ErrSyntax
	}
	for i := 1; i < len(call.Args); i += 2 {
		if !slices.ContainsFunc(replicaOptions, func(o string) bool { return command.Is(call.Args[i], o) }) {
			return resp.Errorf("ERR Unrecognized REPLCONF option: %s", call.Args[i])
		}
	}
	call.Out.OK()
	return nil
}

// runFailover is FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds].
func runFailover(_ *Server, _ *client, call *command.Call) error {
	for args := call.Args[1:]; len(args) > 0; {
		n := 1
		switch word := args[0]; {
		case command.Is(word, "abort") && len(call.Args) == 2:
			return resp.Error("ERR No failover in progress.")
		case command.Is(word, "to") && len(args) >= 3:
			n = 3
		case command.Is(word, "timeout") && len(args) >= 2:
			n = 2
		case !command.Is(word, "force"):
			return resp.ErrSyntax
		}
		args = args[n:]
	}
	return resp.Error("ERR FAILOVER requires connected replicas.")
}

// runWait waits for replicas. There are none, so it waits until its time is up if it is
// asked for more than 0.
func runWait(_ *Server, _ *client, call *command.Call) error {
	return waitInVain(call, call.Args[1], call.Args[2], func(w *resp.Writer) { w.Int(0) })
}

// waitInVain answers at once if no replica is asked for, or else when the time is up.
func waitInVain(call *command.Call, replicas, timeout []byte, answer func(*resp.Writer)) error {
	n, err := command.Int(replicas)
	if err != nil {
		return err
	}
	ms, ok := command.ParseInt(timeout)
	switch {
	case !ok:
		return resp.Error("ERR timeout is not an integer or out of range")
	case ms < 0:
		return resp.ErrTimeoutNeg
	case n <= 0:
		answer(call.Out)
		return nil
	}
	return call.Block(command.Block{Timeout: ms, OnTimeout: answer})
}

// runWaitAOF is WAITAOF numlocal numreplicas timeout. Nothing is written to a file and
// nothing replicates, so it waits until its time is up if it is to wait for either.
func runWaitAOF(_ *Server, _ *client, call *command.Call) error {
	local, err := command.Int(call.Args[1])
	if err != nil {
		return err
	}
	if local < 0 || local > 1 {
		return resp.Error("ERR value is out of range, value must between 0 and 1")
	}
	if n, ok := command.ParseInt(call.Args[2]); ok && n < 0 {
		return resp.Error("ERR value is out of range, must be positive")
	}
	if local > 0 {
		return resp.Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
	}
	return waitInVain(call, call.Args[2], call.Args[3], func(w *resp.Writer) {
		w.Array(2)
		w.Int(0)
		w.Int(0)
	})
}

func runBGRewriteAOF(_ *Server, _ *client, call *command.Call) error {
	call.Out.Simple("Background append only file rewriting started")
	return nil
}

// runMigrate is MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH ...] [KEYS key ...].
// tattle opens no connections to other servers: where there is something to send, it answers as
// if the other server could not be reached.
func runMigrate(_ *Server, _ *client, call *command.Call) error {
	names := call.Args[3:4]
	for args := call.Args[6:]; len(args) > 0; {
		n := 1
		switch word := args[0]; {
		case command.Is(word, "keys"):
			if len(call.Args[3]) > 0 {
				return resp.Error("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")
			}
			names, n = args[1:], len(args)
		case command.Is(word, "auth") && len(args) >= 2:
			n = 2
		case command.Is(word, "auth2") && len(args) >= 3:
			n = 3
		case !command.Is(word, "copy") && !command.Is(word, "replace"):
			return resp.ErrSyntax
		}
		args = args[n:]
	}
	for _, word := range [][]byte{call.Args[5], call.Args[4]} {
		if _, err := command.Int(word); err != nil {
			return err
		}
	}
	for _, name := range names {
		if call.DB.LookupRead(name) != nil {
			return resp.Error("IOERR error or timeout connecting to the client")
		}
	}
	call.Out.Simple("NOKEY")
	return nil
}

// migrateKeys is the GetKeys of MIGRATE: its key, or if that is empty those behind KEYS. The
// key specs cannot tell a password from the word KEYS. With a key and KEYS there are none.
func migrateKeys(args [][]byte) ([]command.KeyRef, error) {
	const flags = command.RW | command.Access | command.Delete
	at := keysWord(args)
	if at < 0 {
		return []command.KeyRef{{Pos: 3, Flags: flags}}, nil
	}
	if len(args[3]) > 0 {
		return nil, nil
	}
	var refs []command.KeyRef
	for pos := at + 1; pos < len(args); pos++ {
		refs = append(refs, command.KeyRef{Pos: pos, Flags: flags})
	}
	return refs, nil
}

// keysWord returns where KEYS is in MIGRATE, or -1. KEYS as the last word counts only if there
// is another one before, wherever that is, as in Redis.
func keysWord(args [][]byte) int {
	last := len(args) - 1
	for i := 6; i <= last; i++ {
		switch word := args[i]; {
		case command.Is(word, "keys") && (i < last || hasKeys(args[2:last])):
			return i
		case command.Is(word, "auth"):
			i++
		case command.Is(word, "auth2"):
			i += 2
		}
	}
	return -1
}

func hasKeys(words [][]byte) bool {
	return slices.ContainsFunc(words, func(w []byte) bool { return command.Is(w, "keys") })
}

// inCluster makes the row of a command for the nodes of a cluster.
func inCluster(name string, arity int, since string, flags command.Flags, tips ...string) command.Row {
	return cmd(name, arity, since, flags, refuse(errNoCluster), "Is for the nodes of a cluster", tips...)
}

// What the subcommands of CLUSTER have in common: those that change a node, and all.
const (
	ofNode  = command.Stale
	setNode = command.Admin | command.Stale | command.NoAsyncLoading
)

var clusterRows = command.Group(command.Row{Group: "cluster"}, []command.Row{
	withCategories(command.CatConnection, inCluster("asking", 1, "3.0.0", command.Fast)),
	withCategories(command.CatConnection, inCluster("readonly", 1, "3.0.0", anytime|command.Fast)),
	withCategories(command.CatConnection, inCluster("readwrite", 1, "3.0.0", anytime|command.Fast)),
	command.Container("cluster", "3.0.0", "Is for the nodes of a cluster",
		inCluster("addslots", -3, "3.0.0", setNode),
		inCluster("addslotsrange", -4, "7.0.0", setNode),
		inCluster("bumpepoch", 2, "3.0.0", setNode, command.Nondeterministic...),
		inCluster("count-failure-reports", 3, "3.0.0", command.Admin|ofNode, command.Nondeterministic...),
		inCluster("countkeysinslot", 3, "3.0.0", ofNode),
		inCluster("delslots", -3, "3.0.0", setNode),
		inCluster("delslotsrange", -4, "7.0.0", setNode),
		inCluster("failover", -2, "3.0.0", setNode),
		inCluster("flushslots", 2, "3.0.0", setNode),
		inCluster("forget", 3, "3.0.0", setNode),
		inCluster("getkeysinslot", 4, "3.0.0", ofNode, command.Nondeterministic...),
		inCluster("help", 2, "5.0.0", anytime),
		inCluster("info", 2, "3.0.0", ofNode, command.Nondeterministic...),
		inCluster("keyslot", 3, "3.0.0", ofNode),
		inCluster("links", 2, "7.0.0", ofNode, command.Nondeterministic...),
		inCluster("meet", -4, "3.0.0", setNode),
		inCluster("myid", 2, "3.0.0", ofNode),
		inCluster("myshardid", 2, "7.2.0", ofNode, command.Nondeterministic...),
		inCluster("nodes", 2, "3.0.0", ofNode, command.Nondeterministic...),
		inCluster("replicas", 3, "5.0.0", command.Admin|ofNode, command.Nondeterministic...),
		inCluster("replicate", 3, "3.0.0", setNode),
		inCluster("reset", -2, "3.0.0", command.Admin|command.NoScript|ofNode),
		inCluster("saveconfig", 2, "3.0.0", setNode),
		inCluster("set-config-epoch", 3, "3.0.0", setNode),
		inCluster("setslot", -4, "3.0.0", setNode),
		inCluster("shards", 2, "7.0.0", anytime, command.Nondeterministic...),
		inCluster("slaves", 3, "3.0.0", command.Admin|ofNode, command.Nondeterministic...),
		inCluster("slots", 2, "3.0.0", anytime, command.Nondeterministic...),
	),
})

func withCategories(c command.Category, r command.Row) command.Row {
	r.Categories = c
	return r
}

// administration are the flags that the commands of administration share here.
const administration = command.Admin | command.NoScript

// What replicas send.
const fromReplica = administration | command.NoAsyncLoading | command.NoMulti

var replicationRows = command.Group(command.Row{Group: "server"}, []command.Row{
	cmd("bgrewriteaof", 1, "1.0.0", administration|command.NoAsyncLoading, runBGRewriteAOF, "Rewrites the append-only file, of which there is none"),
	cmd("failover", -1, "6.2.0", administration|command.Stale, runFailover, "Makes a replica the master: there are none"),
	{Name: "migrate", Arity: -6, Group: "generic", Since: "2.6.0", Run: on(runMigrate), Summary: "Moves keys to another server, which is never reached",
		Flags: command.Write, Categories: command.CatKeyspace | command.CatDangerous, Tips: command.Nondeterministic, Secrets: migrateSecrets, GetKeys: migrateKeys,
		Keys: []command.KeySpec{
			command.At(3, command.RW|command.Access|command.Delete),
			{Flags: command.RW | command.Access | command.Delete | command.Incomplete,
				Begin: command.Begin{Keyword: "KEYS", From: -2}, Find: command.Find{LastKey: -1, Step: 1}},
		}},
	cmd("psync", -3, "2.8.0", fromReplica, refuse(errReplication), "Begins replication, which is refused"),
	cmd("replconf", -1, "3.0.0", command.AllowBusy|admin, runReplConf, "Sets options of replication"),
	cmd("replicaof", 3, "5.0.0", administration|command.Stale|command.NoAsyncLoading, runReplicaOf, "Makes the server a replica: only NO ONE is possible"),
	cmd("slaveof", 3, "1.0.0", administration|command.Stale|command.NoAsyncLoading, runReplicaOf, "Is the old name of REPLICAOF"),
	cmd("sync", 1, "1.0.0", fromReplica, refuse(errReplication), "Begins replication, which is refused"),
	{Name: "wait", Arity: 3, Group: "generic", Since: "3.0.0", Run: on(runWait), Summary: "Waits for replicas, of which there are none",
		Flags: command.Blocking, Categories: command.CatConnection, Tips: fewest},
	{Name: "waitaof", Arity: 4, Group: "generic", Since: "7.2.0", Run: on(runWaitAOF), Summary: "Waits until writes are in a file, of which there is none",
		Flags: command.Blocking, Categories: command.CatConnection, Tips: fewest},
})

var fewest = []string{"request_policy:all_shards", "response_policy:agg_min"}

var moduleHelp = command.Help("MODULE",
	"LIST",
	"    List the modules: there are none.",
	"LOAD <path> [<arg> ...]",
	"    Load a module, which is refused.",
	"LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
	"    Load a module with settings, which is refused.",
	"UNLOAD <name>",
	"    Unload a module, which is refused.",
)

const loading = administration | command.NoAsyncLoading | command.LoadsModules

var moduleRow = command.Container("module", "4.0.0", "Describes modules, of which there are none",
	command.HelpRow("5.0.0", moduleHelp),
	cmd("list", 2, "4.0.0", administration, runModuleList, "Lists the modules: none", command.AnyOrder...),
	cmd("load", -3, "4.0.0", loading, refuse(errModules), "Loads a module, which is refused"),
	cmd("loadex", -3, "7.0.0", loading, refuse(errModules), "Loads a module with settings, which is refused"),
	cmd("unload", 3, "4.0.0", loading, refuse(errModules), "Unloads a module, which is refused"),
)
