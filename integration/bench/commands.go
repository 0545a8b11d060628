//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// commandRow is a command whose cost is measured on values of several sizes.
type commandRow struct {
	name string
	cost string // as Redis documents it; N is the size of the value where no word follows
	// value is what the command works on, a name in fills. It stays there for the next row of
	// the same value.
	value string
	// run is what is measured, as a script. Where a command takes something out, the next
	// one puts it back, so that the value keeps its size; the cost is their mean.
	run string
}

// commandSizes are the sizes at which each command is measured.
var commandSizes = []int{10, 1_000, 100_000}

// commandPrefix begins the names of the cases that measure commands.
const commandPrefix = "commands-"

func commandCases() []Case {
	var list []Case
	for _, f := range commandFamilies {
		c := Case{
			Name: commandPrefix + f.name, Long: true,
			About: "the cost of commands on values of 10, 1,000 and 100,000 elements: " + f.name,
			run:   func(e *Env) { e.costs(f.rows) },
		}
		for _, row := range f.rows {
			c.Figures = append(c.Figures, Figure{Name: row.name, Unit: micros})
		}
		list = append(list, c)
	}
	return list
}

const (
	// sliceMin is the least processor time that is measured at once.
	sliceMin = 4 * time.Millisecond
	// slicesOfRow is how often: their median leaves out what came in between.
	slicesOfRow = 5
	// sliceCommands is how many commands are sent before their replies are read. The sockets
	// must hold them, but for what the server keeps of its replies.
	sliceCommands = 2048
)

// costs reports the server's processor time for one command of each row.
func (e *Env) costs(rows []commandRow) {
	c := e.dial()
	defer c.Close()
	for _, n := range commandSizes {
		value := ""
		for _, row := range rows {
			if row.value != value {
				value = row.value
				e.refill(c, fills[value], n)
			}
			e.report(row.name, n, e.costOf(c, newScript(row.run, n)))
		}
	}
}

// refill replaces all data by a value of n elements.
func (e *Env) refill(c *Conn, fill string, n int) {
	must(c.Do("FLUSHALL"))
	for line := range strings.SplitSeq(fill, "; ") {
		s, times := newScript(line, n), 1
		if strings.Contains(line, "%c") {
			s.count, times = 0, n
		}
		e.slice(c, s, times)
	}
}

// costOf returns the server's processor time for one command of a script, in microseconds.
func (e *Env) costOf(c *Conn, s *script) float64 {
	times, took := 1, e.slice(c, s, 1)
	for took < sliceMin {
		times *= 2
		took = e.slice(c, s, times)
	}
	costs := []float64{us(took, times)}
	for len(costs) < slicesOfRow {
		costs = append(costs, us(e.slice(c, s, times), times))
	}
	return percentile(costs, 50) / float64(len(s.lines))
}

// slice runs a script so many times and returns the server's processor time.
func (e *Env) slice(c *Conn, s *script, times int) time.Duration {
	before := must(e.server.CPU())
	for times > 0 {
		some := min(times, max(1, sliceCommands/len(s.lines)))
		times -= some
		check(c.exchange(s.render(some)))
	}
	return must(e.server.CPU()) - before
}

// endOfReplies is what an ECHO behind the commands replies. Nothing else has it.
const endOfReplies = "=end-of-replies="

// exchange sends commands, with an ECHO behind them, and reads until its reply.
func (c *Conn) exchange(commands []byte) error {
	if _, err := c.Write(append(commands, encode([]string{"ECHO", endOfReplies})...)); err != nil {
		return err
	}
	buf, kept := make([]byte, readMax), 0
	for {
		n, err := c.Read(buf[kept:])
		if err != nil {
			return err
		}
		got := buf[:kept+n]
		if at := bytes.Index(got, []byte("-ERR ")); at >= 0 {
			return fmt.Errorf("the server replied %.80q", got[at:])
		}
		if bytes.HasSuffix(got, []byte(endOfReplies+"\r\n")) {
			return nil
		}
		kept = copy(buf, got[max(0, len(got)-len(endOfReplies)-1):])
	}
}

// script is commands, separated by "; ", that are repeated with other numbers. In their words
//
//	%i is the number of a random element    %c  counts on from the number of elements
//	%n is the number of elements            %h  is half of it
//	%u and %v are random numbers            %e  is 9 more than that
//
// %i, %c, %u and %v have six digits. They are the same in all commands of one repetition.
type script struct {
	lines    [][]string
	n, count int
	random   *rand.Rand
}

func newScript(text string, n int) *script {
	s := &script{n: n, count: n, random: rand.New(rand.NewPCG(1, 2))}
	for line := range strings.SplitSeq(text, "; ") {
		s.lines = append(s.lines, strings.Fields(line))
	}
	return s
}

// render writes the commands so many times.
func (s *script) render(times int) (request []byte) {
	var word []byte
	for range times {
		numbers := [...]int{s.random.IntN(s.n), s.count, s.random.IntN(1_000_000), s.random.IntN(1_000_000)}
		s.count++
		for _, line := range s.lines {
			request = appendHeader(request, '*', len(line))
			for _, w := range line {
				word = s.expand(word[:0], w, numbers)
				request = append(append(appendHeader(request, '$', len(word)), word...), "\r\n"...)
			}
		}
	}
	return request
}

func appendHeader(b []byte, kind byte, n int) []byte {
	return append(strconv.AppendInt(append(b, kind), int64(n), 10), "\r\n"...)
}

// expand writes a word with what its letters behind % stand for.
func (s *script) expand(b []byte, word string, numbers [4]int) []byte {
	for i := 0; i < len(word); i++ {
		if word[i] != '%' {
			b = append(b, word[i])
			continue
		}
		i++
		switch word[i] {
		case 'n':
			b = strconv.AppendInt(b, int64(s.n), 10)
		case 'h':
			b = strconv.AppendInt(b, int64(s.n/2), 10)
		case 'e':
			b = strconv.AppendInt(b, int64(s.n/2+9), 10)
		default:
			b = append(b, "000000"...)
			number := numbers[strings.IndexByte("icuv", word[i])]
			for at := len(b) - 1; number > 0; at, number = at-1, number/10 {
				b[at] = byte('0' + number%10)
			}
		}
	}
	return b
}
