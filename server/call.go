package server

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file lets programs and tests in the same process run commands without a connection.

// errNoDB says that a database number is out of range.
var errNoDB = errors.New("server: no such database")

// Call runs a command on a database without a connection. It has the effects of a command
// of some other client: keys change, expire and invalidate. It returns the reply in the
// types of [resp.Reader], and an error reply as a [resp.Error]. Commands about a connection
// (MULTI, SUBSCRIBE, CLIENT, ...) are refused. Blocking commands do not wait. Call must not
// be called from inside a cycle.
func (s *Server) Call(db int, args ...any) (reply any, err error) {
	words := make([][]byte, len(args))
	raw, rerr := resp.NewReader(bytes.NewReader(resp.AppendCommand(nil, args...))).Read()
	if rerr != nil {
		return nil, rerr
	}
	for i, word := range raw.([]any) {
		words[i] = []byte(word.(string))
	}
	s.do(func() { reply, err = s.callDirect(db, words) })
	return reply, err
}

func (s *Server) callDirect(db int, args [][]byte) (any, error) {
	d := s.ks.DB(db)
	if d == nil {
		return nil, errNoDB
	}
	row, err := s.admitDirect(args)
	if err != nil {
		return nil, err
	}
	nobody := &client{srv: s, db: d, user: s.access.nobody}
	nobody.out.w.Proto = 3
	if err := s.runDirect(nobody, row, args); err != nil {
		return nil, err
	}
	s.serveBlocked()
	reply, err := resp.NewReader(bytes.NewReader(nobody.out.w.Buf)).Read()
	if err != nil {
		return nil, err
	}
	if e, failed := reply.(resp.Error); failed {
		return nil, e
	}
	return reply, nil
}

// runDirect runs a handler, nested in an execution without a command, so that nothing
// waits. The executions have no caller, so that no client takes the command for its own.
func (s *Server) runDirect(nobody *client, row *command.Row, args [][]byte) (err error) {
	outer := s.enter(nil)
	s.noteBegan(nobody, row, args)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("server: %s panicked: %v", row.FullName(), r)
		}
		s.leave(outer)
	}()
	s.enter(nil)
	s.call(nobody, row, args, &nobody.out.w)
	s.noteEnded(nobody, row, &nobody.out.w, 0)
	return nil
}

func (s *Server) admitDirect(args [][]byte) (*command.Row, error) {
	if len(args) == 0 {
		return nil, resp.ErrSyntax
	}
	row, err := s.lookup(args)
	switch {
	case err != nil:
		return nil, err
	case row.Run == nil, !row.FitsArity(len(args)):
		return nil, resp.WrongArity(row.FullName())
	case row.Is(command.NeedsConnection):
		return nil, resp.Errorf("ERR '%s' needs a connection", row.FullName())
	}
	return row, nil
}
