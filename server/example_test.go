package server_test

import (
	"fmt"
	"log"
	"net"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/tracking"
)

// A server inside a program: clients reach it at its address, the program itself
// without a connection.
func Example() {
	srv, err := server.Start(server.Options{}) // on a free port of the loopback interface
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	conn, err := net.Dial("tcp", srv.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	conn.Write(resp.AppendCommand(nil, "SET", "greeting", "hello"))
	reply, _ := resp.NewReader(conn).Read()
	fmt.Println(reply)

	fmt.Println(srv.Call(0, "GET", "greeting"))
	// Output:
	// OK
	// hello <nil>
}

// A watcher hears of what tracking does, and of what it does not do and why. It
// keeps nobody waiting: whoever reads it may be slow, and may call the server.
func ExampleServer_Watch() {
	srv, err := server.Start(server.Options{})
	if err != nil {
		log.Fatal(err)
	}
	w := srv.Watch(tracking.Remembered, tracking.NotRemembered, tracking.Message)

	conn, err := net.Dial("tcp", srv.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	for _, command := range [][]any{
		{"HELLO", "3"}, {"GET", "k"}, {"CLIENT", "TRACKING", "ON"}, {"GET", "k"},
	} {
		conn.Write(resp.AppendCommand(nil, command...))
		resp.NewReader(conn).Read()
	}
	srv.Call(0, "SET", "k", "1")
	srv.Close() // then nothing comes any more, and the loop ends

	for e := range w.All() {
		fmt.Println(e)
	}
	// Output:
	// client 1 read [k]: not remembered: tracking is off (GET)
	// client 1 holds [k] (GET)
	// invalidate [k] for client 1 by push: sent (SET by direct access)
}
