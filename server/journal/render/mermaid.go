package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/tattle-server/tattle/tracking"
)

// writeMermaid writes a sequence diagram for Mermaid. Commands and pushes are solid arrows,
// replies dashed ones; a message that was not sent is dashed and ends in a cross.
//
// Source: https://mermaid.js.org/syntax/sequenceDiagram.html.
func writeMermaid(w io.Writer, events []tracking.Event) error {
	m := mermaid{names: lastNames(events)}
	m.b.WriteString("sequenceDiagram\n    participant server\n")
	list := fold(lines(events))
	for _, id := range clientsOf(list) {
		fmt.Fprintf(&m.b, "    participant %s as %s\n", actor(id), mermaidText(heading(id, m.names[id])))
	}
	for i, l := range list {
		if i == 0 {
			m.began = l.at
		}
		m.draw(l)
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

// mermaid is a diagram that is being written.
type mermaid struct {
	timeline
	stamps
	b     strings.Builder
	names map[uint64]string
}

// actor names a participant; its heading is shown.
func actor(client uint64) string { return fmt.Sprintf("c%d", client) }

func heading(client uint64, name string) string {
	switch {
	case client == 0:
		return directAccess + ", the clock"
	case name != "":
		return fmt.Sprintf("client %d (%s)", client, plain(name))
	}
	return fmt.Sprintf("client %d", client)
}

// draw draws a line.
func (m *mermaid) draw(l line) {
	who := actor(l.client)
	if at, moved := m.moved(l.at.Sub(m.began)); moved {
		m.note("server", at)
	}
	if l.command != "" {
		m.arrow(who, "->>", "server", strings.TrimPrefix(l.command, "> "))
	}
	if reply := strings.TrimPrefix(l.reply, "< "); l.pushed {
		m.arrow("server", "-)", who, strings.TrimPrefix(reply, ">"))
	} else if l.reply != "" {
		m.arrow("server", "-->>", who, reply)
	}
	if l.unsent {
		m.arrow("server", "--x", who, strings.Trim(l.note, "()"))
	} else if note := strings.TrimSpace(strings.Trim(l.note, "()") + " " + m.repeated(l)); note != "" {
		m.note(who, note)
	}
}

func (m *mermaid) arrow(from, how, to, text string) {
	fmt.Fprintf(&m.b, "    %s%s%s: %s\n", from, how, to, mermaidText(text))
}

func (m *mermaid) note(over, text string) {
	fmt.Fprintf(&m.b, "    Note over %s: %s\n", over, mermaidText(text))
}

// mostMermaid bounds a text, in characters: the diagram is as wide as its longest.
const mostMermaid = 70

// mermaidText writes what has a meaning in Mermaid, or in HTML, as entity codes.
func mermaidText(text string) string {
	var b strings.Builder
	for _, c := range cut(text, mostMermaid) {
		if strings.ContainsRune("#;%<>&$`", c) {
			fmt.Fprintf(&b, "#%d;", c)
			continue
		}
		b.WriteRune(c)
	}
	if b.Len() == 0 {
		return "#8203;" // a text must not be empty
	}
	return b.String()
}
