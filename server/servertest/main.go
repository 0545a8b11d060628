package servertest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// RunMain starts a server for a TestMain, which has no testing.T. The tests share the
// server:
//
//	var shared *servertest.Server
//
//	func TestMain(m *testing.M) {
//		shared = servertest.RunMain()
//		code := m.Run()
//		shared.Close()
//		os.Exit(code)
//	}
//
//	func TestCart(t *testing.T) {
//		srv := shared.For(t)
//		srv.Reset() // unless the tests run in parallel
//
// What goes wrong with the view of [Server.For] fails its test. With the server itself there
// is no test to fail, so it panics, and the trace names the test.
func RunMain(opts ...Option) *Server {
	t := &mainT{}
	s := Run(t, opts...)
	t.started = true
	return s
}

// mainT takes the place of a testing.T where there is none.
type mainT struct{ started bool }

func (*mainT) Helper()                         {}
func (*mainT) Name() string                    { return "TestMain" }
func (*mainT) Cleanup(func())                  {} // the caller calls Close
func (*mainT) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Errorf panics: a mistake that is only printed would leave the tests green.
func (t *mainT) Errorf(format string, args ...any) { t.Fatalf(format, args...) }

// Fatalf ends the program if the server cannot be started, and panics afterwards.
func (t *mainT) Fatalf(format string, args ...any) {
	text := fmt.Sprintf("%s: "+format, append([]any{caller()}, args...)...)
	if !t.started {
		fmt.Fprintln(os.Stderr, text)
		os.Exit(1)
	}
	panic(text + "\n(With srv.For(t), this fails one test only.)")
}

// caller returns the line that called servertest.
func caller() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !strings.Contains(f.Function, "/servertest.") || !more {
			return fmt.Sprintf("%s:%d", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
	}
}
