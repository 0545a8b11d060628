package keyspace

import "errors"

// ErrNotLibraries: the payload holds something else than libraries of functions.
var ErrNotLibraries = errors.New("given type is not a function")

// DumpLibraries returns the sources of libraries of functions as FUNCTION DUMP does: as the
// parts of an RDB file, with version and checksum.
func (ks *Keyspace) DumpLibraries(sources []string) []byte {
	return sealDump(ks.encodeLibraries(sources))
}

func (ks *Keyspace) encodeLibraries(sources []string) []byte {
	w := dumpWriter{limits: &ks.Limits, lzf: &ks.lzf}
	for _, source := range sources {
		w.kind(rdbLibrary)
		w.string(source)
	}
	return w.b
}

// LoadLibraries returns the sources that a payload of DumpLibraries, or of Redis, holds. The
// error is ErrDumpChecksum, ErrDumpData or ErrNotLibraries. The payload is not trusted.
func LoadLibraries(payload []byte) (sources []string, err error) {
	b, err := openDump(payload, false)
	if err != nil {
		return nil, err
	}
	r := dumpReader{b: b}
	for len(r.b) > 0 {
		if r.byte() != rdbLibrary {
			return nil, ErrNotLibraries
		}
		source := r.string()
		if r.failed {
			return nil, ErrDumpData
		}
		sources = append(sources, string(source))
	}
	return sources, nil
}
