package servertest_test

import (
	"fmt"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// As in miniredis, a test can access data without a client. Its changes invalidate keys.
func ExampleServer_Set() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t) // a client that caches
	c.Do("CLIENT", "TRACKING", "ON")

	srv.Set("user:1", "Ada")
	fmt.Println(c.Do("GET", "user:1"))
	srv.Set("user:1", "Ann")
	fmt.Println(c.ReadPush())
	fmt.Println(srv.Get("user:1"))
	// Output:
	// Ada
	// [invalidate [user:1]]
	// Ann <nil>
}

// There are methods for every type. A key that does not exist is ErrKeyNotFound.
func ExampleServer_Dump() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	srv.Set("greeting", "hello")
	srv.HSet("user:1", "name", "Ada", "born", "1815")
	srv.Push("queue", "first", "second")
	srv.SAdd("colours", "red", "green")
	srv.ZAdd("scores", 9.5, "Ada")
	fmt.Print(srv.Dump())
	_, err := srv.List("none")
	fmt.Println(err)
	// Output:
	// - colours
	//    "green"
	//    "red"
	// - greeting
	//    "hello"
	// - queue
	//    "first"
	//    "second"
	// - scores
	//    9.500000: "Ada"
	// - user:1
	//    born: "1815"
	//    name: "Ada"
	// ERR no such key
}

// Each database can be accessed by its number.
func ExampleServer_DB() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	srv.DB(3).Set("k", "in three")
	srv.SwapDB(0, 3)
	fmt.Println(srv.Keys(), srv.DB(3).Keys())
	srv.CheckGet(t, "k", "in three")
	srv.CheckGet(t, "k", "in zero")
	// Output:
	// [k] []
	// servertest: the string "k" is "in three", want "in zero"
}

// A key expires when the test moves the clock, and its holders are told.
func ExampleServer_SetTTL() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t, servertest.WithManualClock(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)))
	srv.Set("session", "open")
	srv.SetTTL("session", time.Hour)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("GET", "session")

	srv.FastForward(59 * time.Minute)
	fmt.Println(srv.TTL("session"))
	srv.FastForward(time.Minute)
	fmt.Println(c.ReadPush(), srv.Exists("session"))
	// Output:
	// 1m0s
	// [invalidate [session]] false
}

// Commands fail on demand: only some of them, or only a number of times.
func ExampleServer_SetError() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect(t)
	srv.SetError("MISCONF the disk is full", servertest.ErrorFor("SET"), servertest.ErrorTimes(1))
	fmt.Println(c.Do("SET", "k", "1"))
	fmt.Println(c.Do("SET", "k", "1"))

	srv.SetError("LOADING Redis is loading the dataset in memory")
	fmt.Println(c.Do("GET", "k"))
	srv.SetError("")
	fmt.Println(c.Do("GET", "k"))
	// Output:
	// MISCONF the disk is full
	// OK
	// LOADING Redis is loading the dataset in memory
	// 1
}

// Published messages reach subscribers in order with their replies.
func ExampleServer_Publish() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("SUBSCRIBE", "news")
	fmt.Println(srv.Publish("news", "hello"))
	fmt.Println(c.ReadPush())
	// Output:
	// 1
	// [message news hello]
}

// New connections need the password; direct access does not.
func ExampleServer_RequireAuth() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	srv.RequireAuth("secret")
	c := srv.Connect(t)
	fmt.Println(c.Do("GET", "k"))
	fmt.Println(c.Do("AUTH", "secret"))
	fmt.Println(srv.Set("k", "1"))
	fmt.Println(c.Do("GET", "k"))
	// Output:
	// NOAUTH Authentication required.
	// OK
	// <nil>
	// 1
}

// A command of a module. What it reads is remembered, so that its reply can be cached.
func ExampleServer_Handle() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	srv.Handle("JSON.GET", func(r *servertest.Request) (any, error) {
		return srv.Get(r.Words[1])
	}, servertest.HandleArity(-2), servertest.HandleReads(1, 1, 1))

	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	srv.Set("doc", `{"a":1}`)
	fmt.Println(c.Do("JSON.GET", "doc"))
	srv.Set("doc", `{"a":2}`)
	fmt.Println(c.ReadPush())
	// Output:
	// {"a":1}
	// [invalidate [doc]]
}

// The first GET of a client named app finds a server that is loading; the second waits until
// the test lets it go on.
func ExampleServer_Before() {
	t := &exampleT{}
	defer t.end()

	srv := servertest.Run(t)
	c := srv.Connect(t)
	c.Do("CLIENT", "SETNAME", "app")
	gets, goOn := 0, make(chan struct{})
	srv.Before(func(r *servertest.Request) error {
		if r.Name() != "GET" || r.Client.Name != "app" {
			return nil
		}
		if gets++; gets == 1 {
			return resp.Error("LOADING Redis is loading the dataset in memory")
		}
		<-goOn
		return nil
	})
	fmt.Println(c.Do("GET", "k"))
	c.Send("GET", "k")
	srv.Set("k", "changed meanwhile")
	close(goOn)
	fmt.Println(c.Read())
	// Output:
	// LOADING Redis is loading the dataset in memory
	// changed meanwhile
}
