package keyspace

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

type deaf struct{}

func (deaf) Modified(*DB, []byte, Cause)      {}
func (deaf) Ready(*DB, []byte)                {}
func (deaf) Event(*DB, Class, string, []byte) {}

// filledKeyspace has values of all types in two databases, some with a time to live.
func filledKeyspace(r *rand.Rand) *Keyspace {
	ks := New(16, deaf{}, r)
	ks.SetNow(1000)
	for i := range 60 {
		db, key := ks.DB(i%2*3), []byte("key"+strconv.Itoa(i))
		var e *Entry
		if i%5 == 0 {
			e = db.PutStr(key, []byte([]string{"", "12", "-70000", "text", string(make([]byte, 300))}[r.IntN(5)]), false)
		} else {
			e = db.Put(key, randomValue(r, &ks.Limits), false)
		}
		if i%3 == 0 {
			db.SetExpire(e, int64(2000+i))
		}
		db.Modified(key)
	}
	return ks
}

func contentsOf(ks *Keyspace) map[string][]string {
	all := map[string][]string{}
	for _, db := range ks.DBs() {
		for e := range db.keys.slots.all() {
			content := append(words(e.obj), string(e.str), strconv.FormatInt(e.expireAt, 10))
			all[strconv.Itoa(db.Index)+" "+e.key] = content
		}
	}
	return all
}

func TestWriteAndReadRDB(t *testing.T) {
	const seed = 41
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		ks := filledKeyspace(r)
		var file bytes.Buffer
		require.NoError(t, ks.WriteRDB(&file, []string{"#!lua name=a"}, [][2]string{{"redis-ver", "8.0.2"}}))
		again := New(16, deaf{}, r)
		again.SetNow(1000)
		loaded, err := again.ReadRDB(file.Bytes(), false, nil)
		require.NoError(t, err)
		require.Equal(t, LoadedRDB{Libraries: []string{"#!lua name=a"}, Aux: map[string]string{"redis-ver": "8.0.2"}, Keys: 60}, loaded)
		require.Equal(t, contentsOf(ks), contentsOf(again), "seed %d", seed)
		require.Equal(t, ks.DB(3).Expires(), again.DB(3).Expires())

		_, err = again.ReadRDB(file.Bytes(), false, nil)
		require.ErrorContains(t, err, "is there twice")
		_, err = again.ReadRDB(file.Bytes(), true, nil)
		require.NoError(t, err)
		require.Equal(t, contentsOf(ks), contentsOf(again))

		later := New(16, deaf{}, r)
		later.SetNow(3000)
		loaded, err = later.ReadRDB(file.Bytes(), false, nil)
		require.NoError(t, err)
		require.Equal(t, 20, loaded.Expired)
		require.Equal(t, 40, loaded.Keys)
	}
}

// How keys were used is in the file if the policy of eviction goes by that.
func TestRDBKeepsAccess(t *testing.T) {
	for policy, want := range map[Policy]string{AllKeysLRU: "\xf8\x14\x00\x01k\x01v", AllKeysLFU: "\xf9\x07\x00\x01k\x01v", NoEviction: "\xfb\x01\x00\x00\x01k\x01v"} {
		ks := New(1, deaf{}, rand.New(rand.NewPCG(1, 1)))
		ks.Policy = policy
		ks.SetNow(50_000)
		e := ks.DB(0).PutStr([]byte("k"), []byte("v"), false)
		ks.SetAccess(e, 20_000, 7)
		var file bytes.Buffer
		require.NoError(t, ks.WriteRDB(&file, nil, nil))
		require.Contains(t, file.String(), want)
		again := New(1, deaf{}, rand.New(rand.NewPCG(1, 1)))
		again.Policy = policy
		again.SetNow(50_000)
		_, err := again.ReadRDB(file.Bytes(), false, nil)
		require.NoError(t, err)
		loaded := again.DB(0).Stored([]byte("k"))
		switch policy {
		case AllKeysLRU:
			require.Equal(t, int64(20_000), again.Idle(loaded))
		case AllKeysLFU:
			require.EqualValues(t, 7, again.Freq(loaded))
		}
	}
}

// A file that is broken is refused with a sentence.
func TestReadRDBRefuses(t *testing.T) {
	const aof, module = "\xfa\x08aof-base\x010", "\x81\x01\x02\x03\x04\x05\x06\x07\x08"
	for file, want := range map[string]string{
		"":                             "it is empty",
		"REDI":                         "it is no RDB file",
		"hello world":                  "it is no RDB file",
		"REDIS0099":                    `the version of its format is "0099"`,
		"REDISabcd":                    `the version of its format is "abcd"`,
		"REDIS0012":                    "it is cut off: it ends after 9 bytes, in the part at byte 9",
		"REDIS0012\xff":                "the checksum is missing",
		"REDIS0012\xff12345678":        "its checksum is wrong",
		"REDIS0012" + aof + "\xfe\x20": "it has a database 32, and there are 16",
		"REDIS0012\x00\x01k\x01v\x00\x01k\x01v\xff\x00\x00\x00\x00": `the key "k" is there twice, in the part at byte 14`,
		"REDIS0012\x00\x01k\x05v":                                   "it is cut off: it ends after 14 bytes",
		"REDIS0012\x01\x01k\x05\x01v":                               "it is cut off",
		"REDIS0012\x0a\x01k\x01v\xff":                               "the data makes no sense, in the part at byte 9",
		"REDIS0012\x63\x01k\x01v":                                   `the key "k" has the unknown type 99`,
		"REDIS0012\x07\x01k" + module:                               `the key "k" has a value of the module type AQIDBAUGB`,
		"REDIS0012\xf7" + module + "\x02\x00\x09":                   "the data makes no sense",
		"REDIS0012\xf6\x01k":                                        "a library of functions in the form of a release candidate",
	} {
		_, err := New(16, deaf{}, nil).ReadRDB([]byte(file), false, nil)
		require.ErrorContains(t, err, want, "%q", file)
	}
	ks := New(16, deaf{}, rand.New(rand.NewPCG(1, 1)))
	_, err := ks.ReadRDB([]byte("REDIS0012\xf4\x01\x02\x03\x00\x01k\x01v\xff\x00\x00\x00\x00\x00\x00\x00\x00"), false, nil)
	require.NoError(t, err, "without a checksum")
	require.Equal(t, 1, ks.DB(0).Len())

	const values = "\x01\x05\x02\x40\x64\x03abcd\x0412345678\x05\x02hi\x00"
	_, err = ks.ReadRDB([]byte("REDIS0012\xf7"+module+"\x02\x01"+values+"\xf8\x05\xf9\x07\x00\x01m\x01v\xff\x00\x00\x00\x00\x00\x00\x00\x00"), false, nil)
	require.NoError(t, err, "what a module keeps beside its keys is skipped")
	require.True(t, ks.DB(0).Has([]byte("m")))
}

// Keys without elements, which old versions of Redis could save, are left out.
func TestReadRDBSkipsEmptyKeys(t *testing.T) {
	ks := New(16, deaf{}, rand.New(rand.NewPCG(1, 1)))
	loaded, err := ks.ReadRDB([]byte("REDIS0012\x01\x01l\x00\x00\x01k\x01v\x04\x01h\x00\xff\x00\x00\x00\x00\x00\x00\x00\x00"), false, nil)
	require.NoError(t, err)
	require.Equal(t, 1, loaded.Keys)
	require.Equal(t, []string{"l", "h"}, loaded.Empty)
	require.Equal(t, 1, ks.DB(0).Len())
}

// Damaged files are refused or read as something else; nothing worse happens.
func TestReadDamagedRDB(t *testing.T) {
	const seed = 42
	r := rand.New(rand.NewPCG(seed, 0))
	var b bytes.Buffer
	require.NoError(t, filledKeyspace(r).WriteRDB(&b, nil, nil))
	for range 300 {
		file := slices.Clone(b.Bytes())
		for range 1 + r.IntN(3) {
			file[rdbHeader+r.IntN(len(file)-rdbHeader)] = byte(r.IntN(256))
		}
		_, _ = New(16, deaf{}, r).ReadRDB(file[:len(file)-r.IntN(2)*r.IntN(len(file))], false, nil)
	}
}

func FuzzReadRDB(f *testing.F) {
	f.Add([]byte("\xfa\x08aof-base\x010\xfe\x03\xfb\x02\x01\xfc\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01k\x01v\x01\x01l\x01\x01a\xff"))
	f.Add([]byte("\xf5\x0c#!lua name=a\x18\x01h\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01a\x01b\xff"))
	f.Fuzz(func(t *testing.T, parts []byte) {
		file := append(append([]byte("REDIS0012"), parts...), make([]byte, 8)...)
		ks := New(16, deaf{}, rand.New(rand.NewPCG(1, 1)))
		if _, err := ks.ReadRDB(file, false, nil); err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, ks.WriteRDB(&again, nil, nil))
		_, err := New(16, deaf{}, rand.New(rand.NewPCG(1, 1))).ReadRDB(again.Bytes(), false, nil)
		require.NoError(t, err)
	})
}
