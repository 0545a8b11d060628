package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/lab"
	"github.com/tattle-server/tattle/server/tattle"
)

const labUsage = `tattle lab: short experiments with client tracking. Each asks a question, lets you predict
the answer, plays the session, and explains it.

  tattle lab                        the list
  tattle lab NAME|NUMBER            one lab, on a server that starts and ends with it
  tattle lab check [NAME ...]       plays labs (all, if none is named) and says which are true

  --against HOST:PORT   on that server, which LOSES ITS KEYS, cached scripts and statistics
  --why                 tells after each step what the server has decided, and by which rule
  --step                waits for Enter after each step
  --inspect[=ADDRESS]   with a page that shows what happens, at ` + config.DefaultInspect + `; implies --step
  --yes                 asks nothing, and deletes the keys of that server
  -h, --help            this text

In a session > is what a connection sends and < what it receives; >invalidate is a push, and
$a the client id of a. Some labs need DEBUG: redis-server --enable-debug-command yes. The
exit code is 0 if everything was as the labs say. NO_COLOR=1 turns colours off.
`

// labCall is what the command line of tattle lab asks for.
type labCall struct {
	words     []string // names and numbers
	check     bool
	against   string
	inspect   string // the address of the page
	why, step bool
	yes, help bool
}

func parseLab(args []string) (c labCall, err error) {
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		switch arg := args[i]; {
		case joined && name == "--against":
			c.against = value
		case joined && name == "--inspect":
			c.inspect = value
		case arg == "--inspect":
			c.inspect = config.DefaultInspect
		case arg == "--against" && i+1 < len(args):
			i++
			c.against = args[i]
		case arg == "--against":
			return c, errors.New("--against wants the HOST:PORT of a server")
		case arg == "--why":
			c.why = true
		case arg == "--step":
			c.step = true
		case arg == "--yes", arg == "-y":
			c.yes = true
		case arg == "--help", arg == "-h":
			c.help = true
		case strings.HasPrefix(arg, "-"):
			return c, fmt.Errorf("what is %s? tattle lab --help tells what there is", arg)
		case arg == "check" && !c.check && len(c.words) == 0:
			c.check = true
		default:
			c.words = append(c.words, arg)
		}
	}
	switch {
	case !c.check && len(c.words) > 1:
		return c, errors.New("one lab at a time; tattle lab check plays several")
	case !c.check && len(c.words) == 0 && c.against != "":
		return c, errors.New("which lab? tattle lab lists them, tattle lab check plays all")
	case (c.inspect != "" || c.why) && (c.against != "" || c.check || len(c.words) == 0):
		return c, errors.New("--inspect and --why go with one lab, on tattle's own server")
	}
	return c, nil
}

// runLab is tattle lab. It returns the exit code.
func runLab(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := doLab(args, stdin, stdout)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "tattle lab:", err)
	return 1
}

func doLab(args []string, stdin io.Reader, stdout io.Writer) error {
	call, err := parseLab(args)
	if err != nil {
		return err
	}
	all, err := lab.All()
	if err != nil {
		return err
	}
	chosen, err := choose(all, call.words)
	switch {
	case err != nil:
		return err
	case call.help:
		_, err = io.WriteString(stdout, labUsage)
		return err
	case !call.check && len(chosen) == 0:
		lab.List(stdout, all)
		fmt.Fprintf(stdout, "\ntattle lab NAME plays one of them.\n")
		return nil
	case len(chosen) == 0:
		chosen = all
	}
	ask := asker(call, stdin, stdout)
	v, err := open(call, ask, stdout)
	if err != nil {
		return err
	}
	if call.check {
		return errors.Join(checkLabs(chosen, v.addr, stdout), v.end())
	}
	t := lab.Terminal{Out: stdout, Colour: colourful(stdout), Ask: ask, Step: call.step || v.page != "", Why: v.why}
	if v.page != "" {
		beside(v.page, &t)
	}
	err = t.Show(chosen[0], v.addr)
	if v.page != "" {
		linger(&t, stdin)
	}
	return errors.Join(err, v.end())
}

// beside tells where the page is, and gives the reader the time to open it.
func beside(page string, t *lab.Terminal) {
	fmt.Fprintf(t.Out, "The page is at %s\n", page)
	if t.Ask != nil {
		t.Ask("Open it, and press Enter here for each step. ")
	}
}

// linger keeps the page open until Enter is pressed or, where nobody is asked, the input ends.
func linger(t *lab.Terminal, stdin io.Reader) {
	if t.Ask != nil {
		t.Ask("\nEnter ends the lab and its page. ")
		return
	}
	io.Copy(io.Discard, stdin)
}

func choose(all []*lab.Lab, words []string) (chosen []*lab.Lab, err error) {
	for _, word := range words {
		l, err := lab.Find(all, word)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, l)
	}
	return chosen, nil
}

func checkLabs(labs []*lab.Lab, addr string, stdout io.Writer) error {
	if failed := lab.Check(stdout, labs, addr); failed > 0 {
		return fmt.Errorf("%d of %d failed", failed, len(labs))
	}
	return nil
}

// venue is where labs are played.
type venue struct {
	addr string
	why  func() []string // nil if it is not tattle's own server
	page string          // the URL of the page, if there is one
	end  func() error
}

// open starts a server, or borrows the one that is named.
func open(call labCall, ask func(string) string, stdout io.Writer) (v venue, err error) {
	if call.against != "" {
		loan, err := borrow(call, ask, stdout)
		return venue{addr: call.against, end: loan.Return}, err
	}
	cfg := config.New()
	if err := cfg.LoadArgs([]string{"--port", "auto", "--bind", "127.0.0.1", "--save", "",
		"--enable-debug-command", "yes", "--inspect", call.inspect}, nil); err != nil {
		return v, err
	}
	cfg.Journal = cfg.Inspect != "" // from the first step, though nobody looks yet
	var l net.Listener
	if cfg.Inspect != "" {
		if l, err = net.Listen("tcp", cfg.Inspect); err != nil {
			return v, fmt.Errorf("%w; --inspect=auto takes a port that is free", err)
		}
	}
	srv, err := server.Start(server.Options{Config: cfg, Tattle: tattle.Answer})
	if err != nil {
		return v, err
	}
	v = venue{addr: srv.Addr().String(), page: servePage(srv, l, cfg), end: srv.Close}
	if call.why {
		v.why = lab.Why(srv)
	}
	return v, nil
}

// borrow says what a server loses, and refuses if it has keys and nobody agrees.
func borrow(call labCall, ask func(string) string, stdout io.Writer) (*lab.Loan, error) {
	loan, err := lab.Borrow(call.against)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call.against, err)
	}
	fmt.Fprintf(stdout, "%s at %s loses its keys (it has %d), cached scripts and statistics.\n", loan.Name, call.against, loan.Keys)
	switch {
	case loan.Keys == 0, call.yes:
	case ask == nil:
		return nil, errors.New("the server is not empty: with --yes its keys are deleted")
	case ask("Delete them? Type yes: ") != "yes":
		return nil, errors.New("nothing was done")
	}
	return loan, nil
}

// asker returns what asks the reader, or nil if nobody is there or wants to be asked.
func asker(call labCall, stdin io.Reader, stdout io.Writer) func(prompt string) string {
	if call.yes || !terminal(stdin) || !terminal(stdout) {
		return nil
	}
	lines := bufio.NewReader(stdin)
	return func(prompt string) string {
		fmt.Fprint(stdout, prompt)
		line, err := lines.ReadString('\n')
		if err != nil {
			fmt.Fprintln(stdout)
		}
		return strings.TrimSpace(line)
	}
}

// colourful reports whether w shows colours.
func colourful(w io.Writer) bool {
	return terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && runtime.GOOS != "windows"
}

// terminal reports whether a stream is a terminal, or a device like one.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
