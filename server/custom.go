package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/watch"
)

// This file lets functions of a test answer commands, and decide about commands before they
// run. Such a function may sleep, block, panic, end its goroutine, or call the server. So it
// runs in a goroutine of its own, outside of any cycle, while its client waits as a blocked
// one does.

// Request is a command that a client has sent.
type Request struct {
	Client ClientInfo // when the command was about to run
	Words  []string   // the name of the command comes first

	ctx context.Context
}

// Context returns a context that ends when nobody waits for the function any more: it has
// returned, the client is gone, or the server has ended. That of a Request which the server has
// not made never ends.
func (r *Request) Context() context.Context {
	if r.ctx == nil {
		return context.Background()
	}
	return r.ctx
}

// Name returns the name of the command, in upper case.
func (r *Request) Name() string { return strings.ToUpper(r.Words[0]) }

// CustomCommand is a command that a function answers; see [Lab.Handle].
type CustomCommand struct {
	// Name is the name, in any case: "FT.SEARCH", or "MY SUB" for the subcommand of a
	// container, which need not be there yet.
	Name string
	// Run answers the command. The reply is a value of a type that [resp.Writer.Value]
	// takes. An error is the reply too: a [resp.Error] as it stands, any other behind ERR.
	Run func(*Request) (reply any, err error)
	// Replace says that a command of this name is replaced. What the command table says of
	// it stays so, as far as the fields below say nothing else.
	Replace bool
	// Arity is the number of words with the name or, if negative, the least; 0 is any.
	Arity int
	// Keys is where the keys are, and Writes whether the command changes or only reads them.
	Keys   KeyRange
	Writes bool
	// Categories are ACL categories of Redis's that do not follow from Keys and Writes: "hash".
	Categories []string
}

// KeyRange says which words are keys, as COMMAND INFO does: the first and the last, of which a
// negative one counts from the end, and the step between two. The name is word 0. The zero
// KeyRange is none.
type KeyRange struct{ First, Last, Step int }

// Handle has a function answer a command, from now on until Handle is called for its name with
// a nil Run, which also brings back the command that it had replaced. It fails if there is a
// command of that name and Replace is not set.
//
// The function runs in a goroutine of its own. Its client waits for it, with all that it sends meanwhile; others are
// served. A panic, or the end of the goroutine, is an error for the client. For tracking, the command
// reads its keys before the function runs and once more when it replies. It writes its keys, if it
// does not fail, when it replies: they are invalidated then, and those who WATCH them
// fail, whether or not the function has changed them.
//
// In a transaction EXEC calls the functions first, one after the other, and runs with their replies when all have
// returned. So they see nothing of what the transaction changes. Scripts cannot call the command, since
// nothing can wait in them, nor can [Server.Call].
// With a manual loop, [Lab.Step] calls the function, and once it has returned a second
// Step queues the reply.
func (l *Lab) Handle(cmd CustomCommand) (err error) {
	l.s.do(func() { err = l.s.handle(cmd) })
	return err
}

// Hook decides about a command: it runs, or fails with the error; see [Lab.Before].
type Hook func(*Request) error

// Before has fn decide about each command line that a client sends, before anything else
// looks at it; nil ends that. The command waits until fn has returned, and what the client
// sends after it waits behind. With an error the command fails where it would by
// [Lab.InjectError]. A function that does not return normally makes the command fail.
//
// Commands of scripts and of [Server.Call] are not asked about, nor are those that are
// served while a script takes long, nor with a manual loop the handshake. In a transaction fn is
// asked when a command is queued. With a manual loop, a command takes two
// calls of [Lab.Step]: the second runs it.
func (l *Lab) Before(fn Hook) {
	l.s.do(func() {
		l.s.before = fn
		l.s.setBetween()
	})
}

// setBetween says whether anything comes between a command and its reply. Without it, that costs a comparison.
func (s *Server) setBetween() { s.between = s.before != nil || s.armedPushes > 0 }

// processBetween runs a command of a client, with what comes between it and its reply.
func (s *Server) processBetween(c *client, args [][]byte) {
	switch {
	case s.isInstrument(args):
		s.process(c, args)
	case s.before != nil:
		s.askBefore(c, args)
	default:
		s.processArmed(c, args)
	}
}

// handle changes the command table by a custom command.
func (s *Server) handle(cmd CustomCommand) error {
	name := strings.ToLower(strings.Join(strings.Fields(cmd.Name), "|"))
	i := slices.IndexFunc(s.custom, func(r command.Row) bool { return r.Name == name })
	if cmd.Run == nil {
		if i < 0 {
			return fmt.Errorf("server: no function answers %q", cmd.Name)
		}
		delete(s.answers, s.table.Named(name).ID())
		s.custom = slices.Delete(s.custom, i, i+1)
		s.useTable()
		return nil
	}
	row, err := s.customRow(name, cmd)
	switch {
	case err != nil:
		return fmt.Errorf("server: a function cannot answer %q: %w", cmd.Name, err)
	case i >= 0:
		s.custom[i] = row
	default:
		s.custom = append(s.custom, row)
	}
	s.useTable()
	s.answers[s.table.Named(name).ID()] = cmd.Run
	return nil
}

// useTable makes the command table anew. Whatever holds a row gets the new row of its name.
func (s *Server) useTable() {
	s.table = s.table.With(s.custom)
	s.calls = append(s.calls, make([]watch.Calls, s.table.IDs()-len(s.calls))...)
	s.access.users.Adopt(s.table)
	anew := func(row *command.Row) *command.Row {
		if row == nil {
			return nil
		}
		return s.table.Named(row.FullName())
	}
	for _, c := range s.clients {
		c.lastCmd = anew(c.lastCmd)
	}
	inject := injections{}
	for row, x := range s.inject {
		if now := anew(row); now != nil || row == nil {
			inject[now] = x
		}
	}
	s.inject = inject
}

// customRow makes the row of a custom command.
func (s *Server) customRow(name string, cmd CustomCommand) (row command.Row, err error) {
	if err := s.nameable(name, cmd.Replace); err != nil {
		return row, err
	}
	row = command.Row{Arity: -1 - strings.Count(name, "|"), Flags: command.Module, Group: "module", Summary: "A function of the test answers it"}
	if old := s.table.Named(name); old != nil {
		row = *old
	}
	row.Name, row.Run = name, on(runCustom)
	row.Flags &^= command.Instrument | command.Blocking | command.Unqueued | command.RunsQueued | command.RepliesByPush
	row.Flags |= command.NoScript | command.NeedsConnection
	if cmd.Arity != 0 {
		row.Arity = cmd.Arity
	}
	if cmd.Keys != (KeyRange{}) {
		if err := cmd.setKeys(&row); err != nil {
			return row, err
		}
	}
	for _, category := range cmd.Categories {
		bit := slices.Index(command.CategoryNames, strings.ToLower(strings.TrimPrefix(category, "@")))
		if bit < 0 {
			return row, fmt.Errorf("there is no ACL category %q", category)
		}
		row.Categories |= 1 << bit
	}
	return row, nil
}

// longestName limits the name of a custom command: longer ones are not looked up.
const longestName = 64

// nameable reports why a command cannot have a name, or nil.
func (s *Server) nameable(name string, replace bool) error {
	parent, sub, inside := strings.Cut(name, "|")
	switch old := s.table.Named(name); {
	case parent == "" || inside && sub == "" || strings.Contains(sub, "|") || len(name) > longestName:
		return errors.New("that is not one word, or a container and a subcommand")
	case old != nil && len(old.Sub) > 0:
		return errors.New("it is a container of subcommands")
	case old != nil && !replace:
		return errors.New("there is a command of that name, which it would have to replace")
	}
	if container := s.table.Named(parent); inside && container != nil && len(container.Sub) == 0 {
		return fmt.Errorf("%s takes no subcommands", strings.ToUpper(parent))
	}
	return nil
}

// setKeys says in a row where the keys are, and what the command does to them.
func (cmd *CustomCommand) setKeys(row *command.Row) error {
	k := cmd.Keys
	if k.Step == 0 {
		k.Step = 1
	}
	if k.Last == 0 {
		k.Last = k.First
	}
	if k.First < 1 || k.Step < 1 || k.Last > 0 && k.Last < k.First {
		return fmt.Errorf("there can be no keys at %+v", cmd.Keys)
	}
	flags, does := command.ReadOnly, command.RO|command.Access
	if cmd.Writes {
		flags, does = command.Write, command.RW|command.Access|command.Update
	}
	if k.Last > 0 {
		k.Last -= k.First // a spec counts from the first
	}
	row.Flags = row.Flags&^(command.ReadOnly|command.Write) | flags
	row.Keys, row.GetKeys, row.KeyFlags = []command.KeySpec{command.Range(k.First, k.Last, k.Step, does)}, nil, nil
	return nil
}

// errNested refuses a custom command in a script, if DEBUG lets scripts call every command, and in a
// transaction if it was custom only when it was queued.
const errNested = resp.Error("ERR a function of the test answers this command, and nothing can wait for it here")

// question is a command line that a function is asked about, outside of the cycle.
type question struct {
	words [][]byte
	fn    func(*Request) (any, error)
	reply any
	err   error // as the client gets it
}

// runCustom is the handler of custom commands.
func runCustom(s *Server, c *client, call *command.Call) error {
	answers := s.answers[call.Row.ID()]
	if s.nested() || answers == nil {
		return errNested
	}
	b := &blocked{by: byFunction, row: call.Row}
	s.ask(c, b, call.Args, []*question{{words: call.Args, fn: answers}}, func(q []*question) {
		s.rerun(b, q[0].answered(b.row))
	})
	return nil
}

// answered returns a row that replies as the function has, to be run in place of the custom
// command's.
func (q *question) answered(of *command.Row) *command.Row {
	row := *of
	row.Run = func(call *command.Call) error {
		if q.err != nil {
			return q.err
		}
		start := len(call.Out.Buf)
		if err := call.Out.Value(q.reply); err != nil {
			call.Out.Buf = call.Out.Buf[:start]
			return asReply(err)
		}
		if row.Is(command.Write) {
			for _, key := range namedKeys(&row, call.Args) {
				call.Modified(call.Args[key.Pos])
			}
		}
		return nil
	}
	return &row
}

// askQueued has functions answer the custom commands of a transaction, one after the other, before any of its
// commands runs. It reports whether EXEC must wait for that. Then EXEC runs again, and once it
// runs nothing comes between its commands.
func (s *Server) askQueued(c *client, call *command.Call) (waits bool) {
	m := &c.multi
	var list []*question
	var of []int
	for i, q := range m.queued {
		if fn := s.answers[q.row.ID()]; fn != nil && !m.answered {
			list, of = append(list, &question{words: q.args, fn: fn}), append(of, i)
			s.rememberEarly(c, q)
		}
	}
	if len(list) == 0 {
		return false
	}
	b := &blocked{by: byFunction, row: call.Row}
	s.ask(c, b, call.Args, list, func(list []*question) {
		for i, q := range list {
			queued := &m.queued[of[i]]
			queued.row = q.answered(queued.row)
		}
		m.answered = true
		s.rerun(b, b.row)
	})
	return true
}

// rememberEarly makes a client a holder of the keys of a queued command whose function is about to
// read them. A change that comes before the reply is told so.
func (s *Server) rememberEarly(c *client, q queued) {
	x := s.enter(c)
	x.call = command.Call{Row: q.row, Args: q.args, DB: c.db, Client: c}
	s.findKeys(x)
	s.remember(x)
	s.leave(x)
}

// askBefore has the hook decide about a command, and then runs it.
func (s *Server) askBefore(c *client, args [][]byte) {
	hook, b := s.before, &blocked{by: byHook}
	fn := func(r *Request) (any, error) { return nil, hook(r) }
	s.ask(c, b, args, []*question{{words: args, fn: fn}}, func(q []*question) {
		s.leaveQueues(c)
		if c.phase >= closing {
			return
		}
		c.refusal = q[0].err
		s.processArmed(c, b.args)
		c.refusal = nil
		if c.blocked == nil {
			s.resume(c)
		}
	})
}

// ask has a client wait in a command until functions have answered questions, one after the
// other. Then goOn takes them, in a cycle.
func (s *Server) ask(c *client, b *blocked, args [][]byte, list []*question, goOn func([]*question)) {
	info := c.describe()
	b.args = cloneWords(args)
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	s.block(c, b)
	requests := make([]*Request, len(list))
	for i, q := range list {
		requests[i] = &Request{Client: info, ctx: ctx}
		for _, word := range q.words {
			requests[i].Words = append(requests[i].Words, string(word))
		}
	}
	var next func(i int)
	next = func(i int) {
		if i < len(list) {
			go s.putQuestion(list[i], requests[i], func() { next(i + 1) })
			return
		}
		s.post(func() {
			b.goOn = func() { goOn(list) }
			s.hasReturned(b)
		})
	}
	next(0)
}

// putQuestion calls the function of a question and then done, however the function ends.
func (s *Server) putQuestion(q *question, r *Request, done func()) {
	err := error(resp.Errorf("ERR the function for %s ended its goroutine and gave no reply", r.Name()))
	defer func() {
		if p := recover(); p != nil {
			s.log.Warningf("panic in the function for %s: %v\n%s", r.Name(), p, debug.Stack())
			err = resp.Errorf("ERR the function for %s panicked: %v", r.Name(), p)
		}
		q.err = asReply(err)
		done()
	}()
	q.reply, err = q.fn(r)
}

// asReply returns an error as a client gets it.
func asReply(err error) error {
	if err == nil {
		return nil
	}
	if e := resp.Error(""); errors.As(err, &e) {
		return e
	}
	return resp.Error("ERR " + err.Error())
}

// hasReturned goes on with a command whose function has returned: at once or, with a manual loop, when
// it is stepped. A reply waits for the end of a script that was put aside, since it may change keys.
func (s *Server) hasReturned(b *blocked) {
	switch c := b.c; {
	case c.blocked != b: // it is gone
	case b.by == byInstrument:
		b.goOn()
	case s.beside != nil && b.by == byFunction:
		s.returned = append(s.returned, b)
	case s.loop.Manual():
		c.steps = true
		s.loop.Wait(c)
	default:
		b.goOn()
	}
}

// goOnReturned goes on with the commands whose functions have returned beside a script.
func (s *Server) goOnReturned() {
	list := s.returned
	s.returned = nil
	for _, b := range list {
		s.hasReturned(b)
	}
}
