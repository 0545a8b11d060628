package servertest

import (
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/server"
)

// Request is a command of a client, as a function of Handle or Before gets it.
type Request = server.Request

// A HandleOption says more about a command of [Server.Handle].
type HandleOption func(*server.CustomCommand)

// HandleArity sets how many words the command has, its name among them; -n is n or more. The
// server refuses any other number. Without it any number will do.
func HandleArity(n int) HandleOption {
	return func(c *server.CustomCommand) { c.Arity = n }
}

// HandleReads says that the command reads keys and changes nothing, so that tracking
// remembers the keys. They are the words from first to last, one every step words; the name is
// word 0, and a negative last counts from the end.
func HandleReads(first, last, step int) HandleOption {
	return func(c *server.CustomCommand) {
		c.Keys, c.Writes = server.KeyRange{First: first, Last: last, Step: step}, false
	}
}

// HandleWrites says that the command changes keys: when it has replied without an error, they are
// invalidated, and a transaction that watches them fails. The numbers are those of HandleReads.
func HandleWrites(first, last, step int) HandleOption {
	return func(c *server.CustomCommand) {
		c.Keys, c.Writes = server.KeyRange{First: first, Last: last, Step: step}, true
	}
}

// HandleCategory puts the command in ACL categories: "hash". @all, @slow, and @read or @write
// follow by themselves.
func HandleCategory(names ...string) HandleOption {
	return func(c *server.CustomCommand) { c.Categories = append(c.Categories, names...) }
}

// HandleReplace lets the command take the place of one that is there, whose arity, keys and categories
// it keeps if no other option changes them.
func HandleReplace() HandleOption {
	return func(c *server.CustomCommand) { c.Replace = true }
}

// Handle adds a command that fn answers: one of a module, or one that the server does not know. The
// name may be that of a subcommand: "MY SUB". fn returns a value of a type that [resp.Writer.Value]
// takes, or an error: a [resp.Error] as it stands, any other behind ERR.
//
//	srv.Handle("JSON.GET", func(r *servertest.Request) (any, error) {
//		return srv.Get(r.Words[1])
//	}, servertest.HandleArity(-2), servertest.HandleReads(1, 1, 1))
//
// fn runs in a goroutine of its own and may block and call the server, even Close. Its client waits
// meanwhile, and others are served. A panic fails the test, and is an error for the client. The end of the
// client or the server ends r.Context(), and fn should return then; the end of the test waits 5 seconds for it.
//
// In MULTI, EXEC calls fn before any command of the transaction runs. Scripts and direct access cannot call the
// command, since nothing can wait there. It stays across a Restart until Reset, the end of its view, or Handle
// with a nil fn, which brings back what it has replaced. See [server.Lab.Handle] for more.
func (s *Server) Handle(name string, fn func(*Request) (reply any, err error), opts ...HandleOption) {
	s.t.Helper()
	c := server.CustomCommand{Name: strings.ToLower(strings.Join(strings.Fields(name), " "))}
	if fn != nil {
		c.Run = func(r *Request) (any, error) {
			defer s.enter(r)()
			return fn(r)
		}
	}
	for _, o := range opts {
		o(&c)
	}
	if err := s.funcs.handle(s, c); err != nil {
		s.t.Errorf("servertest: Handle(%q): %v", name, err)
	}
}

// Before has fn decide about each command that a client sends: with nil it runs, with an error
// it fails, and until fn returns it waits, with all that its client sends behind it. A nil fn ends
// that, as does Reset.
//
//	var n atomic.Int32
//	srv.Before(func(r *servertest.Request) error {
//		if r.Name() == "GET" && n.Add(1) == 3 {
//			return resp.Error("LOADING Redis is loading the dataset in memory")
//		}
//		return nil
//	})
//
// fn may do what a function of Handle may, and runs for several clients at once. In MULTI it is asked
// when a command is queued; commands of scripts and direct access pass. See [server.Lab.Before]
// for more.
func (s *Server) Before(fn func(*Request) error) {
	s.t.Helper()
	var hook server.Hook
	if fn != nil {
		hook = func(r *Request) error {
			defer s.enter(r)()
			return fn(r)
		}
	}
	s.funcs.setBefore(s, hook)
}

// funcs are the functions of tests that decide about commands or answer them.
type funcs struct {
	i        *instance
	mu       sync.Mutex
	commands []custom
	hook     server.Hook
	hooked   *Server // the view of the hook
	running  map[*Request]struct{}
	returned *sync.Cond // with mu, when one has returned
}

// custom is a command of Handle.
type custom struct {
	server.CustomCommand
	view *Server
}

// handle adds or removes a command: now if the server runs, and else when it starts.
func (f *funcs) handle(view *Server, c server.CustomCommand) error {
	view.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if srv, err := f.i.running(); err == nil {
		if err := srv.Lab().Handle(c); err != nil {
			return err
		}
	}
	f.commands = slices.DeleteFunc(f.commands, func(old custom) bool { return old.Name == c.Name })
	if c.Run != nil {
		f.commands = append(f.commands, custom{c, view})
	}
	return nil
}

func (f *funcs) setBefore(view *Server, hook server.Hook) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook, f.hooked = hook, view
	f.hookIn()
}

// hookIn gives a server that runs the hook. Called with mu held.
func (f *funcs) hookIn() {
	if srv, err := f.i.running(); err == nil {
		srv.Lab().Before(f.hook)
	}
}

// install gives a server that has just started the functions.
func (f *funcs) install(srv *server.Server) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	srv.Lab().Before(f.hook)
	for _, c := range f.commands {
		if err := srv.Lab().Handle(c.CustomCommand); err != nil {
			return err
		}
	}
	return nil
}

// forget drops the functions of a view, or those of all views.
func (f *funcs) forget(view *Server, all bool) {
	view.t.Helper()
	f.mu.Lock()
	commands := slices.Clone(f.commands)
	hooked := f.hook != nil && (all || f.hooked == view)
	f.mu.Unlock()
	for _, c := range commands {
		if all || c.view == view {
			f.handle(view, server.CustomCommand{Name: c.Name})
		}
	}
	if hooked {
		f.setBefore(view, nil)
	}
}

// enter notes that a function runs, and returns what is to be deferred: it notes the end, and fails the
// test if that is a panic.
func (s *Server) enter(r *Request) (leave func()) {
	f := &s.funcs
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running[r] = struct{}{}
	return func() {
		s.t.Helper()
		f.mu.Lock()
		delete(f.running, r)
		f.returned.Broadcast()
		f.mu.Unlock()
		if p := recover(); p != nil {
			s.panicked(r, p)
			panic(p) // for the server, which answers the client
		}
	}
}

func (s *Server) panicked(r *Request, p any) {
	s.t.Helper()
	const text = "servertest: the function for %s panicked: %v\n%s"
	stack := debug.Stack()
	if _, main := s.t.(*mainT); main { // whose panic must not be the server's to catch
		go s.t.Errorf(text, r.Name(), p, stack)
		return
	}
	s.t.Errorf(text, r.Name(), p, stack)
}

// awaitFunctions waits for the functions that still run at the end of the test.
func (s *Server) awaitFunctions() {
	s.t.Helper()
	f := &s.funcs
	late := false
	defer time.AfterFunc(closePatience, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		late = true
		f.returned.Broadcast()
	}).Stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.running) > 0 && !late {
		f.returned.Wait()
	}
	for r := range f.running {
		s.t.Errorf("servertest: %v after its client is gone, the function for %s of client %d still runs; it should return when r.Context() is done",
			closePatience, r.Name(), r.Client.ID)
	}
}
