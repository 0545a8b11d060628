package servertest

import (
	"fmt"
	"os"
)

// RunMain starts a server for a TestMain, which has no testing.T. The tests share the
// server and call Reset between them. An error that would end a test ends the program;
// one that would only mark a test as failed is printed and nothing else.
//
//	func TestMain(m *testing.M) {
//		srv = servertest.RunMain()
//		code := m.Run()
//		srv.Close()
//		os.Exit(code)
//	}
func RunMain(opts ...Option) *Server { return Run(mainT{}, opts...) }

// mainT takes the place of a testing.T where there is none.
type mainT struct{}

func (mainT) Helper()                           {}
func (mainT) Name() string                      { return "TestMain" }
func (mainT) Cleanup(func())                    {} // the caller calls Close
func (mainT) Logf(format string, args ...any)   { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (mainT) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (mainT) Fatalf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
