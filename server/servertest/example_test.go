package servertest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
)

// In a test, t is the testing.T. Examples have none, so here it is this one.
type exampleT struct{ cleanups []func() }

func (t *exampleT) Helper()                   {}
func (t *exampleT) Name() string              { return "Example" }
func (t *exampleT) Cleanup(fn func())         { t.cleanups = append(t.cleanups, fn) }
func (t *exampleT) Logf(s string, a ...any)   { fmt.Fprintf(os.Stdout, s+"\n", a...) }
func (t *exampleT) Errorf(s string, a ...any) { fmt.Fprintf(os.Stdout, s+"\n", a...) }
func (t *exampleT) Fatalf(s string, a ...any) { panic(fmt.Sprintf(s, a...)) }
func (t *exampleT) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

func Example() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := servertest.Dial(t, srv.Addr()) // your client goes here
	fmt.Println(c.Do("SET", "greeting", "hello"))
	fmt.Println(srv.Do("GET", "greeting"))
	// Output:
	// OK
	// hello
}

// Wait until a client holds a key, change it, and wait until it was told.
func ExampleServer_WaitInvalidated() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "SETNAME", "cache")
	c.Do("CLIENT", "TRACKING", "ON")
	cache := srv.ClientNamed("cache")

	c.Do("GET", "user:1")
	srv.WaitTracked(t, "user:1", cache)
	srv.Call(0, "SET", "user:1", "Ann") // as another client
	srv.WaitInvalidated(t, cache, "user:1")
	fmt.Println(c.ReadPush())
	// Output:
	// [invalidate [user:1]]
}

// Every message that was not sent is among the events, with the rule that forbade it.
func ExampleServer_Events() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	c.Do("GET", "k")
	c.Do("SET", "k", "1")
	for _, e := range srv.Events() {
		fmt.Println(e)
	}
	// Output:
	// client 1: tracking ON NOLOOP
	// client 1 holds [k] (GET)
	// [k] forgotten (SET by client 1)
	// invalidate [k] for client 1 by push: not sent: NOLOOP (SET by client 1)
}

// Time stands still until the test moves the clock. Then keys expire, and their holders
// are told.
func ExampleServer_FastForward() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t, servertest.WithManualClock(time.Unix(1_900_000_000, 0)))
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("SET", "session", "x", "EX", "60")
	c.Do("GET", "session")
	srv.FastForward(59 * time.Second)
	fmt.Println(c.Do("TTL", "session"))
	srv.FastForward(time.Second)
	fmt.Println(c.ReadPush())
	// Output:
	// 1
	// [invalidate [session]]
}

// Tests of a package share a server, and each has its own view of it.
func ExampleServer_For() {
	shared := servertest.RunMain() // in TestMain
	defer shared.Close()

	t := &exampleT{} // in each test
	defer t.end()
	srv := shared.For(t)
	srv.Reset()
	srv.Set("k", "v")
	srv.HSet("k", "f", "v") // fails this test, and no other
	// Output:
	// servertest: HSET k f v: WRONGTYPE Operation against a key holding the wrong kind of value
}

// A client library has several connections under one name.
func ExampleServer_ClientsNamed() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	app := srv.ClientsNamed("app")
	for range 2 {
		c := srv.Connect3(t)
		c.Do("CLIENT", "SETNAME", "app")
		c.Do("CLIENT", "TRACKING", "ON")
		c.Do("GET", "k")
	}
	srv.RequireCaching(t, app)
	srv.Set("k", "v")
	srv.WaitInvalidated(t, app, "k")
	fmt.Println(len(app.Clients()), "connections, and", app, "were told")
	// Output:
	// 2 connections, and the clients named "app" were told
}

// What is not invalidated must not be told: here the client never read the key.
func ExampleServer_RequireNoInvalidation() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	srv.Set("k", "v")
	srv.RequireNoInvalidation(t, c.Client(srv))
	c.Quiet() // nothing has arrived either
	// Output:
}

// Two invalidations overtake each other on their way.
func ExampleClient_HoldPushes() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("MGET", "a", "b")
	who := c.Client(srv)
	who.HoldPushes()
	srv.Set("a", "1")
	srv.Set("b", "1")
	c.Quiet()
	who.ReleaseReordered()
	fmt.Println(c.ReadPush(), c.ReadPush())
	// Output:
	// [invalidate [b]] [invalidate [a]]
}

// The race between a reply and an invalidation, played in the order that breaks
// caches: the value is read, then changed, and both arrive together.
func ExampleServer_Step() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t, servertest.WithManualLoop())
	srv.Set("k", "old")
	reader, writer := srv.Connect3(t), srv.Connect(t)
	reader.Do("CLIENT", "TRACKING", "ON") // handshakes run by themselves
	r, w := reader.Client(srv), writer.Client(srv)

	reader.Send("GET", "k")
	writer.Send("SET", "k", "new")
	srv.Step(t, r)
	srv.Step(t, w)
	srv.EndCycle(t)
	fmt.Println(reader.Read(), reader.Read())
	// Output:
	// old [invalidate [k]]
}

// A cache must not trust its contents after its connection is cut.
func ExampleClient_CutBeforePush() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("GET", "k")
	c.Client(srv).CutBeforePush()
	srv.Call(0, "SET", "k", "new")
	fmt.Println(len(c.Closed()), "messages came before the end")
	// Output:
	// 0 messages came before the end
}

// Some providers refuse CLIENT TRACKING. Does the application notice?
func ExampleServer_RequireCaching() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	srv.SetError("ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.", servertest.ErrorFor("CLIENT TRACKING"), servertest.ErrorTimes(1))
	c := srv.Connect3(t)
	fmt.Println(c.Do("CLIENT", "TRACKING", "ON"))
	fmt.Println(c.Do("CLIENT", "TRACKING", "ON"))
	srv.RequireCaching(t, c.Client(srv))
	// Output:
	// ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.
	// OK
}

// TLS with a certificate made for the test.
func ExampleServer_StartTLS() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.NewUnstarted(t, servertest.WithSetting("maxmemory", "10mb"))
	srv.StartTLS()
	c := servertest.DialTLS(t, srv.Addr(), srv.TLSConfig())
	fmt.Println(c.Do("PING"))
	// Output:
	// PONG
}

// A connection inside the process. It is what go-redis takes as Dialer:
//
//	redis.NewClient(&redis.Options{Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) { return srv.Dial(ctx) }})
func ExampleServer_Dial() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	conn, err := srv.Dial(context.Background())
	if err != nil {
		t.Fatalf("dialling: %v", err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PING\r\n")
	line, _ := bufio.NewReader(conn).ReadString('\n')
	fmt.Printf("%q\n", line)
	// Output:
	// "+PONG\r\n"
}
