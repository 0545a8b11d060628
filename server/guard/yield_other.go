//go:build !unix

package guard

import "runtime"

// Yield lets others run.
func Yield() { runtime.Gosched() }
