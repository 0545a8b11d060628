// Package serverlog writes the server's log, in the form of Redis's:
//
//	7171:M 21 Nov 2026 04:48:39.550 * Ready to accept connections tcp
//
// that is: the process, its role (C while it starts, M as a server), the time, a
// sign for the level, the message. Programs that start a redis-server wait for such
// lines.
package serverlog

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Level is how important a message is.
type Level int32

// The levels, as the setting loglevel names them.
const (
	Debug Level = iota
	Verbose
	Notice
	Warning
	Nothing // as a threshold: no message is written
)

var levelNames = []string{"debug", "verbose", "notice", "warning", "nothing"}

// ParseLevel returns the level with that name, or Notice, Redis's default, for any
// other name.
func ParseLevel(name string) Level {
	if i := slices.Index(levelNames, name); i >= 0 {
		return Level(i)
	}
	return Notice
}

// String returns the level's name.
func (l Level) String() string { return levelNames[l] }

// signs are the characters before a message, by level.
const signs = ".-*#"

// The roles of a process.
const (
	Starting byte = 'C'
	Master   byte = 'M'
)

// messageMax is the length at which messages are cut, as in Redis.
const messageMax = 1024

// Logger writes messages of a level and above. It is safe for concurrent use. A nil
// Logger writes nothing.
type Logger struct {
	role  byte
	level atomic.Int32

	mu sync.Mutex // held while a line is written
	w  io.Writer
}

// New returns a logger that writes to w; a nil w drops everything.
func New(w io.Writer, role byte, level Level) *Logger {
	if w == nil {
		w, level = io.Discard, Nothing
	}
	l := &Logger{role: role, w: w}
	l.SetLevel(level)
	return l
}

// SetLevel changes the threshold.
func (l *Logger) SetLevel(level Level) { l.level.Store(int32(level)) }

// Enabled reports whether messages of a level are written.
func (l *Logger) Enabled(level Level) bool {
	return l != nil && level >= Level(l.level.Load()) && level < Nothing
}

// Logf writes a message.
func (l *Logger) Logf(level Level, format string, args ...any) {
	if !l.Enabled(level) {
		return
	}
	message := fmt.Sprintf(format, args...)
	if len(message) > messageMax {
		message = message[:messageMax]
	}
	now := time.Now().Format("02 Jan 2006 15:04:05.000")
	line := fmt.Sprintf("%d:%c %s %c %s\n", os.Getpid(), l.role, now, signs[level], message)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, line) // a log that cannot be written has nowhere to report it
}

// Debugf writes a message of level Debug.
func (l *Logger) Debugf(format string, args ...any) { l.Logf(Debug, format, args...) }

// Verbosef writes a message of level Verbose.
func (l *Logger) Verbosef(format string, args ...any) { l.Logf(Verbose, format, args...) }

// Noticef writes a message of level Notice.
func (l *Logger) Noticef(format string, args ...any) { l.Logf(Notice, format, args...) }

// Warningf writes a message of level Warning.
func (l *Logger) Warningf(format string, args ...any) { l.Logf(Warning, format, args...) }

// File is a log file. It is opened for each write, as in Redis, so that it may be
// moved away at any time.
type File string

// Check returns an error if the file cannot be opened for writing.
func (path File) Check() error {
	f, err := path.open()
	if err != nil {
		return err
	}
	return f.Close()
}

// Write appends to the file.
func (path File) Write(b []byte) (int, error) {
	f, err := path.open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Write(b)
}

func (path File) open() (*os.File, error) {
	return os.OpenFile(string(path), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
}
