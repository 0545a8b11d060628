package server

import (
	"runtime/debug"
	"strings"
)

// RedisVersion is the Redis that a server behaves as.
const RedisVersion = "8.0.2"

// Version is tattle's own version. A build of a release knows it, by the linker's
// -X github.com/tattle-server/tattle/server.release=1.2.3 or by the module that was installed or
// imported; one of a clone has the version that Go makes of the commit, or is "devel".
var Version = version()

// release is set by the linker.
var release string

const modulePath = "github.com/tattle-server/tattle"

func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if v, released := strings.CutPrefix(m.Version, "v"); released && m.Path == modulePath {
			return v
		}
	}
	return "devel"
}
