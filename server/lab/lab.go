// Package lab has the labs: short experiments with client tracking, for readers who want to
// see what happens. A lab asks a question, lets the reader predict, plays the session
// against a server, explains, and says what a client must do.
//
// Each lab is a file in labs, a transcript (package transcript tells the format) with text
// between the steps. It begins with
//
//	title A read is remembered once
//	question A client has read a key. Others change it twice. How many messages does it get?
//	level 1
//
// where level is 1 for what every user of tracking meets, 2 for what authors of clients must
// know, and 3 for what surprises even them. Later lines are
//
//	# prose            a paragraph; a line with # alone ends it
//	predict question   asks the reader, before the steps that give the answer
//	answer text        the answer in a sentence; prose below it explains
//	client text        what a client must do about it
//	table ...          what each server does that was measured
//
// The cells of a table are compared with what the play gave, so a table is true or the lab
// fails.
package lab

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/internal/transcript"
)

//go:embed labs/*.txt
var files embed.FS

// Lab is one lab.
type Lab struct {
	Number   int
	Name     string // "default-mode"
	Title    string
	Question string
	Level    int // 1 to 3
	script   *transcript.Script
}

// words begin lines of text. A lab has one each of the first three, and some of the others.
var words = []string{"title", "question", "level", "predict", "answer", "client"}

// All returns the labs in the order of their numbers.
func All() ([]*Lab, error) {
	entries, err := files.ReadDir("labs")
	if err != nil {
		return nil, err
	}
	var labs []*Lab
	for _, e := range entries {
		text, err := files.ReadFile("labs/" + e.Name())
		if err != nil {
			return nil, err
		}
		l, err := parse("labs/"+e.Name(), string(text))
		if err != nil {
			return nil, err
		}
		labs = append(labs, l)
	}
	return labs, nil
}

var fileName = regexp.MustCompile(`^(\d\d)-([a-z0-9-]+)\.txt$`)

func parse(file, text string) (*Lab, error) {
	parts := fileName.FindStringSubmatch(path.Base(file))
	if parts == nil {
		return nil, fmt.Errorf("%s: a lab is named like 01-default-mode.txt", file)
	}
	script, err := transcript.Parse(file, text, words...)
	if err != nil {
		return nil, err
	}
	script.Named = true
	texts := script.Texts()
	for i, word := range words {
		if n := len(texts[word]); n == 0 || n > 1 && i < 3 {
			return nil, fmt.Errorf("%s: the lab has %d lines of %s", file, n, word)
		}
	}
	if len(script.Tables()) == 0 {
		return nil, fmt.Errorf("%s: the lab has no table", file)
	}
	l := &Lab{Name: parts[2], Title: texts["title"][0], Question: texts["question"][0], script: script}
	l.Number, _ = strconv.Atoi(parts[1])
	if l.Level, err = strconv.Atoi(texts["level"][0]); err != nil || l.Level < 1 || l.Level > 3 {
		return nil, fmt.Errorf("%s: the level is 1, 2 or 3", file)
	}
	return l, nil
}

// Play plays the lab on the server at an address, which loses its keys and some of its
// settings. It calls show after each step; an error of show ends it. The error says where
// the server did something else than the lab says.
func (l *Lab) Play(addr string, show func(transcript.Step) error) error {
	return l.script.Play(addr, show)
}

// Verify plays the lab, and fails also where a table has no row for the server.
func (l *Lab) Verify(addr string) error {
	return l.Play(addr, func(s transcript.Step) error {
		if s.Table != nil && s.Table.Of(s.Server) == nil {
			return fmt.Errorf("%s:%d: the table has no row for %s, where it would be %s", l.script.Name, s.Line, s.Server, strings.Join(s.Got, " | "))
		}
		return nil
	})
}
