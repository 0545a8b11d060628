package server

import (
	"slices"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// pubsub is who listens to what: subscribers in the order in which they came.
type pubsub struct {
	channels map[string][]*client
	shards   map[string][]*client
	patterns map[string][]*client
	order    []string // patterns in the order in which they were first subscribed to
}

// subscriptions is what one client listens to, in the order of its asking.
type subscriptions struct {
	channels, patterns, shards []string
}

func (s *subscriptions) count() int { return len(s.channels) + len(s.patterns) + len(s.shards) }

// kind is one of the three ways to subscribe; they differ in words and tables.
type kind struct {
	subscribe, unsubscribe, message string
	table                           func(*pubsub) map[string][]*client
	mine                            func(*subscriptions) *[]string
	// others counts what the client's count in replies includes beside its own.
	count func(*subscriptions) int
}

var (
	channelKind = &kind{
		"subscribe", "unsubscribe", "message",
		func(p *pubsub) map[string][]*client { return p.channels },
		func(s *subscriptions) *[]string { return &s.channels },
		func(s *subscriptions) int { return len(s.channels) + len(s.patterns) },
	}
	patternKind = &kind{
		"psubscribe", "punsubscribe", "pmessage",
		func(p *pubsub) map[string][]*client { return p.patterns },
		func(s *subscriptions) *[]string { return &s.patterns },
		func(s *subscriptions) int { return len(s.channels) + len(s.patterns) },
	}
	shardKind = &kind{
		"ssubscribe", "sunsubscribe", "smessage",
		func(p *pubsub) map[string][]*client { return p.shards },
		func(s *subscriptions) *[]string { return &s.shards },
		func(s *subscriptions) int { return len(s.shards) },
	}
)

func newPubSub() pubsub {
	return pubsub{map[string][]*client{}, map[string][]*client{}, map[string][]*client{}, nil}
}

// repliesByPush reports whether a command's replies are pushes on RESP3, which
// CLIENT REPLY OFF does not silence.
func repliesByPush(row *command.Row) bool {
	return row.Is(command.PubSub) && (row.Arity == -2 || row.Arity == -1) && row.Name != "pubsub" && row.Parent() == nil
}

func allowedWhileSubscribed(row *command.Row) bool {
	if row.Parent() != nil {
		return false
	}
	switch row.Name {
	case "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "ping", "quit", "reset":
		return true
	}
	return false
}

// confirm writes the reply to one (un)subscription.
func confirm(w *resp.Writer, word string, name []byte, count int) {
	w.Push(3)
	w.BulkString(word)
	if name == nil {
		w.Null()
	} else {
		w.Bulk(name)
	}
	w.Len(count)
}

func subscribe(k *kind) func(*Server, *client, *command.Call) error {
	return func(s *Server, c *client, call *command.Call) error {
		if s.denyBlocking(c) && (!s.inExec || s.script.active || k == shardKind) {
			// Who runs a transaction can take a message more than it has commands.
			return resp.Errorf("ERR %s isn't allowed for a DENY BLOCKING client", strings.ToUpper(k.subscribe))
		}
		for _, name := range call.Args[1:] {
			s.subscribe(c, k, string(name))
			confirm(call.Out, k.subscribe, name, k.count(&c.subs))
		}
		return nil
	}
}

func (s *Server) subscribe(c *client, k *kind, name string) {
	mine := k.mine(&c.subs)
	if slices.Contains(*mine, name) {
		return
	}
	s.wasSubscriber(c, func() { *mine = append(*mine, name) })
	table := k.table(&s.pubsub)
	if k == patternKind && len(table[name]) == 0 {
		s.pubsub.order = append(s.pubsub.order, name)
	}
	table[name] = append(table[name], c)
}

// wasSubscriber counts the clients that subscribe to anything, around a change.
func (s *Server) wasSubscriber(c *client, change func()) {
	before := c.Subscribed()
	change()
	switch after := c.Subscribed(); {
	case after && !before:
		s.pubsubClients++
	case before && !after:
		s.pubsubClients--
	}
	c.noIdle.Store(c.Subscribed())
}

func unsubscribe(k *kind) func(*Server, *client, *command.Call) error {
	return func(s *Server, c *client, call *command.Call) error {
		names := call.Args[1:]
		if len(names) == 0 {
			for _, name := range *k.mine(&c.subs) {
				names = append(names, []byte(name))
			}
		}
		for _, name := range names {
			s.unsubscribe(c, k, string(name))
			confirm(call.Out, k.unsubscribe, name, k.count(&c.subs))
		}
		if len(names) == 0 {
			confirm(call.Out, k.unsubscribe, nil, k.count(&c.subs))
		}
		return nil
	}
}

func (s *Server) unsubscribe(c *client, k *kind, name string) {
	mine := k.mine(&c.subs)
	if !slices.Contains(*mine, name) {
		return
	}
	s.wasSubscriber(c, func() { *mine = remove(*mine, name) })
	table := k.table(&s.pubsub)
	table[name] = remove(table[name], c)
	if len(table[name]) == 0 {
		delete(table, name)
		if k == patternKind {
			s.pubsub.order = remove(s.pubsub.order, name)
		}
	}
}

// unsubscribeAll ends all subscriptions silently (disconnect, RESET).
func (s *Server) unsubscribeAll(c *client) {
	for _, k := range []*kind{channelKind, patternKind, shardKind} {
		for _, name := range slices.Clone(*k.mine(&c.subs)) {
			s.unsubscribe(c, k, name)
		}
	}
}

// publish sends a message to all who listen and returns their number.
func (s *Server) publish(channel, message []byte) int {
	n := s.deliver(channelKind, channel, channel, message)
	for _, pattern := range s.pubsub.order {
		if !keyspace.Match([]byte(pattern), channel, false) {
			continue
		}
		for _, c := range s.pubsub.patterns[pattern] {
			w := c.stream()
			w.Push(4)
			w.BulkString("pmessage")
			w.BulkString(pattern)
			w.Bulk(channel)
			w.Bulk(message)
			n++
		}
	}
	return n
}

func (s *Server) deliver(k *kind, name, channel, message []byte) int {
	listeners := k.table(&s.pubsub)[string(name)]
	for _, c := range listeners {
		w := c.stream()
		w.Push(3)
		w.BulkString(k.message)
		w.Bulk(channel)
		w.Bulk(message)
	}
	return len(listeners)
}

func runPublish(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(s.publish(call.Args[1], call.Args[2]))
	return nil
}

func runSPublish(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(s.deliver(shardKind, call.Args[1], call.Args[1], call.Args[2]))
	return nil
}

// listChannels answers PUBSUB CHANNELS and SHARDCHANNELS.
func listChannels(k *kind) func(*Server, *client, *command.Call) error {
	return func(s *Server, _ *client, call *command.Call) error {
		if len(call.Args) > 3 {
			return subcommandSyntax(call)
		}
		mark, n := call.Out.Later(), 0
		for name := range k.table(&s.pubsub) {
			if len(call.Args) == 2 || keyspace.Match(call.Args[2], []byte(name), false) {
				call.Out.BulkString(name)
				n++
			}
		}
		call.Out.CloseArray(mark, n)
		return nil
	}
}

// countSubscribers answers PUBSUB NUMSUB and SHARDNUMSUB.
func countSubscribers(k *kind) func(*Server, *client, *command.Call) error {
	return func(s *Server, _ *client, call *command.Call) error {
		names := call.Args[2:]
		call.Out.Array(2 * len(names))
		for _, name := range names {
			call.Out.Bulk(name)
			call.Out.Len(len(k.table(&s.pubsub)[string(name)]))
		}
		return nil
	}
}

func runNumPat(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(len(s.pubsub.patterns))
	return nil
}

var pubsubRows = []command.Row{
	{
		Name: "psubscribe", Arity: -2, Group: "pubsub", Since: "2.0.0",
		Summary: "Subscribes to all channels whose names match a pattern",
		Flags:   command.PubSub | command.NoScript | command.Loading | command.Stale,
		Run:     on(subscribe(patternKind)),
	},
	{
		Name: "publish", Arity: 3, Group: "pubsub", Since: "2.0.0",
		Summary: "Sends a message to a channel",
		Flags:   command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
		Run:     on(runPublish),
	},
	{
		Name: "pubsub", Arity: -2, Group: "pubsub", Since: "2.8.0",
		Summary: "Tells about the state of Pub/Sub",
		Sub: []command.Row{
			{
				Name: "channels", Arity: -2, Group: "pubsub", Since: "2.8.0",
				Summary: "Lists the channels that have subscribers",
				Flags:   command.PubSub | command.Loading | command.Stale,
				Run:     on(listChannels(channelKind)),
			},
			{
				Name: "help", Arity: 2, Group: "pubsub", Since: "6.2.0",
				Summary: "Lists the subcommands",
				Flags:   command.Loading | command.Stale,
				Run:     pubsubHelp,
			},
			{
				Name: "numpat", Arity: 2, Group: "pubsub", Since: "2.8.0",
				Summary: "Counts the patterns subscribed to",
				Flags:   command.PubSub | command.Loading | command.Stale,
				Run:     on(runNumPat),
			},
			{
				Name: "numsub", Arity: -2, Group: "pubsub", Since: "2.8.0",
				Summary: "Counts the subscribers of channels",
				Flags:   command.PubSub | command.Loading | command.Stale,
				Run:     on(countSubscribers(channelKind)),
			},
			{
				Name: "shardchannels", Arity: -2, Group: "pubsub", Since: "7.0.0",
				Summary: "Lists the shard channels that have subscribers",
				Flags:   command.PubSub | command.Loading | command.Stale,
				Run:     on(listChannels(shardKind)),
			},
			{
				Name: "shardnumsub", Arity: -2, Group: "pubsub", Since: "7.0.0",
				Summary: "Counts the subscribers of shard channels",
				Flags:   command.PubSub | command.Loading | command.Stale,
				Run:     on(countSubscribers(shardKind)),
			},
		},
	},
	{
		Name: "punsubscribe", Arity: -1, Group: "pubsub", Since: "2.0.0",
		Summary: "Ends subscriptions to patterns",
		Flags:   command.PubSub | command.NoScript | command.Loading | command.Stale,
		Run:     on(unsubscribe(patternKind)),
	},
	{
		Name: "spublish", Arity: 3, Group: "pubsub", Since: "7.0.0",
		Summary: "Sends a message to a shard channel",
		Flags:   command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
		Keys:    []command.KeySpec{command.At(1, command.NotKey)},
		Run:     on(runSPublish),
	},
	{
		Name: "ssubscribe", Arity: -2, Group: "pubsub", Since: "7.0.0",
		Summary: "Subscribes to shard channels",
		Flags:   command.PubSub | command.NoScript | command.Loading | command.Stale,
		Keys:    []command.KeySpec{command.Range(1, -1, 1, command.NotKey)},
		Run:     on(subscribe(shardKind)),
	},
	{
		Name: "subscribe", Arity: -2, Group: "pubsub", Since: "2.0.0",
		Summary: "Subscribes to channels",
		Flags:   command.PubSub | command.NoScript | command.Loading | command.Stale,
		Run:     on(subscribe(channelKind)),
	},
	{
		Name: "sunsubscribe", Arity: -1, Group: "pubsub", Since: "7.0.0",
		Summary: "Ends subscriptions to shard channels",
		Flags:   command.PubSub | command.NoScript | command.Loading | command.Stale,
		Keys:    []command.KeySpec{command.Range(1, -1, 1, command.NotKey)},
		Run:     on(unsubscribe(shardKind)),
	},
	{
		Name: "unsubscribe", Arity: -1, Group: "pubsub", Since: "2.0.0",
		Summary: "Ends subscriptions to channels",
		Flags:   command.PubSub | command.NoScript | command.Loading | command.Stale,
		Run:     on(unsubscribe(channelKind)),
	},
}
