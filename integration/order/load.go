package order

import (
	"errors"
	"fmt"
	"sync"
)

// The load: loadConns connections, each of which sends a pipeline when it has read all
// replies to the previous one.
const (
	loadConns    = 4
	loadPipeline = 16
)

// Load keeps a server busy over connections of a kind until stop is called.
func Load(s *Server, kind string) (stop func() error, err error) {
	var conns []*conn
	for range loadConns {
		k, err := open(s, kind)
		if err != nil {
			return nil, err
		}
		conns = append(conns, k)
	}
	ending := make(chan struct{})
	ends := make(chan error, len(conns))
	for i, k := range conns {
		go func() { ends <- k.hammer(fmt.Sprintf("load:%d", i), ending) }()
	}
	return sync.OnceValue(func() error {
		close(ending)
		var errs []error
		for range conns {
			errs = append(errs, <-ends)
		}
		return errors.Join(errs...)
	}), nil
}

// hammer writes and reads a key of its own.
func (k *conn) hammer(key string, ending <-chan struct{}) error {
	defer k.nc.Close()
	var lines []string
	for range loadPipeline / 2 {
		lines = append(lines, "SET "+key+" v", "GET "+key)
	}
	for {
		select {
		case <-ending:
			return nil
		default:
		}
		if err := k.write(lines); err != nil {
			return err
		}
		for range lines {
			if _, err := k.read(); err != nil {
				return err
			}
		}
	}
}
