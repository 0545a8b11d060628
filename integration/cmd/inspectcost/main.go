//go:build linux

// Command inspectcost measures what --inspect costs a server: the processor time of the server for each command,
// without --inspect, with nobody who looks, with a page that reads, with one that does not read, and with one in
// Chromium.
//
//	go run ./integration/cmd/inspectcost                  about 5,000 events a second
//	go run ./integration/cmd/inspectcost --rate 0         as many commands as one connection can send
//	go run ./integration/cmd/inspectcost --chromium chromium
//
// One client reads and writes keys that another one tracks, command by command at a steady rate. So a command makes about
// four events: it begins, it ends, what tracking does, and the end of the cycle. The ways take turns, and the median of the
// rounds counts. It is processor time, which a busy machine changes less than it changes the time on the clock.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tattle-server/tattle/resp"
)

var (
	rate     = flag.Int("rate", 1250, "commands a second; 0 for as many as can be")
	window   = flag.Duration("window", 4*time.Second, "of one measurement")
	rounds   = flag.Int("rounds", 5, "of each way")
	chromium = flag.String("chromium", "", "the program; without it no browser is measured")
)

const usage = `usage: inspectcost [flags]

It measures the processor time of tattle, which it builds, for each command: without --inspect, with nobody who
looks at the page, with a page that reads, with one that does not, and with one in Chromium.

  go run ./integration/cmd/inspectcost --rounds 9
  go run ./integration/cmd/inspectcost --rate 0 --chromium chromium

Flags:
`

func main() {
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "inspectcost:", err)
		os.Exit(1)
	}
}

// ways are what looks at the server meanwhile. Each begins to look and returns what ends that.
var ways = []struct {
	name string
	look func(url string) (func(), error)
}{
	{"without --inspect", nil},
	{"nobody looks", func(string) (func(), error) { return func() {}, nil }},
	{"a page that reads", func(url string) (func(), error) { return readEvents(url, true) }},
	{"a page that does not read", func(url string) (func(), error) { return readEvents(url, false) }},
	{"a page in Chromium", browse},
}

func run() error {
	fmt.Printf("%-28s %14s %14s %14s %14s\n", "", "commands/s", "events/s", "µs/command", "% of a CPU")
	measured := make([][]figures, len(ways))
	for range *rounds {
		for i, way := range ways {
			if way.name == "a page in Chromium" && *chromium == "" {
				continue
			}
			f, err := measure(way.look)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			measured[i] = append(measured[i], f)
		}
	}
	for i, list := range measured {
		if len(list) == 0 {
			continue
		}
		slices.SortFunc(list, func(a, b figures) int { return int(a.cost - b.cost) })
		f := list[len(list)/2]
		cost := f.cost.Seconds()
		fmt.Printf("%-28s %14.0f %14.0f %14.2f %14.2f\n", ways[i].name, f.commands, f.events, cost*1e6, 100*cost*f.commands)
	}
	return nil
}

// measure measures a new server.
func measure(look func(string) (func(), error)) (figures, error) {
	s, err := start(look != nil)
	if err != nil {
		return figures{}, err
	}
	defer s.end()
	if look == nil {
		return s.measure()
	}
	end, err := look(s.Inspect)
	if err != nil {
		return figures{}, err
	}
	defer end()
	return s.measure()
}

// figures are those of one measurement.
type figures struct {
	commands, events float64 // a second
	cost             time.Duration
}

// tattle is the server: a process of its own.
type tattle struct {
	cmd     *exec.Cmd
	dir     string
	Host    string
	Port    int
	Inspect string
}

func start(page bool) (*tattle, error) {
	dir, err := os.MkdirTemp("", "inspectcost")
	if err != nil {
		return nil, err
	}
	s := &tattle{dir: dir}
	program := filepath.Join(dir, "tattle")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/tattle-server/tattle/cmd/tattle").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building tattle: %w: %s", err, out)
	}
	s.cmd = exec.Command(program, "--port", "auto", "--bind", "127.0.0.1", "--exit-with-parent")
	if page {
		s.cmd.Args = append(s.cmd.Args, "--inspect", "auto")
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if object, ok := strings.CutPrefix(lines.Text(), "tattle-ready "); ok {
			go io.Copy(io.Discard, out)
			return s, json.Unmarshal([]byte(object), s)
		}
	}
	return nil, fmt.Errorf("tattle did not start")
}

func (s *tattle) end() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	os.RemoveAll(s.dir)
}

// measure sends commands for a window and returns what they cost the server.
func (s *tattle) measure() (figures, error) {
	tracker, err := s.dial("CLIENT", "TRACKING", "ON")
	if err != nil {
		return figures{}, err
	}
	defer tracker.Close()
	client, err := s.dial()
	if err != nil {
		return figures{}, err
	}
	defer client.Close()
	go io.Copy(io.Discard, tracker)
	reply := make([]byte, 4096)
	send := func(i int) error {
		words := []any{"GET", "key:" + strconv.Itoa(i%1000)}
		if i%4 == 3 {
			words = []any{"SET", "key:" + strconv.Itoa(i/2%1000), "a value of some length"}
		}
		if i%4 == 1 {
			if _, err := tracker.Write(resp.AppendCommand(nil, words...)); err != nil {
				return err
			}
			return nil
		}
		if _, err := client.Write(resp.AppendCommand(nil, words...)); err != nil {
			return err
		}
		_, err := client.Read(reply)
		return err
	}
	events, before, began, sent := s.lastEvent(), s.cpu(), time.Now(), 0
	for ; time.Since(began) < *window; sent++ {
		if err := send(sent); err != nil {
			return figures{}, err
		}
		if *rate > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(sent+1) * time.Second / time.Duration(*rate))))
		}
	}
	took := time.Since(began).Seconds()
	return figures{float64(sent) / took, float64(s.lastEvent()-events) / took, (s.cpu() - before) / time.Duration(sent)}, nil
}

func (s *tattle) dial(words ...any) (net.Conn, error) {
	conn, err := net.Dial("tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, err
	}
	for _, command := range [][]any{{"HELLO", 3}, words} {
		if len(command) > 0 {
			conn.Write(resp.AppendCommand(nil, command...))
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				return nil, err
			}
		}
	}
	return conn, nil
}

// cpu returns the processor time that the server has used.
func (s *tattle) cpu() time.Duration {
	var total time.Duration
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	for _, file := range threads {
		text, _ := os.ReadFile(file)
		word, _, _ := strings.Cut(string(text), " ")
		ns, _ := strconv.ParseInt(word, 10, 64)
		total += time.Duration(ns)
	}
	return total
}

// lastEvent returns the number of the last event.
func (s *tattle) lastEvent() int64 {
	if s.Inspect == "" {
		return 0
	}
	answer, err := http.Post(s.Inspect+"do", "application/json", strings.NewReader(`{"words":["TATTLE","STATS"]}`))
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	var stats struct {
		Reply struct{ Journal struct{ Last int64 } }
	}
	json.NewDecoder(answer.Body).Decode(&stats)
	return stats.Reply.Journal.Last
}

// readEvents is a page that reads the events, or one that opens the stream and never reads.
func readEvents(url string, reads bool) (func(), error) {
	host := strings.Split(url, "/")[2]
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(conn, "GET %sevents HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(url, "http://"+host), host)
	if reads {
		go io.Copy(io.Discard, conn)
	}
	time.Sleep(200 * time.Millisecond) // for the history
	return func() { conn.Close() }, nil
}

func browse(url string) (func(), error) {
	cmd := exec.Command(*chromium, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", url)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	time.Sleep(4 * time.Second) // for the start of the browser
	return func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}, nil
}
