package server

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/docs"
)

// This file is COMMAND DOCS. Summary, since and group are in the command table, all else
// in package docs.

func runCommandDocs(s *Server, _ *client, call *command.Call) error {
	rows := s.table.Rows()
	if len(call.Args) > 2 {
		rows = nil
		for _, name := range call.Args[2:] {
			if r := s.table.Named(string(name)); r != nil {
				rows = append(rows, r)
			}
		}
	}
	call.Out.Map(len(rows))
	for _, r := range rows {
		writeDocs(call.Out, r)
	}
	return nil
}

// writeDocs writes the name of a command and the map that describes it.
func writeDocs(out *resp.Writer, r *command.Row) {
	d := docs.Of(r.FullName())
	if d == nil {
		d = &docs.Command{}
	}
	out.BulkString(r.FullName())
	m := openDocMap(out)
	m.text("summary", r.Summary)
	m.text("since", r.Since)
	m.text("group", r.Group)
	m.text("complexity", d.Complexity)
	m.flags("doc_flags", d.System, "syscmd", d.DeprecatedSince != "", "deprecated")
	m.text("deprecated_since", d.DeprecatedSince)
	m.text("replaced_by", d.ReplacedBy)
	m.history(d.History)
	m.arguments(d.Arguments)
	if len(r.Sub) > 0 {
		m.field("subcommands")
		out.Map(len(r.Sub))
		for i := range r.Sub {
			writeDocs(out, &r.Sub[i])
		}
	}
	m.close()
}

// docMap writes a map from which fields that say nothing are left out.
type docMap struct {
	out  *resp.Writer
	mark resp.Mark
	n    int
}

func openDocMap(out *resp.Writer) *docMap { return &docMap{out: out, mark: out.Later()} }

func (m *docMap) close() { m.out.CloseMap(m.mark, m.n) }

// field writes the name of a field; its value comes next.
func (m *docMap) field(name string) {
	m.out.BulkString(name)
	m.n++
}

func (m *docMap) text(name, value string) {
	if value != "" {
		m.field(name)
		m.out.BulkString(value)
	}
}

// flags writes those of some flags that are set: each is a bool and then its name.
func (m *docMap) flags(name string, pairs ...any) {
	var set []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].(bool) {
			set = append(set, pairs[i+1].(string))
		}
	}
	if len(set) > 0 {
		m.field(name)
		writeWords(m.out, "", set)
	}
}

func (m *docMap) history(changes []docs.Change) {
	if len(changes) == 0 {
		return
	}
	m.field("history")
	m.out.Set(len(changes))
	for _, c := range changes {
		m.out.Array(2)
		m.out.BulkString(c.Version)
		m.out.BulkString(c.Text)
	}
}

func (m *docMap) arguments(args []docs.Argument) {
	if len(args) == 0 {
		return
	}
	m.field("arguments")
	m.out.Array(len(args))
	for i := range args {
		writeArgument(m.out, &args[i])
	}
}

func writeArgument(out *resp.Writer, a *docs.Argument) {
	m := openDocMap(out)
	m.text("name", a.Name)
	m.text("type", a.Type)
	m.text("display_text", a.Display)
	if a.KeySpec >= 0 {
		m.field("key_spec_index")
		out.Len(a.KeySpec)
	}
	if a.HasToken {
		m.field("token")
		out.BulkString(a.Token)
	}
	m.text("since", a.Since)
	m.text("deprecated_since", a.DeprecatedSince)
	m.flags("flags", a.Optional, "optional", a.Multiple, "multiple", a.TokenRepeats, "multiple_token")
	m.arguments(a.Arguments)
	m.close()
}
