package torture

import (
	"encoding/binary"
	"hash/crc64"
)

// rdbVersion is the version in the payloads: one that all servers read.
const rdbVersion = 11

var crc = crc64.MakeTable(0x95ac9329ac4bc9b5) // Jones, its bits reversed

// seal makes a payload for RESTORE of a type with its value: it appends a version and the
// right checksum.
func seal(body []byte) []byte {
	b := binary.LittleEndian.AppendUint16(body[:len(body):len(body)], rdbVersion)
	return binary.LittleEndian.AppendUint64(b, ^crc64.Update(^uint64(0), crc, b))
}
