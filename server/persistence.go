package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
)

// This file reads and writes RDB files: when the server starts, for SAVE and BGSAVE, by the
// save points of the setting save, and at the end. Without save points, which is how tattle
// starts, nothing is written unless a client asks for it.

// persistence is what a server knows of its file.
type persistence struct {
	last    time.Time     // when the file was written last, or the server started
	saved   int64         // changes that were there then
	count   int64         // times that a file was to be written, by SAVE and BGSAVE, since CONFIG RESETSTAT
	failed  bool          // the last BGSAVE
	took    time.Duration // the last BGSAVE; negative before the first
	since   time.Time     // when the running BGSAVE began; zero if none runs
	writing sync.WaitGroup
	loaded  keyspace.LoadedRDB
	program bool // the server has a file of its own: Options.Persist
	skip    bool // nothing is written at the end: SHUTDOWN has done it, or was told not to
}

// rdbPath returns the name of the file.
func (s *Server) rdbPath() string { return filepath.Join(s.cfg.Dir, s.cfg.DBFilename) }

// loadRDB reads a file into the empty databases.
func (s *Server) loadRDB(path string) error {
	began := time.Now()
	file, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("Fatal error: can't open the RDB file %s for reading: %s", path, config.SystemText(err))
	}
	if s.persistence.loaded, err = s.ks.ReadRDB(file, false, s.loadProgress(path, len(file))); err != nil {
		return fmt.Errorf("Fatal error loading the DB from %s: %w", path, err)
	}
	if err := s.restoreLibraries(s.persistence.loaded.Libraries, script.Flush); err != nil {
		return fmt.Errorf("Fatal error loading the DB from %s: %w", path, err)
	}
	s.describeLoaded(s.persistence.loaded.Aux)
	s.logLoaded(&s.persistence.loaded)
	s.log.Noticef("DB loaded from disk: %.3f seconds", time.Since(began).Seconds())
	return nil
}

// logLoaded says in Redis's words what was loaded, and what was not.
func (s *Server) logLoaded(l *keyspace.LoadedRDB) {
	for _, name := range l.Empty {
		s.log.Noticef("rdbLoadObject skipping empty key: %s", name)
	}
	skipped := ""
	if len(l.Empty) > 0 {
		skipped = fmt.Sprintf(", empty keys skipped: %d", len(l.Empty))
	}
	s.log.Noticef("Done loading RDB, keys loaded: %d, keys expired: %d%s.", l.Keys, l.Expired, skipped)
}

// loadEvery is the time between two lines in the log about a file that is being loaded.
const loadEvery = time.Second

// loadProgress returns a function that logs how far a file is loaded.
func (s *Server) loadProgress(path string, size int) func(read int) {
	next := time.Now().Add(loadEvery)
	return func(read int) {
		if now := time.Now(); now.After(next) {
			next = now.Add(loadEvery)
			s.log.Noticef("Loading %s: %d of %d MB", path, read>>20, size>>20)
		}
	}
}

// describeLoaded logs what a file says of itself.
func (s *Server) describeLoaded(aux map[string]string) {
	if version, ok := aux["redis-ver"]; ok {
		s.log.Noticef("Loading RDB produced by version %s", version)
	}
	if written, err := strconv.ParseInt(aux["ctime"], 10, 64); err == nil {
		s.log.Noticef("RDB age %d seconds", max(s.clock.Unix()-written, 0))
	}
	if used, err := strconv.ParseFloat(aux["used-mem"], 64); err == nil {
		s.log.Noticef("RDB memory usage when created %.2f Mb", used/(1<<20))
	}
}

// loadAtStart reads the file that the options name. The program's file need not exist.
func (s *Server) loadAtStart(o Options) error {
	s.persistence.last, s.persistence.took, s.persistence.program = s.clock, -time.Second, o.Persist
	switch {
	case o.RDB != "":
		return s.loadRDB(o.RDB)
	case !o.Persist:
		return nil
	}
	path := s.rdbPath()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.loadRDB(path)
}

// encodeRDB returns all databases as the bytes of an RDB file.
func (s *Server) encodeRDB() []byte {
	var b bytes.Buffer
	s.ks.WriteRDB(&b, s.libraryCodes(), [][2]string{
		{"redis-ver", RedisVersion}, {"redis-bits", strconv.Itoa(strconv.IntSize)},
		{"ctime", strconv.FormatInt(s.clock.Unix(), 10)}, {"used-mem", strconv.FormatInt(s.usedMemory(), 10)}, {"aof-base", "0"},
	}) // a buffer in memory takes everything
	return b.Bytes()
}

// save writes the file and waits for it, as SAVE does.
func (s *Server) save() error {
	if err := writeRDB(s.rdbPath(), s.encodeRDB()); err != nil {
		s.log.Warningf("Failed writing the RDB file %s: %s", s.rdbPath(), config.SystemText(err))
		return err
	}
	s.noteSaved(s.ks.Dirty())
	return nil
}

func writeRDB(path string, content []byte) error {
	return config.ReplaceFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// noteSaved notes that a file was written which has the first dirty changes.
func (s *Server) noteSaved(dirty int64) {
	p := &s.persistence
	p.last, p.saved, p.failed = s.clock, dirty, false
	s.log.Noticef("DB saved on disk")
}

// saveBeside writes the file while the server goes on, as BGSAVE does. The bytes are made
// here, since there is no second process that could keep the keys as they are now.
func (s *Server) saveBeside() {
	p, path, dirty, content := &s.persistence, s.rdbPath(), s.ks.Dirty(), s.encodeRDB()
	p.since = s.clock
	p.count++
	s.log.Noticef("Background saving started")
	p.writing.Go(func() {
		err := writeRDB(path, content)
		s.post(func() { s.endSave(dirty, err) })
	})
}

func (s *Server) endSave(dirty int64, err error) {
	p := &s.persistence
	p.took, p.since = s.clock.Sub(p.since), time.Time{}
	if err != nil {
		p.failed = true
		s.log.Warningf("Background saving error: %s", config.SystemText(err))
		return
	}
	s.noteSaved(dirty)
	s.log.Noticef("Background saving terminated with success")
}

// nextSave returns when a save point falls due, in Unix milliseconds, or 0 for never.
func (s *Server) nextSave() (next int64) {
	p := &s.persistence
	if changes := s.ks.Dirty() - p.saved; changes > 0 && p.since.IsZero() {
		for _, point := range s.cfg.SavePoints {
			if at := p.last.UnixMilli() + point.Seconds*1000; changes >= point.Changes && (next == 0 || at < next) {
				next = at
			}
		}
	}
	if p.failed && next != 0 {
		next = max(next, s.ks.Now()+retrySave)
	}
	return next
}

// retrySave is how long to wait after a failed BGSAVE before the next one, in milliseconds.
const retrySave = 5000

// saveIfDue begins to write the file if a save point asks for it.
func (s *Server) saveIfDue() {
	if at := s.nextSave(); at != 0 && at <= s.ks.Now() {
		s.saveBeside()
	}
}

// saveAtEnd writes the file if there are save points.
func (s *Server) saveAtEnd() {
	if len(s.cfg.SavePoints) > 0 && !s.persistence.skip && !s.broken {
		_ = s.save() // it is in the log, and the server ends all the same
	}
}

const errCannotSave = resp.Error("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk." +
	" Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if" +
	" RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.")

// cannotSave reports whether writes are refused, since what they change could not be saved.
func (s *Server) cannotSave() bool {
	return s.persistence.failed && s.cfg.StopWritesOnSaveError && len(s.cfg.SavePoints) > 0
}

// unsaved refuses a write that could not be saved. PING, which asks how the server is, hears of
// it too.
func (s *Server) unsaved(row *command.Row, flags command.Flags) error {
	if s.cannotSave() && (flags|s.running().execFlags(row))&(command.Write|command.AsksHealth) != 0 {
		return errCannotSave
	}
	return nil
}

const errSaving = resp.Error("ERR Background save already in progress")

func runSave(s *Server, _ *client, call *command.Call) error {
	if !s.persistence.since.IsZero() {
		return errSaving
	}
	s.persistence.count++
	if s.save() != nil {
		return resp.Error("ERR")
	}
	call.Out.OK()
	return nil
}

func runBGSave(s *Server, _ *client, call *command.Call) error {
	switch {
	case len(call.Args) > 2 || len(call.Args) == 2 && !command.Is(call.Args[1], "schedule"):
		return resp.ErrSyntax
	case !s.persistence.since.IsZero():
		return errSaving
	}
	s.saveBeside()
	call.Out.Simple("Background saving started")
	return nil
}

func runLastSave(s *Server, _ *client, call *command.Call) error {
	call.Out.Int(s.persistence.last.Unix())
	return nil
}

// debugReload is DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]: the keys become an RDB file, and the
// file becomes keys again. Only the program writes the file, as Redis does. An embedded server
// keeps it in memory, unless NOSAVE says that there is one.
func debugReload(s *Server, _ *client, call *command.Call) error {
	merge, flush, fromFile := false, true, false
	for _, word := range call.Args[2:] {
		switch {
		case command.Is(word, "merge"):
			merge = true
		case command.Is(word, "noflush"):
			flush = false
		case command.Is(word, "nosave"):
			fromFile = true
		default:
			return resp.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
		}
	}
	content, err := s.reloadable(fromFile)
	if err == nil {
		err = s.reload(content, merge, flush)
	}
	if err != nil {
		s.log.Warningf("DEBUG RELOAD: %v", err)
		return resp.Error("ERR Error trying to load the RDB dump, check server logs")
	}
	call.Out.OK()
	return nil
}

// reloadable returns the RDB file that DEBUG RELOAD reads.
func (s *Server) reloadable(fromFile bool) ([]byte, error) {
	switch {
	case fromFile:
	case !s.persistence.program:
		return s.encodeRDB(), nil
	default:
		if err := s.save(); err != nil {
			return nil, err
		}
	}
	return os.ReadFile(s.rdbPath())
}

// reload puts the keys of a file in place of those that are there, or adds them. A file with
// mistakes changes nothing.
func (s *Server) reload(content []byte, merge, flush bool) error {
	trial := keyspace.New(len(s.ks.DBs()), nobodyHears{}, s.ks.Rand)
	trial.SetNow(s.ks.Now())
	loaded, err := trial.ReadRDB(content, false, nil)
	if err != nil {
		return err
	}
	policy := script.Append
	switch {
	case flush:
		policy = script.Flush
	case merge:
		policy = script.Replace
	}
	if err := s.restoreLibraries(loaded.Libraries, policy); err != nil {
		return err
	}
	if flush {
		s.flush(s.ks.DBs(), false)
		s.takeID()
	}
	s.persistence.loaded, err = s.ks.ReadRDB(content, merge, nil)
	return err
}

// restoreLibraries loads the libraries of a file.
func (s *Server) restoreLibraries(codes []string, policy script.Policy) error {
	return s.script.engine.RestoreLibraries(s.logHost(), codes, policy)
}

// nobodyHears is the listener of keys on trial.
type nobodyHears struct{}

func (nobodyHears) Modified(*keyspace.DB, []byte, keyspace.Cause)      {}
func (nobodyHears) Ready(*keyspace.DB, []byte)                         {}
func (nobodyHears) Event(*keyspace.DB, keyspace.Class, string, []byte) {}

var persistenceRows = command.Group(command.Row{Group: "server"}, []command.Row{
	cmd("bgsave", -1, "1.0.0", administration|command.NoAsyncLoading, runBGSave, "Writes an RDB file while the server goes on"),
	{Name: "lastsave", Arity: 1, Since: "1.0.0", Run: on(runLastSave), Summary: "Returns when an RDB file was last written, or the server started",
		Flags: anytime | command.Fast, Categories: command.CatAdmin | command.CatDangerous, Tips: command.Nondeterministic},
	cmd("save", 1, "1.0.0", administration|command.NoAsyncLoading|command.NoMulti, runSave, "Writes an RDB file"),
})
