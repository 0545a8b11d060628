package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// redisVersion is the version whose settings these are.
const redisVersion = "8.0.2"

// LineError says which line of a file is wrong. Its text is what redis-server
// prints before it exits.
type LineError struct {
	Line int
	Text string // the line
	Why  string
}

func (e *LineError) Error() string {
	return fmt.Sprintf("\n*** FATAL CONFIG FILE ERROR (Redis %s) ***\nReading the configuration file, at line %d\n>>> '%s'\n%s",
		redisVersion, e.Line, e.Text, e.Why)
}

// FileError says that a file cannot be read.
type FileError struct {
	Path string
	Why  string // in the words of the system
}

func (e *FileError) Error() string {
	return fmt.Sprintf("Fatal error, can't open config file '%s': %s", e.Path, e.Why)
}

// UnknownError lists the lines whose names are not settings. Redis keeps such lines
// for its modules and refuses those that no module takes.
type UnknownError struct{ Lines []string }

func (e *UnknownError) Error() string {
	return "Unresolved Configuration(s) Detected:\n>>> '" + strings.Join(e.Lines, "'\n>>> '") + "'"
}

// Directive is a line that the server interprets: one of Users or Renames.
type Directive struct {
	Args []string // the words after the directive's name
	line int
	text string
}

// Fail returns the error of a line that cannot be carried out.
func (d Directive) Fail(why string) *LineError {
	return &LineError{Line: d.line, Text: d.text, Why: why}
}

// LoadFile applies a redis.conf and makes it the file that CONFIG REWRITE writes.
// The error is a [LineError], [FileError] or [UnknownError].
func (c *Config) LoadFile(path string) error {
	l := loader{c: c}
	content, err := l.readMain(path)
	if err != nil {
		return err
	}
	return l.run(content)
}

// Load applies the text of a redis.conf. The error is that of LoadFile.
func (c *Config) Load(content string) error {
	l := loader{c: c}
	return l.run(content)
}

// includeDepth bounds the nesting of files that include others.
const includeDepth = 32

// loader reads the lines of a file and of those it includes.
type loader struct {
	c       *Config
	saved   bool // a save line has been read: the next ones add to it
	depth   int
	unknown []string
}

// readMain reads the file that is given on the command line.
func (l *loader) readMain(path string) (string, error) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", &FileError{Path: path, Why: SystemText(err)}
	}
	l.c.File = path
	return string(content), nil
}

func (l *loader) run(content string) error {
	if err := l.lines(content); err != nil {
		return err
	}
	if l.unknown != nil {
		return &UnknownError{Lines: l.unknown}
	}
	return nil
}

func (l *loader) lines(content string) error {
	for i, line := range strings.Split(content, "\n") {
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		d := Directive{line: i + 1, text: line}
		words, ok := splitLine(line)
		if !ok {
			return d.Fail("Unbalanced quotes in configuration line")
		}
		if len(words) == 0 {
			continue
		}
		d.Args = words[1:]
		if err := l.follow(strings.ToLower(words[0]), d); err != nil {
			return err
		}
	}
	return nil
}

// errDirective is the error of a line that is not a setting.
const errDirective = "Bad directive or wrong number of arguments"

// follow carries out a line.
func (l *loader) follow(name string, d Directive) error {
	s, n := settingByName[name], len(d.Args)
	switch {
	case s != nil:
		return l.set(s, d)
	case name == "include" && n == 1:
		return l.include(d)
	case name == "rename-command" && n == 2:
		l.c.Renames = append(l.c.Renames, d)
	case name == "user" && n >= 1:
		l.c.Users = append(l.c.Users, d)
	case name == "loadmodule" && n >= 1:
		return d.Fail("Modules are not supported by tattle")
	case n == 1 && outdated[name]:
	case n >= 1:
		l.unknown = append(l.unknown, strings.Join(append([]string{name}, d.Args...), " "))
	default:
		return d.Fail(errDirective)
	}
	return nil
}

// outdated are settings of older Redis servers, still read and ignored by 8.0.
var outdated = map[string]bool{
	"io-threads-do-reads": true, "list-max-ziplist-entries": true,
	"list-max-ziplist-value": true, "lua-replicate-commands": true,
}

// set sets one setting. Several save lines add up, unless one is empty.
func (l *loader) set(s *setting, d Directive) error {
	words, old := d.Args, s.text(l.c)
	if s.has(orAuto) && len(words) == 1 && strings.EqualFold(words[0], "auto") {
		s.put(l.c, strconv.Itoa(Auto))
		return nil
	}
	if s.has(manyWords) && len(words) == 1 && words[0] != "" {
		words = strings.Split(words[0], " ")
	}
	text, err := s.kind.check(words, old)
	if err != nil {
		return d.Fail(err.Error())
	}
	if s.name == "save" {
		if l.saved && text != "" && old != "" {
			text = old + " " + text
		}
		l.saved = true
	}
	s.put(l.c, text)
	return nil
}

// include reads the files that match a pattern. A pattern may match none; a plain
// name must exist.
func (l *loader) include(d Directive) error {
	paths := []string{d.Args[0]}
	if strings.ContainsAny(d.Args[0], "*?[") {
		paths, _ = filepath.Glob(d.Args[0])
	}
	if l.depth++; l.depth > includeDepth {
		return d.Fail("Too many files that include each other")
	}
	defer func() { l.depth-- }()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return &FileError{Path: path, Why: SystemText(err)}
		}
		if err := l.lines(string(content)); err != nil {
			return err
		}
	}
	return nil
}
