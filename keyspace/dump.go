package keyspace

import (
	"encoding/binary"
	"errors"
	"hash/crc64"
)

// DUMP and RESTORE: values as bytes, in the format that Redis 8.0 has for RDB
// files, so that either server restores what the other dumped.
//
// A payload is the type of the value, the value, the version of the format (two
// bytes) and a CRC-64 of everything before it (eight bytes), both little-endian.
// Values are written as Redis 8.0 writes them, byte for byte (dumpencode.go,
// dumpstream.go), but for what depends on its hash function: the order of the members of
// large sets and of the fields of large hashes; and on its history: where the nodes of a
// quicklist end. Reading also accepts the forms of older versions: ziplist, zipmap, lists
// without nodes (dumpdecode.go, which uses dumpreader.go and dumppacked.go).
//
// A payload comes from a client and nothing in it is trusted: sizes are checked
// against the bytes that are there before anything is allocated for them.
//
// Sources: https://github.com/sripathikrishnan/redis-rdb-tools/wiki/Redis-RDB-Dump-File-Format,
// https://github.com/antirez/listpack/blob/master/listpack.md, and the payloads
// of Redis 8.0.2 itself.

// Errors of a payload.
var (
	// ErrDumpChecksum: it is too short, too new or corrupt.
	ErrDumpChecksum = errors.New("dump: version or checksum are wrong")
	// ErrDumpData: its value makes no sense, or has a type that is not supported
	// here.
	ErrDumpData = errors.New("dump: bad data")
)

// rdbVersion is the RDB version of Redis 8.0. Later ones are refused.
const rdbVersion = 12

// The types of values: the first byte of a payload.
const (
	rdbString         = 0
	rdbList           = 1
	rdbSet            = 2
	rdbZSetText       = 3 // scores as text
	rdbHash           = 4
	rdbZSet           = 5 // scores as doubles
	rdbModuleValue    = 7
	rdbHashZipmap     = 9
	rdbListZiplist    = 10
	rdbSetIntset      = 11
	rdbZSetZiplist    = 12
	rdbHashZiplist    = 13
	rdbListQuicklist  = 14 // nodes are ziplists
	rdbStream         = 15
	rdbHashListpack   = 16
	rdbZSetListpack   = 17
	rdbListQuicklist2 = 18 // nodes are listpacks or single elements
	rdbStream2        = 19 // also the first id, the greatest deleted one, and counts of what was added and read
	rdbSetListpack    = 20
	rdbStream3        = 21 // also when consumers were active
	rdbHashTTL        = 24 // fields may have a deadline
	rdbHashTTLPack    = 25
)

// A length begins with two bits that give its form. The last form is not a length:
// a string in a special form follows, which the other six bits name.
const (
	len6, len14, lenWide, lenSpecial = 0, 1, 2, 3

	len32, len64 = 0x80, 0x81

	specialInt8, specialInt16, specialInt32, specialLZF = 0, 1, 2, 3
)

// The forms of a node of rdbListQuicklist2.
const nodePlain, nodePacked = 1, 2

// dumpFooter is the size in bytes of version and checksum.
const dumpFooter = 2 + 8

// crcJones is the polynomial of the checksum, with its bits reversed.
var crcJones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// dumpChecksum is the CRC-64 that Redis uses. Go's version inverts the bits before
// and after.
func dumpChecksum(b []byte) uint64 { return ^crc64.Update(^uint64(0), crcJones, b) }

// sealDump appends version and checksum to a type with its value.
func sealDump(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, rdbVersion)
	return binary.LittleEndian.AppendUint64(b, dumpChecksum(b))
}

// openDump verifies a payload and returns its type and value.
func openDump(payload []byte, skipSum bool) ([]byte, error) {
	n := len(payload) - dumpFooter
	if n < 0 || binary.LittleEndian.Uint16(payload[n:]) > rdbVersion || !skipSum &&
		binary.LittleEndian.Uint64(payload[n+2:]) != dumpChecksum(payload[:n+2]) {
		return nil, ErrDumpChecksum
	}
	return payload[:n], nil
}
