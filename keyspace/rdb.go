package keyspace

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"io"
	"math"
	"strconv"
)

// An RDB file holds all databases. After the magic and the version come parts, each of
// which begins with a byte: one of the codes below, or the type of a value. A value is
// preceded by its key and, before the type, by what else is known of the key. The file ends
// with a CRC-64 of everything before it, or with zeros if its writer was told not to
// compute one.
const (
	rdbSlotInfo = 0xf4 // of a cluster
	rdbLibrary  = 0xf5 // the source of a library of functions
	rdbOldFunc  = 0xf6 // of a release candidate of Redis 7
	rdbModule   = 0xf7 // what a module keeps beside its keys
	rdbIdle     = 0xf8 // of the next key: seconds
	rdbFreq     = 0xf9 // of the next key: LFU's counter
	rdbAux      = 0xfa // a name and a value about the file
	rdbResize   = 0xfb // how many keys and deadlines follow
	rdbExpireMs = 0xfc // of the next key
	rdbExpire   = 0xfd // the same in seconds
	rdbSelect   = 0xfe // the database of the next keys
	rdbEnd      = 0xff
)

const rdbMagic = "REDIS"

// rdbHeader is the size in bytes of magic and version.
const rdbHeader = len(rdbMagic) + 4

// WriteRDB writes all databases, and the sources of libraries, as an RDB file that Redis 8.0
// and later read. aux are names and values that describe the file.
func (ks *Keyspace) WriteRDB(out io.Writer, libraries []string, aux [][2]string) error {
	sum := uint64(0)
	sum = ^sum
	w := bufio.NewWriterSize(writerFunc(func(b []byte) (int, error) {
		sum = crc64.Update(sum, crcJones, b)
		return out.Write(b)
	}), 64<<10)
	fmt.Fprintf(w, "%s%04d", rdbMagic, rdbVersion)
	for _, a := range aux {
		w.Write(appendDumpString(appendDumpString([]byte{rdbAux}, a[0]), a[1]))
	}
	w.Write(ks.encodeLibraries(libraries))
	for _, db := range ks.dbs {
		db.writeRDB(w)
	}
	w.WriteByte(rdbEnd)
	if err := w.Flush(); err != nil {
		return err
	}
	if sum = ^sum; !ks.Limits.RDBChecksum {
		sum = 0
	}
	_, err := out.Write(binary.LittleEndian.AppendUint64(nil, sum))
	return err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func (db *DB) writeRDB(w *bufio.Writer) {
	if db.Len() == 0 {
		return
	}
	head := appendDumpLen([]byte{rdbSelect}, uint64(db.Index))
	head = appendDumpLen(appendDumpLen(append(head, rdbResize), uint64(db.Len())), uint64(db.Expires()))
	w.Write(head)
	value := dumpWriter{limits: &db.ks.Limits, lzf: &db.ks.lzf}
	var b []byte
	for e := range db.keys.slots.all() {
		b, value.b = b[:0], value.b[:0]
		if e.expireAt != 0 {
			b = binary.LittleEndian.AppendUint64(append(b, rdbExpireMs), uint64(e.expireAt))
		}
		b = db.ks.appendAccess(b, e)
		value.entry(e)
		w.Write(appendDumpString(append(b, value.b[0]), e.key))
		w.Write(value.b[1:])
	}
}

// appendAccess appends how a key was used, if the policy of eviction goes by that.
func (ks *Keyspace) appendAccess(b []byte, e *Entry) []byte {
	switch {
	case ks.Policy.IsLRU():
		return appendDumpLen(append(b, rdbIdle), uint64(ks.Idle(e)/1000))
	case ks.Policy.IsLFU():
		return append(b, rdbFreq, byte(ks.Freq(e)))
	}
	return b
}

// LoadedRDB is what a file holds beside its keys.
type LoadedRDB struct {
	Libraries     []string
	Aux           map[string]string // names and values that describe the file
	Keys, Expired int               // keys that were loaded, and that had expired already
	Empty         []string          // keys that were left out, since their values have no elements
}

// ReadRDB adds the keys of an RDB file to the databases. It reports nothing of them to the
// listener. Keys that have expired, or have no elements, are left out. With merge a key of the file takes the place of one that
// is there; otherwise that is an error. The error says what is wrong, and where; then
// some keys may have been added. The file is not trusted. progress, which may be nil, hears now and
// then how many bytes have been read.
func (ks *Keyspace) ReadRDB(file []byte, merge bool, progress func(read int)) (LoadedRDB, error) {
	l := rdbLoader{ks: ks, file: file, merge: merge, r: dumpReader{b: file}, db: ks.dbs[0], idle: -1, freq: -1}
	l.loaded.Aux = map[string]string{}
	if err := l.open(); err != nil {
		return l.loaded, err
	}
	for parts := 0; !l.ended; {
		l.part = len(file) - len(l.r.b)
		if parts++; progress != nil && parts%partsAtOnce == 0 {
			progress(l.part)
		}
		if err := l.next(); err != nil {
			return l.loaded, err
		}
		if l.r.failed {
			return l.loaded, l.damage()
		}
	}
	return l.loaded, l.checkSum()
}

// partsAtOnce is how many parts are read between two calls of progress.
const partsAtOnce = 4096

// rdbLoader reads the parts of a file.
type rdbLoader struct {
	ks     *Keyspace
	file   []byte
	merge  bool
	r      dumpReader
	part   int // where the part begins that is being read
	db     *DB
	at     int64 // the deadline of the next key, 0 for none
	idle   int64 // for how long it was not used, in milliseconds, or -1
	freq   int   // how often it was used, or -1
	ended  bool
	loaded LoadedRDB
}

func (l *rdbLoader) fault(format string, args ...any) error {
	return fmt.Errorf("%s, in the part at byte %d", fmt.Sprintf(format, args...), l.part)
}

// damage says what is wrong with a part that could not be read.
func (l *rdbLoader) damage() error {
	if l.r.short {
		return l.fault("it is cut off: it ends after %d bytes", len(l.file))
	}
	return l.fault("the data makes no sense")
}

func (l *rdbLoader) open() error {
	head := string(l.r.bytes(uint64(rdbHeader)))
	switch {
	case len(l.file) == 0:
		return fmt.Errorf("it is empty")
	case l.r.failed || head[:len(rdbMagic)] != rdbMagic:
		return fmt.Errorf("it is no RDB file: it does not begin with %s", rdbMagic)
	}
	version, err := strconv.Atoi(head[len(rdbMagic):])
	if err != nil || version < 1 || version > rdbVersion {
		return fmt.Errorf("the version of its format is %q; up to %d is read", head[len(rdbMagic):], rdbVersion)
	}
	return nil
}

// next reads one part.
func (l *rdbLoader) next() error {
	r := &l.r
	switch kind := r.byte(); kind {
	case rdbEnd:
		l.ended = !r.failed
	case rdbSelect:
		n := r.length()
		if l.db = l.ks.DB(int(min(n, 1<<31-1))); l.db == nil {
			return l.fault("it has a database %d, and there are %d", n, len(l.ks.dbs))
		}
	case rdbExpireMs:
		l.at = r.signed(8)
	case rdbExpire:
		l.at = r.signed(4) * 1000
	case rdbAux:
		name := string(r.string())
		l.loaded.Aux[name] = string(r.string())
	case rdbResize:
		r.length()
		r.length()
	case rdbSlotInfo:
		r.length()
		r.length()
		r.length()
	case rdbIdle:
		l.idle = int64(min(r.length(), math.MaxInt32)) * 1000
	case rdbFreq:
		l.freq = int(r.byte())
	case rdbLibrary:
		l.loaded.Libraries = append(l.loaded.Libraries, string(r.string()))
	case rdbOldFunc:
		return l.fault("it has a library of functions in the form of a release candidate of Redis 7, which is not read")
	case rdbModule:
		l.moduleAux()
	default:
		return l.key(kind)
	}
	return nil
}

// moduleAux skips what a module keeps beside its keys: the module, when it is to be loaded, and
// values, each after a mark that says what it is.
func (l *rdbLoader) moduleAux() {
	const end, signed, unsigned, float, double, text = 0, 1, 2, 3, 4, 5
	r := &l.r
	r.length()
	r.length()
	r.length()
	for !r.failed {
		switch r.length() {
		case end:
			return
		case signed, unsigned:
			r.length()
		case float:
			r.bytes(4)
		case double:
			r.bytes(8)
		case text:
			r.string()
		default:
			r.fail()
		}
	}
}

// moduleName returns the name of the module type with that id: nine letters of six bits each,
// and ten bits of a version.
func moduleName(id uint64) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	name := make([]byte, 9)
	for i := range name {
		name[i] = letters[id>>(58-6*i)&63]
	}
	return string(name)
}

// readable refuses a key whose type is not known here.
func (l *rdbLoader) readable(kind byte, name []byte) error {
	switch {
	case l.r.failed:
		return nil
	case kind == rdbModuleValue:
		return l.fault("the key %q has a value of the module type %s, which is not supported", name, moduleName(l.r.length()))
	case kind > rdbHashTTLPack || kind == 6 || kind == 8 || kind == 22 || kind == 23:
		return l.fault("the key %q has the unknown type %d", name, kind)
	}
	return nil
}

func (l *rdbLoader) key(kind byte) error {
	r := &l.r
	name := r.string()
	if err := l.readable(kind, name); err != nil {
		return err
	}
	v := r.typed(kind, &l.ks.Limits)
	at, idle, freq := l.at, l.idle, l.freq
	l.at, l.idle, l.freq = 0, -1, -1
	switch {
	case r.failed:
		return nil
	case r.empty:
		l.loaded.Empty = append(l.loaded.Empty, string(name))
		r.empty = false
		return nil
	case at != 0 && at <= l.ks.now:
		l.loaded.Expired++
		return nil
	case l.merge:
		l.db.Delete(name)
	case l.db.keys.get(name) != nil:
		return l.fault("the key %q is there twice", name)
	}
	l.loaded.Keys++
	e := v.load(l.db, name)
	if at != 0 {
		l.db.SetExpire(e, at)
	}
	if l.ks.Policy.IsLFU() {
		idle = -1
	}
	l.ks.SetAccess(e, idle, freq)
	l.db.Resized(e)
	return nil
}

// checkSum compares the checksum that ends the file.
func (l *rdbLoader) checkSum() error {
	end := len(l.file) - len(l.r.b)
	want := l.r.double()
	version, _ := strconv.Atoi(string(l.file[len(rdbMagic):rdbHeader]))
	const summed = 5 // the first version with a checksum
	switch {
	case version < summed:
		return nil
	case l.r.failed:
		return fmt.Errorf("it is cut off: the checksum is missing")
	case l.ks.Limits.RDBChecksum && want != 0 && want != dumpChecksum(l.file[:end]):
		return fmt.Errorf("RDB CRC error: its checksum is wrong")
	}
	return nil
}
