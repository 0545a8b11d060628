// Command reference runs a real server in the foreground, on a port of the loopback
// interface, until it is interrupted. Package reference says where it comes from.
//
//	go run ./integration/cmd/reference [redis8|redis7|valkey8] [-- argument...]
//
// The arguments go to the server, as to redis-server; --port 6380 chooses the port.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/integration/reference"
)

const defaultPort = "6379"

const help = `usage: reference [redis8|redis7|valkey8] [-- argument...]

It runs a real server (redis8 if none is named) in the foreground, on port ` + defaultPort + ` of the loopback
interface, until it is interrupted. The first time it downloads Debian's package; nothing is
installed. What follows -- goes to the server, after the settings that keep it from writing
to disk and allow DEBUG:

  go run ./integration/cmd/reference
  go run ./integration/cmd/reference valkey8 -- --port 7000 --loglevel verbose
`

func main() {
	if len(os.Args) == 2 && slices.Contains([]string{"--help", "-help", "-h"}, os.Args[1]) {
		fmt.Print(help)
		return
	}
	version, args, err := parse(os.Args[1:])
	if err == nil {
		err = run(version, args)
	}
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended): // the server has said why
		os.Exit(max(1, ended.ExitCode()))
	case err != nil:
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

// parse reads the command line: a version and, after --, the arguments of the server.
func parse(words []string) (reference.Version, []string, error) {
	v := reference.Redis8
	if len(words) > 0 && words[0] != "--" {
		var ok bool
		if v, ok = reference.Named(words[0]); !ok {
			return v, nil, fmt.Errorf("there is no %q; the servers are %s", words[0], names())
		}
		words = words[1:]
	}
	if len(words) > 0 && words[0] != "--" {
		return v, nil, fmt.Errorf("what is %q? The server's own arguments stand after --", words[0])
	}
	return v, words[min(1, len(words)):], nil
}

func names() string {
	var list []string
	for _, v := range reference.All() {
		list = append(list, v.Name)
	}
	return strings.Join(list, ", ")
}

func run(v reference.Version, args []string) error {
	p, err := reference.Bring(v)
	if err != nil {
		return err
	}
	return p.Foreground(append([]string{"--port", defaultPort}, args...)...)
}
