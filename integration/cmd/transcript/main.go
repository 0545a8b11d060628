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
	"fmt"
	"os"
	"strings"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/internal/transcript"
)

const usage = "usage: transcript FILE... --against HOST:PORT|redis8|redis7|valkey8"

func main() {
	if err := run(os.Args[1:]); err != nil {
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
		return fmt.Errorf("%d of %d are not as written", failed, len(scripts))
	}
	return nil
}

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
