package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// withoutName returns the arguments without the name of a program in front: a container is run
// with that or without.
func withoutName(args []string) []string {
	if len(args) > 0 && (args[0] == "redis-server" || args[0] == "tattle") {
		return args[1:]
	}
	return args
}

// answer handles the arguments that do not start a server, and reports whether
// there were any.
func answer(args []string, stdout, stderr io.Writer) (code int, done bool) {
	for _, arg := range args {
		if arg == "--sentinel" {
			fmt.Fprintln(stderr, "tattle has no sentinel mode")
			return 1, true
		}
	}
	if len(args) == 0 {
		return 0, false
	}
	switch args[0] {
	case "-v", "--version":
		fmt.Fprintln(stdout, versionLine())
	case "-h", "--help":
		fmt.Fprint(stdout, usage)
	case "--check-system", "--test-memory":
		fmt.Fprintf(stderr, "tattle has no %s: there is nothing in the system that it depends on\n", args[0])
		return 1, true
	default:
		return 0, false
	}
	return 0, true
}

// versionLine has the form of redis-server's. Its v= is the version of Redis that
// clients will find; tattle's own version is the build.
func versionLine() string {
	return fmt.Sprintf("Redis server v=%s sha=00000000:0 malloc=go bits=%d build=tattle-%s",
		server.RedisVersion, strconv.IntSize, server.Version)
}

const usage = `tattle speaks Redis ` + server.RedisVersion + ` and keeps everything in memory. It is made for client-side
caching: it knows which client holds which key, and shows it.

Usage: tattle [/path/to/redis.conf] [--setting value ...] [-]

  tattle                                     port 6379, all defaults
  tattle --port 7000 --maxmemory 100mb       settings, as in redis.conf
  tattle --port auto                         a free port; the line "tattle-ready" tells which
  tattle --port 0 --unixsocket /tmp/t.sock   port 0: no TCP at all, a Unix socket only
  tattle redis.conf --loglevel verbose       a file; what follows it wins
  echo 'maxclients 50' | tattle -            a file from standard input
  tattle lab                                 experiments with client tracking, to play through

Settings of tattle's own:

  --port auto, --tls-port auto   a free port
  --address-file PATH            write there where the server listens, as JSON
  --inspect [ADDRESS]            a page that shows what happens, at ` + config.DefaultInspect + `
  --inspect-read-only            the page changes nothing
  --exit-with-parent             end when the process that started tattle has ended
  --enable-tattle-command yes|no|local   who may call TATTLE; local: clients on this machine, unless it is set
  --tracking-bcast-permissions yes   BCAST tells a client only of keys that its user may read

  -v, --version   the version, in the form of redis-server's
  -h, --help      this text

Every setting of Redis ` + server.RedisVersion + ` is accepted. Those that need an append-only file, replicas or a
cluster do nothing; docs/settings.md of the source lists them.
`

// greet tells people who look at the output where the server is, what to try, and how to stop
// it. Programs read the lines before it.
func greet(cfg *config.Config, where address, addr net.Addr, w io.Writer) {
	cli := cliOf(cfg, where)
	disk := "SAVE and BGSAVE write it to disk, nothing else does"
	if len(cfg.SavePoints) > 0 {
		disk = "It is saved to " + filepath.Join(cfg.Dir, cfg.DBFilename)
	}
	page := ""
	if where.Inspect != "" {
		page = "  See it happen in a browser:\n    " + where.Inspect + "\n"
	}
	fmt.Fprintf(w, `
  tattle %s is at %s and keeps its data in memory. %s.
  Watch client tracking work:
    %s -3
    > CLIENT TRACKING ON
    > GET greeting
  and from another terminal: %s SET greeting hello
  The first one is told that its copy is no longer good; redis-cli may show that with
  its next command only.
%s  Ctrl-C stops tattle, and so does SHUTDOWN.

`, server.Version, addr, disk, cli, cli, page)
}

// cliOf returns how to call redis-cli.
func cliOf(cfg *config.Config, where address) string {
	cli := "redis-cli"
	if where.Host != "" && where.Host != "127.0.0.1" {
		cli += " -h " + where.Host
	}
	switch {
	case where.Port != 0:
		cli += " -p " + strconv.Itoa(where.Port)
	case where.TLSPort != 0:
		cli += " -p " + strconv.Itoa(where.TLSPort) + tlsOptions(cfg)
	default:
		cli += " -s " + where.UnixSocket
	}
	if cfg.RequirePass != "" {
		cli += " --askpass"
	}
	return cli
}

// tlsOptions returns the options of redis-cli for TLS. Without an authority in the settings
// the server's certificate may have signed itself.
func tlsOptions(cfg *config.Config) string {
	options := " --tls --cacert " + cmp.Or(cfg.TLSCACertFile, cfg.TLSCertFile)
	if cfg.TLSCACertDir != "" {
		options = " --tls --cacertdir " + cfg.TLSCACertDir
	}
	if cfg.TLSAuthClients == "yes" {
		options += " --cert CLIENT.crt --key CLIENT.key"
	}
	return options
}
