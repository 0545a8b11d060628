//go:build !unix

package main

import "os"

// awaitEnd returns when the parent has ended. On Windows one can wait for any process, and a
// process keeps the number of its parent.
func awaitEnd(parent int) {
	if p, err := os.FindProcess(parent); err == nil {
		p.Wait()
	}
}
