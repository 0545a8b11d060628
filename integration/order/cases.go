package order

// The connections of a case.
const (
	a = iota
	b
	c
	connections
)

// Case is one thing to try. All connections speak RESP3.
type Case struct {
	Name, About string

	before []send                // restores the state in which a try begins
	sends  []send                // with the gap between them
	after  []send                // sent when the last of sends has been answered
	want   [connections][]string // what each receives, from sends on
}

// send is one write to a connection.
type send struct {
	conn  int
	lines []string
}

// Cases returns all cases.
func Cases() []Case { return cases }

var cases = []Case{
	{
		Name: "get", About: "SET on A, GET on B: B reads the new value",
		before: []send{{b, []string{"SET k old"}}},
		sends:  []send{{a, []string{"SET k new"}}, {b, []string{"GET k"}}},
		want:   [connections][]string{a: {"OK"}, b: {"new"}},
	},
	{
		Name: "publish", About: "SUBSCRIBE on A, PUBLISH on B: A is reached",
		before: []send{{a, []string{"UNSUBSCRIBE ch"}}},
		sends:  []send{{a, []string{"SUBSCRIBE ch"}}, {b, []string{"PUBLISH ch m"}}},
		want:   [connections][]string{a: {"[subscribe ch 1]", "[message ch m]"}, b: {"1"}},
	},
	{
		Name: "blpop", About: "BLPOP on A, RPUSH and LLEN on B: A is served within RPUSH",
		sends: []send{{a, []string{"BLPOP l 0"}}, {b, []string{"RPUSH l v", "LLEN l"}}},
		want:  [connections][]string{a: {"[l v]"}, b: {"1", "0"}},
	},
	{
		Name: "queue", About: "BLPOP on A, BLPOP on C, RPUSH on B: A is served first",
		sends: []send{{a, []string{"BLPOP l 0"}}, {c, []string{"BLPOP l 0"}}, {b, []string{"RPUSH l first"}}},
		after: []send{{b, []string{"RPUSH l second"}}},
		want:  [connections][]string{a: {"[l first]"}, b: {"1", "1"}, c: {"[l second]"}},
	},
	{
		Name: "exec", About: "MULTI, SET, EXEC on A, GET on B: B reads the new value",
		before: []send{{b, []string{"SET k old"}}},
		sends:  []send{{a, []string{"MULTI", "SET k new", "EXEC"}}, {b, []string{"GET k"}}},
		want:   [connections][]string{a: {"OK", "QUEUED", "[OK]"}, b: {"new"}},
	},
	{
		Name: "tracking", About: "CLIENT TRACKING ON and GET on A, SET on B: A gets the old value and the invalidation",
		before: []send{{a, []string{"CLIENT TRACKING OFF"}}, {b, []string{"SET k old"}}},
		sends:  []send{{a, []string{"CLIENT TRACKING ON", "GET k"}}, {b, []string{"SET k new"}}},
		want:   [connections][]string{a: {"OK", "old", "[invalidate [k]]"}, b: {"OK"}},
	},
}
