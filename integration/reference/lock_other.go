//go:build !unix

package reference

import "errors"

// There is no apt here either.
func lock(string) (func(), error) {
	return nil, errors.New("the servers are programs for Linux")
}
