// Command mini is scaffolding: it runs the data commands until the server does.
package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"time"

	"github.com/tidwall/redcon"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/command"
)

type listener struct{}

func (listener) Modified(*keyspace.DB, []byte, keyspace.Cause)               {}
func (listener) Event(*keyspace.DB, keyspace.Class, string, []byte) {}

type client struct{ timedOut func(*resp.Writer) }

func (*client) ID() uint64                                     { return 1 }
func (c *client) Block(_ *command.Call, b command.Block) { c.timedOut = b.OnTimeout }

// families is the one line to change: add your family's Rows().
var families = [][]command.Row{}

func main() {
	table := command.NewTable(families...)
	ks := keyspace.New(16, listener{}, rand.New(rand.NewPCG(1, 2)))
	lock := make(chan struct{}, 1)
	redcon.ListenAndServe(":"+os.Args[1], func(conn redcon.Conn, cmd redcon.Command) {
		lock <- struct{}{}
		defer func() { <-lock }()
		ks.SetNow(time.Now().UnixMilli())
		w := conn.Context().(*resp.Writer)
		w.Buf = nil
		row, ok := table.Lookup(cmd.Args)
		switch {
		case bytes.EqualFold(cmd.Args[0], []byte("hello")):
			w.Proto = int(cmd.Args[1][0] - '0')
			w.Map(0)
		case bytes.EqualFold(cmd.Args[0], []byte("flushall")):
			for _, db := range ks.DBs() {
				db.Flush()
			}
			w.OK()
		case !ok || row.Run == nil:
			w.ErrorText("ERR unknown command '" + string(cmd.Args[0]) + "'")
		case !row.FitsArity(len(cmd.Args)):
			w.Error(resp.WrongArity(row.FullName()))
		default:
			cl := &client{}
			c := &command.Call{Row: row, Args: cmd.Args, Out: w, DB: ks.DB(0), Client: cl}
			if err := row.Run(c); err != nil {
				w.Buf = nil
				w.Error(err)
			} else if cl.timedOut != nil {
				cl.timedOut(w)
			}
		}
		conn.WriteRaw(w.Buf)
	}, func(conn redcon.Conn) bool { conn.SetContext(&resp.Writer{Proto: 2}); return true }, nil)
}
