package torture

import (
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"os"
	"path/filepath"

	"github.com/tattle-server/tattle/resp"
)

// rdbHeader is the length of the magic word and the version of a file.
const rdbHeader = 9

// rdb has the server save all dumps, and then load what becomes of the file. It needs the
// server's directory and DEBUG RELOAD, and the server to itself.
func (r *run) rdb() {
	if r.shared {
		return
	}
	c, err := r.target.dial(3)
	if err != nil {
		return
	}
	defer c.close()
	path, file, err := savedFile(c)
	if err != nil {
		r.find(c, "no RDB file to begin with: %v", err)
		return
	}
	rnd := r.rnd("rdb")
	for n := 0; err == nil && !r.over(); n++ {
		body := string(file[rdbHeader : len(file)-crc64.Size])
		if n > 0 { // first as it is
			body = mutate(rnd, body)
		}
		err = r.loadOne(c, path, append(file[:rdbHeader:rdbHeader], body...))
	}
	if err != nil {
		r.find(c, "the connection ended: %v", err)
	}
}

// savedFile has the server save a key for each dump, and returns the file.
func savedFile(c *conn) (path string, file []byte, err error) {
	commands := [][]any{{"FLUSHALL"}, {"FUNCTION", "LOAD", "REPLACE", library}}
	for i, body := range dumps {
		commands = append(commands, []any{"SELECT", i % 2}, []any{"RESTORE", fmt.Sprint("r:", i), i % 3 * 10_000_000, string(seal([]byte(body)))})
	}
	if _, err = c.all(append(commands, []any{"SELECT", 0}, []any{"SAVE"})...); err != nil {
		return "", nil, err
	}
	var parts [2]string
	for i, name := range []string{"dir", "dbfilename"} {
		v, err := c.do("CONFIG", "GET", name)
		if err != nil {
			return "", nil, err
		}
		pairs, _ := v.(resp.Map)
		if len(pairs) == 1 {
			parts[i], _ = pairs[0].Value.(string)
		}
	}
	path = filepath.Join(parts[:]...)
	if file, err = os.ReadFile(path); err == nil && len(file) < rdbHeader+crc64.Size {
		err = fmt.Errorf("%s has %d bytes", path, len(file))
	}
	return path, file, err
}

// loadOne lets the server load a file. What was loaded is read.
func (r *run) loadOne(c *conn, path string, file []byte) error {
	file = binary.LittleEndian.AppendUint64(file, ^crc64.Update(^uint64(0), crc, file))
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return err
	}
	r.counter("files").Add(1)
	v, err := c.do("DEBUG", "RELOAD", "NOSAVE")
	if err != nil {
		return fmt.Errorf("%w: %q", err, file)
	}
	if v == "OK" {
		r.counter("loaded").Add(1)
	} else if _, refused := v.(resp.Error); !refused {
		r.find(c, "DEBUG RELOAD of %q replies %v", file, v)
	}
	_, err = c.all([]any{"DBSIZE"}, []any{"DEBUG", "DIGEST"}, []any{"RANDOMKEY"}, []any{"EVAL", "for _, k in ipairs(redis.call('KEYS', '*')) do redis.pcall('DUMP', k) redis.pcall('OBJECT', 'ENCODING', k) end", 0})
	return err
}
