package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/tracking"
)

// The widths of a picture. A line may run over the columns to its right, since nothing else
// happens then; the last column has the least room.
const (
	timeWidth = 11
	fullWidth = 120
	leastRoom = 44
	minColumn = 14
	maxColumn = 56
)

// picture is what is drawn of a session.
type picture struct {
	timeline
	b       strings.Builder
	columns map[uint64]int
	width   int // of a column
}

// newPicture returns a picture with the headings: the clients that the lines are about, in the
// order in which they came.
func newPicture(list []line, events []tracking.Event, direct string) *picture {
	p := &picture{timeline: timeline{began: list[0].at}, columns: map[uint64]int{}}
	ids := clientsOf(list)
	p.width = min(max((fullWidth-timeWidth-leastRoom)/max(len(ids)-1, 1), minColumn), maxColumn)
	p.head(ids, lastNames(events), direct)
	return p
}

// clientsOf returns the clients that lines are about, in the order in which they came.
func clientsOf(list []line) []uint64 {
	ids := map[uint64]bool{}
	for _, l := range list {
		ids[l.client] = true
	}
	return slices.SortedFunc(maps.Keys(ids), func(a, b uint64) int { return cmp.Compare(a-1, b-1) }) // 0 comes last
}

// lastNames returns the last name that each client had.
func lastNames(events []tracking.Event) map[uint64]string {
	names := map[uint64]string{0: "the clock"}
	for _, e := range events {
		if e.Name != "" {
			names[e.Client] = e.Name
		}
	}
	return names
}

// head draws the headings, with the names below if there are any.
func (p *picture) head(ids []uint64, names map[uint64]string, direct string) {
	for i, id := range ids {
		p.columns[id] = i
	}
	heads, under, named := p.lifelines(), p.lifelines(), false
	for i, id := range ids {
		head := direct + ","
		if id != 0 {
			head = fmt.Sprintf("client %d", id)
		}
		p.put(heads, i, cut(head, p.width-3))
		p.put(under, i, cut(names[id], p.width-3))
		named = named || names[id] != ""
	}
	p.row("", heads)
	if named {
		p.row("", under)
	}
}

// lifelines returns a row in which nothing happens.
func (p *picture) lifelines() []rune {
	return []rune(strings.Repeat(" │"+strings.Repeat(" ", p.width-2), len(p.columns)))
}

// put writes a text into a row, where a column begins.
func (p *picture) put(row []rune, column int, text string) []rune {
	begin, r := column*p.width+3, []rune(text+" ")
	row = append(row, []rune(strings.Repeat(" ", max(begin+len(r)-len(row), 0)))...)
	copy(row[begin:], r)
	return row
}

func (p *picture) row(at string, row []rune) {
	fmt.Fprintf(&p.b, "%s\n", strings.TrimRight(fmt.Sprintf("%*s%s", timeWidth, at, string(row)), " "))
}

// draw draws a line in its column, in as many rows as it takes. Its time is shown if it is
// another one than before.
func (p *picture) draw(l line) {
	if strings.HasPrefix(l.reply, "< {") || strings.HasPrefix(l.reply, "< [") {
		l.reply = cut(l.reply, max(p.width, leastRoom)-3)
	}
	column, at := p.columns[l.client], p.next(l.at)
	room := max(fullWidth-timeWidth-column*p.width, leastRoom) - 3
	for _, text := range layOut(room, l.command, l.reply, l.note, p.repeated(l)) {
		p.row(at, p.put(p.lifelines(), column, text))
		at = ""
	}
}

// mostRows bounds the rows of a text.
const mostRows = 3

// layOut lays texts out in rows of a width: in one if they fit, else each in rows of its own.
func layOut(width int, texts ...string) (rows []string) {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	if one := strings.Join(texts, "  "); len([]rune(one)) <= width {
		return []string{one}
	}
	for _, text := range texts {
		rows = append(rows, wrap(text, width)...)
	}
	return rows
}

// wrap breaks a text into rows, at spaces where there are some.
func wrap(text string, width int) (rows []string) {
	rest := []rune(text)
	for len(rest) > width && len(rows) < mostRows-1 {
		end := width
		for i := width; i > width/2; i-- {
			if rest[i] == ' ' {
				end = i
				break
			}
		}
		rows = append(rows, string(rest[:end]))
		rest = []rune("  " + strings.TrimLeft(string(rest[end:]), " "))
	}
	return append(rows, cut(string(rest), width))
}

// cut cuts a text to a width.
func cut(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}
