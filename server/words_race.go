//go:build race

package server

// overwrite spoils the words of a command that has run, so that tests under the race detector
// find handlers that keep them.
func overwrite(args [][]byte) {
	for _, a := range args {
		for i := range a {
			a[i] = '#'
		}
	}
}
