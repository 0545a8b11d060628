package lab

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/internal/transcript"
)

// Terminal is where a lab is shown, as lines of text.
type Terminal struct {
	Out    io.Writer
	Colour bool
	// Ask shows a prompt and returns the reader's line. nil: nobody is asked.
	Ask func(prompt string) string
	// Step asks for Enter after each step of the session.
	Step bool
	// Why returns what the server has decided since the last call. nil: nobody knows.
	Why func() []string
}

// width is that of the text. It fits a terminal of 80 columns.
const width = 78

// Styles of text, as numbers of ANSI's SGR.
const (
	bold   = "1"
	dim    = "2"
	yellow = "33"
	cyan   = "1;36"
)

// Show plays a lab on the server at an address, and shows it: the text, the steps with a
// column for each connection, and the reader's predictions beside the answers.
func (t *Terminal) Show(l *Lab, addr string) error {
	s := show{Terminal: t, conns: l.script.Conns()}
	s.print(bold, "", fmt.Sprintf("Lab %d: %s", l.Number, l.Title))
	s.print("", "", l.Question)
	return l.Play(addr, s.step)
}

// show is a lab that is being shown.
type show struct {
	*Terminal
	conns   []string
	session bool   // steps of the session stand above, and the heads of the columns
	guess   string // of the reader, at the last prediction
}

func (s *show) step(step transcript.Step) error {
	switch step.Word {
	case "title", "question", "level":
		s.why(step)
	case "#":
		s.text("", "", step.Text)
	case "predict":
		s.predict(step.Text)
	case "answer":
		if s.guess != "" {
			s.text(dim, "You said: ", s.guess)
			s.guess = ""
		}
		s.text(bold, "Answer: ", step.Text)
	case "client":
		s.text(bold, "What a client must do: ", step.Text)
	case "table":
		s.table(step)
	default:
		s.line(step)
		s.why(step)
		if s.Step && s.Ask != nil {
			s.Ask("")
		}
	}
	return nil
}

// text prints a paragraph between steps.
func (s *show) text(style, label, text string) {
	s.session = false
	s.print(style, label, text)
}

func (s *show) predict(question string) {
	s.text(cyan, "Predict: ", question)
	if s.Ask != nil {
		s.guess = strings.TrimSpace(s.Ask("your guess> "))
	}
}

// line prints a step of the session.
func (s *show) line(step transcript.Step) {
	switch {
	case step.Conn == "" && step.Word != "open" && step.Word != "close":
		s.meanwhile(step)
		return
	case step.Conn == "":
		for _, name := range strings.Fields(step.Text) {
			s.connection(step, name)
		}
		return
	}
	style, cells := "", []string{}
	switch step.Word {
	case ">", "+":
		cells = []string{"> " + step.Text}
	case "!":
		style, cells = dim, []string{"(nothing)"}
	default:
		if len(step.Got) == 0 {
			style, cells = dim, []string{"(nothing)"}
		}
		for _, v := range step.Got {
			cells = append(cells, "< "+v)
		}
	}
	for _, cell := range cells {
		s.cell(step.Conn, style, cell)
	}
}

// why prints what the server has decided, once what was sent has had its effect.
func (s *show) why(step transcript.Step) {
	if s.Why == nil || step.Word == ">" || step.Word == "+" || step.Word == "open" {
		return
	}
	lines := s.Why()
	if step.Word == "title" || step.Word == "reset" {
		return // how the server was prepared
	}
	for _, line := range lines {
		for i, part := range wrap(line, width-len(margin)-2) {
			bullet := "* "
			if i > 0 {
				bullet = "  "
			}
			fmt.Fprintf(s.Out, "%s%s\n", margin, s.styled(dim, bullet+part))
		}
	}
}

// connection prints that a connection begins or ends.
func (s *show) connection(step transcript.Step, name string) {
	switch {
	case step.Word == "close":
		s.cell(name, dim, "(disconnects)")
	case name == "resp2" || name == "resp3":
	case strings.HasSuffix(step.Text, " resp3"):
		s.cell(name, dim, "(connects, RESP3)")
	default:
		s.cell(name, dim, "(connects, RESP2)")
	}
}

// meanwhile prints a step that is no connection's.
func (s *show) meanwhile(step transcript.Step) {
	words := append(strings.Fields(step.Text), "", "")
	text := map[string]string{
		"wait":  fmt.Sprintf("... until %s of INFO is %s", words[0], words[1]),
		"pass":  fmt.Sprintf("... %s ms later", words[0]),
		"reset": "... and once more, with no keys and no connections",
		"info":  fmt.Sprintf("... INFO says %s:%s", words[1], strings.Join(step.Got, "")),
	}[step.Word]
	s.heads()
	fmt.Fprintf(s.Out, "%s%s\n", margin, s.styled(dim, text))
}

const margin = "  "

// cell prints a text in the column of a connection.
func (s *show) cell(conn, style, text string) {
	s.heads()
	if style == "" && strings.HasPrefix(text, "< >") {
		style = yellow // a push
	}
	left, wide := s.place(conn)
	for i, part := range wrap(text, wide-2) {
		if i > 0 {
			part = "  " + part
		}
		fmt.Fprintf(s.Out, "%s%s%s\n", margin, left, s.styled(style, part))
	}
}

// place returns what stands to the left of a connection's lines, and how wide they are: its
// name where there are too many for columns.
func (s *show) place(conn string) (left string, wide int) {
	if s.columns() {
		wide = s.columnWidth()
		return strings.Repeat(" ", wide*slices.Index(s.conns, conn)), wide
	}
	longest := slices.MaxFunc(s.conns, func(a, b string) int { return len(a) - len(b) })
	return fmt.Sprintf("%-*s  ", len(longest), conn), width - len(margin) - len(longest) - 2
}

// columns reports whether each connection has a column.
func (s *show) columns() bool { return len(s.conns) <= 4 }

// heads prints the names of the connections over the steps of the session.
func (s *show) heads() {
	if s.session {
		return
	}
	s.session = true
	if !s.columns() {
		fmt.Fprintln(s.Out)
		return
	}
	var b strings.Builder
	for _, name := range s.conns {
		fmt.Fprintf(&b, "%-*s", s.columnWidth(), name)
	}
	fmt.Fprintf(s.Out, "\n%s%s\n", margin, s.styled(bold, strings.TrimRight(b.String(), " ")))
}

func (s *show) columnWidth() int {
	return (width - len(margin)) / max(1, len(s.conns))
}

// table prints what each server gives: once if all are alike, otherwise by the values of
// each column.
func (s *show) table(step transcript.Step) {
	head := "What each server does:"
	alike := len(step.Table.Rows) == 1
	if alike {
		head = "All do this: " + strings.Join(step.Table.Rows[0].Servers, ", ")
	}
	s.text(bold, "", head)
	measured := step.Table.Of(step.Server) != nil
	for i, c := range step.Table.Columns {
		if alike {
			s.row(c.Head, step.Table.Rows[0].Cells[i])
		} else {
			s.column(step.Table, i)
		}
		if !measured {
			s.row("  "+step.Got[i], "here ("+step.Server+", not in the table)")
		}
	}
}

// row prints two texts side by side, or below each other if the first is long.
func (s *show) row(left, right string) {
	const wide = 36
	if len(left) > wide {
		fmt.Fprintf(s.Out, "%s%s\n", margin, left)
		left = ""
	}
	for _, part := range wrap(right, width-len(margin)-wide-2) {
		fmt.Fprintf(s.Out, "%s%-*s  %s\n", margin, wide, left, part)
		left = ""
	}
}

// column prints the values of a column, each with the servers that give it.
func (s *show) column(t *transcript.Table, column int) {
	fmt.Fprintf(s.Out, "%s%s\n", margin, t.Columns[column].Head)
	servers := map[string][]string{}
	for _, r := range t.Rows {
		servers[r.Cells[column]] = append(servers[r.Cells[column]], r.Servers...)
	}
	for _, r := range t.Rows {
		value := r.Cells[column]
		if list := servers[value]; list != nil {
			s.row("  "+value, strings.Join(list, ", "))
			delete(servers, value)
		}
	}
}

// print prints a paragraph, and an empty line before it.
func (t *Terminal) print(style, label, text string) {
	fmt.Fprintln(t.Out)
	for _, part := range wrap(label+text, width) {
		fmt.Fprintln(t.Out, t.styled(style, part))
	}
}

func (t *Terminal) styled(style, text string) string {
	if !t.Colour || style == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// wrap breaks a text between words into lines. A word that is longer than a line keeps its
// own.
func wrap(text string, wide int) (lines []string) {
	for word := range strings.FieldsSeq(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= wide {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
