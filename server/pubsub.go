package server

import (
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// pubsub has the subscribers of each channel and pattern.
type pubsub struct {
	channels, shards, patterns *index
	// order has the patterns in the order in which they were first subscribed to.
	order ordered[*topic]
}

// subscriptions are what one client has subscribed to.
type subscriptions struct {
	channels, patterns, shards ordered[*topic]
}

func (s *subscriptions) count() int { return s.channels.len() + s.patterns.len() + s.shards.len() }

// kind is one of the three ways to subscribe. They differ in words and tables.
type kind struct {
	subscribe, unsubscribe, message string
	table                           func(*pubsub) *index
	mine                            func(*subscriptions) *ordered[*topic]
	// count is the number of subscriptions that replies show: those of channels and
	// patterns are counted together.
	count func(*subscriptions) int
}

var (
	channelKind = &kind{
		"subscribe", "unsubscribe", "message",
		func(p *pubsub) *index { return p.channels },
		func(s *subscriptions) *ordered[*topic] { return &s.channels },
		func(s *subscriptions) int { return s.channels.len() + s.patterns.len() },
	}
	patternKind = &kind{
		"psubscribe", "punsubscribe", "pmessage",
		func(p *pubsub) *index { return p.patterns },
		func(s *subscriptions) *ordered[*topic] { return &s.patterns },
		func(s *subscriptions) int { return s.channels.len() + s.patterns.len() },
	}
	shardKind = &kind{
		"ssubscribe", "sunsubscribe", "smessage",
		func(p *pubsub) *index { return p.shards },
		func(s *subscriptions) *ordered[*topic] { return &s.shards },
		func(s *subscriptions) int { return s.shards.len() },
	}
)

func newPubSub() pubsub {
	return pubsub{channels: newIndex(nil), shards: newIndex(nil), patterns: newIndex(nil)}
}

// confirm writes the reply to one subscription, or to the end of one.
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

func subscribe(k *kind) handler {
	return func(s *Server, c *client, call *command.Call) error {
		if s.nested() && (!s.exec.outer.call.Row.Is(command.RunsQueued) || k == shardKind) {
			// EXEC may run it, though it replies more than once: Redis always allowed that.
			return resp.Errorf("ERR %s isn't allowed for a DENY BLOCKING client", strings.ToUpper(k.subscribe))
		}
		for _, name := range call.Args[1:] {
			s.subscribe(c, k, name)
			confirm(call.Out, k.subscribe, name, k.count(&c.subs))
		}
		return nil
	}
}

func (s *Server) subscribe(c *client, k *kind, name []byte) {
	t := k.table(&s.pubsub).join(name, c)
	if t == nil {
		return
	}
	if !c.Subscribed() {
		s.pubsubClients++
	}
	k.mine(&c.subs).add(t)
	if k == patternKind {
		s.pubsub.order.add(t)
	}
}

func unsubscribe(k *kind) handler {
	return func(s *Server, c *client, call *command.Call) error {
		mine, table := k.mine(&c.subs), k.table(&s.pubsub)
		end := func(name []byte, t *topic) {
			if t != nil && mine.remove(t) {
				s.pubsub.leave(c, t)
				if !c.Subscribed() {
					s.pubsubClients--
				}
			}
			confirm(call.Out, k.unsubscribe, name, k.count(&c.subs))
		}
		switch names := call.Args[1:]; {
		case len(names) > 0:
			for _, name := range names {
				end(name, table.topics[string(name)])
			}
		case mine.len() > 0:
			for t := range mine.all() {
				end([]byte(t.name), t)
			}
		default:
			end(nil, nil)
		}
		return nil
	}
}

// leave takes a client out of a topic that it is done with.
func (p *pubsub) leave(c *client, t *topic) {
	if last := t.leave(c); last && t.in == p.patterns {
		p.order.remove(t)
	}
}

// unsubscribeAll ends all subscriptions silently (RESET).
func (s *Server) unsubscribeAll(c *client) {
	if !c.Subscribed() {
		return
	}
	subs := c.subs
	c.subs = subscriptions{}
	s.pubsubClients--
	for _, k := range [...]*kind{channelKind, patternKind, shardKind} {
		for t := range k.mine(&subs).all() {
			s.pubsub.leave(c, t)
		}
	}
}

// publish sends a message to the subscribers of a channel and of the patterns that match
// it. It returns their number.
func (s *Server) publish(channel, message []byte) int {
	n := s.publishTo(channelKind, channel, message)
	for t := range s.pubsub.order.all() {
		if !keyspace.Match([]byte(t.name), channel, false) {
			continue
		}
		for c := range t.clients.all() {
			if c.phase >= freed {
				continue
			}
			w := c.stream()
			start := len(w.Buf)
			w.Push(4)
			w.BulkString("pmessage")
			w.BulkString(t.name)
			w.Bulk(channel)
			w.Bulk(message)
			s.notePublished(c, w, start)
			c.told()
			n++
		}
	}
	return n
}

// publishTo sends a message to the subscribers of a channel, but not of patterns, and
// returns their number.
func (s *Server) publishTo(k *kind, channel, message []byte) int {
	t := k.table(&s.pubsub).topics[string(channel)]
	if t == nil {
		return 0
	}
	for c := range t.clients.all() {
		w := c.stream()
		start := len(w.Buf)
		w.Push(3)
		w.BulkString(k.message)
		w.Bulk(channel)
		w.Bulk(message)
		s.notePublished(c, w, start)
		c.told()
	}
	return t.len()
}

func runPublish(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(s.publish(call.Args[1], call.Args[2]))
	return nil
}

func runSPublish(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(s.publishTo(shardKind, call.Args[1], call.Args[2]))
	return nil
}

// listChannels answers PUBSUB CHANNELS and SHARDCHANNELS.
func listChannels(k *kind) handler {
	return func(s *Server, _ *client, call *command.Call) error {
		if len(call.Args) > 3 {
			return subcommandSyntax(call)
		}
		mark, n := call.Out.Later(), 0
		for name, t := range k.table(&s.pubsub).topics {
			if t.len() == 0 {
				continue
			}
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
func countSubscribers(k *kind) handler {
	return func(s *Server, _ *client, call *command.Call) error {
		names := call.Args[2:]
		call.Out.Array(2 * len(names))
		for _, name := range names {
			n := 0
			if t := k.table(&s.pubsub).topics[string(name)]; t != nil {
				n = t.len()
			}
			call.Out.Bulk(name)
			call.Out.Len(n)
		}
		return nil
	}
}

func runNumPat(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(s.pubsub.patterns.len())
	return nil
}

// subscribing are the flags of the commands that subscribe and unsubscribe.
const subscribing = command.PubSub | plain | command.NeedsConnection | command.WhileSubscribed | command.RepliesByPush

var pubsubHelp = command.Help("PUBSUB",
	"CHANNELS [<pattern>]",
	"    List the channels that have subscribers and match the pattern.",
	"NUMPAT",
	"    Count the patterns that clients subscribe to.",
	"NUMSUB [<channel> ...]",
	"    Count the subscribers of each channel, those of patterns left out.",
	"SHARDCHANNELS [<pattern>]",
	"    List the shard channels that have subscribers and match the pattern.",
	"SHARDNUMSUB [<shardchannel> ...]",
	"    Count the subscribers of each shard channel.",
)

func withChannels(c command.Channels, r command.Row) command.Row {
	r.Channels = c
	return r
}

var pubsubRows = command.Group(command.Row{Group: "pubsub"}, []command.Row{
	withChannels(command.AllPatterns, cmd("psubscribe", -2, "2.0.0", subscribing, subscribe(patternKind), "Subscribes to all channels whose names match a pattern")),
	withChannels(command.OneChannel, cmd("publish", 3, "2.0.0", anytime|command.PubSub|command.Fast|command.MayReplicate, runPublish, "Sends a message to a channel")),
	command.Container("pubsub", "2.8.0", "Describes the state of Pub/Sub",
		cmd("channels", -2, "2.8.0", anytime|command.PubSub, listChannels(channelKind), "Lists the channels that have subscribers"),
		command.HelpRow("6.2.0", pubsubHelp),
		cmd("numpat", 2, "2.8.0", anytime|command.PubSub, runNumPat, "Counts the patterns subscribed to"),
		cmd("numsub", -2, "2.8.0", anytime|command.PubSub, countSubscribers(channelKind), "Counts the subscribers of channels"),
		cmd("shardchannels", -2, "7.0.0", anytime|command.PubSub, listChannels(shardKind), "Lists the shard channels that have subscribers"),
		cmd("shardnumsub", -2, "7.0.0", anytime|command.PubSub, countSubscribers(shardKind), "Counts the subscribers of shard channels"),
	),
	cmd("punsubscribe", -1, "2.0.0", subscribing, unsubscribe(patternKind), "Ends subscriptions to patterns"),
	{Name: "spublish", Arity: 3, Since: "7.0.0", Run: on(runSPublish), Summary: "Sends a message to a shard channel",
		Flags: anytime | command.PubSub | command.Fast | command.MayReplicate, Keys: command.Key(command.NotKey), Channels: command.OneChannel},
	{Name: "ssubscribe", Arity: -2, Since: "7.0.0", Run: on(subscribe(shardKind)), Summary: "Subscribes to shard channels",
		Flags: subscribing, Keys: command.AllKeys(command.NotKey), Channels: command.AllChannels},
	withChannels(command.AllChannels, cmd("subscribe", -2, "2.0.0", subscribing, subscribe(channelKind), "Subscribes to channels")),
	{Name: "sunsubscribe", Arity: -1, Since: "7.0.0", Run: on(unsubscribe(shardKind)), Summary: "Ends subscriptions to shard channels",
		Flags: subscribing, Keys: command.AllKeys(command.NotKey)},
	cmd("unsubscribe", -1, "2.0.0", subscribing, unsubscribe(channelKind), "Ends subscriptions to channels"),
})
