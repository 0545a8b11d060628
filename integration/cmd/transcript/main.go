// Command transcript plays written conversations on a server, and reports where the server
// replies something else. Package transcript describes the format; the files in
// server/rules are examples, one for each rule of client tracking.
//
//	go run ./integration/cmd/transcript FILE... --against HOST:PORT
//	go run ./integration/cmd/transcript FILE... --against redis8
//
// In the second form it downloads and starts the real server of that name (redis8, redis7,
// valkey8). A server given by its address loses all its keys and some of its settings. The
// exit status is 0 only if the server did what every file says.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
)

const usage = "usage: transcript FILE... --against HOST:PORT|redis8|redis7|valkey8"

const help = usage + `

It plays the pages in the files on a server, and prints where the server replies something
else than the page says. The exit status is 0 if every page is as written.

  go run ./integration/cmd/transcript server/rules/*.txt --against redis8
  go run ./integration/cmd/transcript server/rules/*.txt --against 127.0.0.1:6379

redis8, redis7 and valkey8 are real servers, which are downloaded and started. A server given
by its address LOSES ALL ITS KEYS and some of its settings. Some pages use DEBUG, for which it
must have been started with these settings; servers that are downloaded have them:

  ` + debugSetting + `
`

// debugSetting is what a server must be started with.
const debugSetting = "--enable-debug-command yes"

func main() {
	err := run(os.Args[1:])
	if errors.Is(err, errHelp) {
		fmt.Print(help)
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "transcript:", err)
		os.Exit(1)
	}
}

func run(words []string) error {
	files, target, err := parse(words)
	if err != nil {
		return err
	}
	scripts := make([]*transcript.Script, len(files))
	for i, file := range files { // all are read before anything is played
		if scripts[i], err = transcript.Load(file); err != nil {
			return err
		}
	}
	addr, stop, err := reach(target)
	if err != nil {
		return err
	}
	defer stop()
	failed := 0
	for _, s := range scripts {
		if err := s.Run(addr); err != nil {
			fmt.Println(err)
			failed++
			continue
		}
		fmt.Printf("%s: as written\n", s.Name)
	}
	if failed > 0 {
		warn(addr)
		return fmt.Errorf("%d of %d are not as written", failed, len(scripts))
	}
	return nil
}

// warn says so if the server refuses what some pages need.
func warn(addr string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(askLimit))
	conn.Write(resp.AppendCommand(nil, "CONFIG", "GET", "enable-debug-command"))
	got, err := resp.NewReader(conn).Read()
	if pair, ok := got.([]any); err == nil && ok && len(pair) == 2 && pair[1] == "no" {
		fmt.Printf("The server refuses DEBUG, which some pages use. Start it with %s.\n", debugSetting)
	}
}

// askLimit is how long to wait for a reply about the settings.
const askLimit = 5 * time.Second

// errHelp asks for the help text.
var errHelp = errors.New("help")

// parse reads the command line. --against may be anywhere in it.
func parse(words []string) (files []string, target string, err error) {
	for i := 0; i < len(words); i++ {
		value, joined := strings.CutPrefix(words[i], "--against=")
		switch {
		case joined:
			target = value
		case words[i] == "--against" && i+1 < len(words):
			i++
			target = words[i]
		case words[i] == "--help", words[i] == "-help", words[i] == "-h":
			return nil, "", errHelp
		case strings.HasPrefix(words[i], "-"):
			return nil, "", fmt.Errorf("what is %s? %s", words[i], usage)
		default:
			files = append(files, words[i])
		}
	}
	if len(files) == 0 || target == "" {
		return nil, "", fmt.Errorf("%s", usage)
	}
	return files, target, nil
}

// reach returns the address of the server that --against names.
func reach(target string) (addr string, stop func(), err error) {
	v, ok := reference.Named(target)
	if !ok {
		return target, func() {}, nil
	}
	p, err := reference.Bring(v)
	if err != nil {
		return "", nil, err
	}
	s, err := p.Run()
	if err != nil {
		return "", nil, err
	}
	return s.Addr, s.Close, nil
}
