package render

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/tracking"
)

const respPath = "github.com/tattle-server/tattle/resp"

// goTest is a Go test that is being written.
type goTest struct {
	strings.Builder
	imports map[string]bool
	open    int // connections
	named   map[*conn]bool
}

// writeGoTest writes a Go test that does a session again with connections of package
// servertest, and requires the same replies and pushes.
func writeGoTest(w io.Writer, events []tracking.Event) error {
	s := newSession(events)
	g := &goTest{imports: map[string]bool{}, named: s.named()}
	clock := stamps{}
	for i := 0; i < len(s.steps); i++ {
		if at, moved := clock.before(s.steps[i]); moved {
			g.WriteString("\n")
			g.line("// %s", at)
		}
		i += g.step(s.steps[i:])
	}
	for _, c := range s.conns {
		if !c.over {
			g.line("%s.Quiet()", c.name)
		}
	}
	_, err := io.WriteString(w, g.file(s))
	return err
}

// named returns the connections whose ids are written anywhere.
func (s *session) named() map[*conn]bool {
	list := map[*conn]bool{}
	for _, x := range s.steps {
		for _, w := range x.words {
			list[w.id] = true
		}
		eachIdent(x.want, func(c *conn) { list[c] = true })
	}
	return list
}

// eachIdent calls fn with each connection whose id is in a value.
func eachIdent(v any, fn func(*conn)) {
	switch v := v.(type) {
	case ident:
		fn(v.conn)
	case []any:
		for _, x := range v {
			eachIdent(x, fn)
		}
	case resp.Push:
		eachIdent([]any(v), fn)
	case resp.Map:
		for _, p := range v {
			eachIdent(p.Value, fn)
		}
	}
}

func (g *goTest) line(format string, args ...any) {
	fmt.Fprintf(g, "\t"+format+"\n", args...)
}

// step writes the first of some steps, and returns how many of the others it has written too.
func (g *goTest) step(list []step) (more int) {
	x := list[0]
	switch x.do {
	case says:
		g.line("// %s", x.text)
	case opens:
		g.opens(x.conn)
	case sends:
		if len(list) > 1 && list[1].more {
			return g.together(list)
		}
		args := g.args(x)
		if len(list) > 1 && list[1].do == receives && list[1].conn == x.conn {
			g.require(list[1], fmt.Sprintf("%s.Do(%s)", x.conn.name, args))
			return 1
		}
		g.line("%s.Send(%s)", x.conn.name, args)
	case receives:
		g.require(x, x.conn.name+".Read()")
	case closes:
		g.open--
		g.line("%s.Close()", x.conn.name)
		g.line(`srv.Eventually(t, "%s to be gone", func() bool { return len(srv.Clients()) == %d })`, x.conn.name, g.open)
	case ends:
		g.open--
		g.line("require.Empty(t, %s.Closed())", x.conn.name)
	case waits:
		g.line("srv.WaitBlocked(t, %d)", x.n)
	case passes:
		g.imports["time"] = true
		g.line("srv.FastForward(%d * time.Millisecond)", x.n)
	}
	return 0
}

// together sends commands in one write.
func (g *goTest) together(list []step) (more int) {
	g.imports["slices"], g.imports[respPath] = true, true
	g.line("%s.WriteRaw(string(slices.Concat(", list[0].conn.name)
	for more = range list {
		if more > 0 && !list[more].more {
			more--
			break
		}
		g.line("\tresp.AppendCommand(nil, %s),", g.args(list[more]))
	}
	g.line(")))")
	return more
}

func (g *goTest) opens(c *conn) {
	g.open++
	three := ""
	if c.proto == 3 {
		three = "3"
	}
	g.line("%s := srv.Connect%s(t)", c.name, three)
	if g.named[c] {
		g.line("%sID := int64(%s.Client(srv).ID)", c.name, c.name)
	}
}

func (g *goTest) args(x step) string {
	list := make([]string, len(x.words))
	for i, w := range x.words {
		list[i] = strconv.Quote(w.text)
		if w.id != nil {
			list[i] = w.id.name + "ID"
		}
	}
	return strings.Join(list, ", ")
}

// require requires a value of what an expression returns.
func (g *goTest) require(x step, got string) {
	switch {
	case x.any:
		g.line("// Any value will do.")
		g.line("%s", got)
	case x.want == nil:
		g.line("require.Nil(t, %s)", got)
	case inAnyOrder(x.want):
		g.line("require.ElementsMatch(t, %s, %s)", g.value(x.want), got)
	default:
		g.line("require.Equal(t, %s, %s)", g.value(x.want), got)
	}
}

func inAnyOrder(v any) bool {
	switch v.(type) {
	case resp.Set, resp.Map:
		return true
	}
	return false
}

// value writes a value as Go.
func (g *goTest) value(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case ident:
		return v.name + "ID"
	case string:
		return strconv.Quote(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return fmt.Sprintf("int64(%d)", v)
	case float64:
		return g.float(v)
	case []any:
		return "[]any{" + all(v, g.value, ", ") + "}"
	}
	g.imports[respPath] = true
	switch v := v.(type) {
	case resp.Push:
		return "resp.Push{" + all(v, g.value, ", ") + "}"
	case resp.Set:
		return "resp.Set{" + all(v, g.value, ", ") + "}"
	case resp.Map:
		return "resp.Map{" + all(v, func(p resp.Pair) string { return "{Key: " + g.value(p.Key) + ", Value: " + g.value(p.Value) + "}" }, ", ") + "}"
	}
	if text, ok := v.(resp.Verbatim); ok {
		return fmt.Sprintf("%#v", text)
	}
	return fmt.Sprintf("%T(%q)", v, v) // an error, or a big number
}

func (g *goTest) float(f float64) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		g.imports["math"] = true
		return map[bool]string{true: "math.Inf(1)", false: "math.Inf(-1)"}[f > 0]
	}
	return fmt.Sprintf("float64(%s)", strconv.FormatFloat(f, 'g', -1, 64))
}

// file returns the whole file.
func (g *goTest) file(s *session) string {
	var b strings.Builder
	b.WriteString("package session_test\n\nimport (\n")
	clock := ""
	if g.imports["time"] {
		clock = fmt.Sprintf(", servertest.WithManualClock(time.UnixMicro(%d))", s.began.UnixMicro())
	}
	for _, name := range []string{"math", "slices", "testing", "time", "", "github.com/stretchr/testify/require", "",
		respPath, "github.com/tattle-server/tattle/server/servertest"} {
		switch {
		case name == "":
			b.WriteString("\n")
		case g.imports[name], name == "testing", strings.HasSuffix(name, "require"), strings.HasSuffix(name, "servertest"):
			fmt.Fprintf(&b, "\t%q\n", name)
		}
	}
	b.WriteString(")\n\n")
	for _, l := range s.head() {
		b.WriteString("// " + l + "\n")
	}
	fmt.Fprintf(&b, "func TestSession(t *testing.T) {\n\tsrv := servertest.Run(t%s)\n%s}\n", clock, g.String())
	return b.String()
}
