//go:build !unix

package wire

import "runtime"

// Yield lets others run.
func Yield() { runtime.Gosched() }
