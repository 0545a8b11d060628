//go:build !unix

package main

import "os"

// awaitEnd returns when the parent has ended. On Windows one can wait for any process, and a
// process keeps the number of its parent. A parent that may not be waited for never ends:
// better a server that is left over than one that ends too early.
func awaitEnd(parent int) {
	p, err := os.FindProcess(parent)
	if err == nil {
		_, err = p.Wait()
	}
	if err != nil {
		select {}
	}
}
