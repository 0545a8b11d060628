package tattle

import (
	"strconv"

	"github.com/tattle-server/tattle/prefixtable"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/tracking"
)

// How many keys a page of TABLE has, and may have.
const (
	pageSize = 100
	pageMax  = 10_000
)

func table(c *call) (any, error) {
	var prefix, from string
	n := pageSize
	if err := options(c.args, text("PREFIX", &prefix), text("CURSOR", &from), count(&n, pageMax)); err != nil {
		return nil, err
	}
	keys, next := c.lab.Table(from, prefix, n)
	cursor := any(next)
	if next == "" {
		cursor = nil
	}
	return pairs("cursor", cursor, "keys", list(keys, func(k server.TableKey) any {
		return pairs("key", k.Key, "holders", ids(k.Holders), "gone", ids(k.Gone))
	})), nil
}

func tree(c *call) (any, error) {
	var path string
	if err := options(c.args, text("PATH", &path)); err != nil {
		return nil, err
	}
	n := c.lab.Tree([]byte(path))
	var holders any
	if n.Holders != nil {
		holders = ids(n.Holders)
	}
	return pairs("path", n.Path, "kind", n.Room, "keys", n.Keys, "holders", holders, "children", list(n.Children, func(c tracking.TreeChild) any {
		return pairs("byte", int(c.Byte), "piece", c.Piece, "kind", c.Room, "keys", c.Keys, "holders", c.Holders)
	})), nil
}

func prefixes(c *call) (any, error) {
	return list(c.lab.Prefixes(), func(p prefixtable.Snapshot) any {
		return pairs("prefix", p.Prefix, "subscribers", ids(p.Subscribers), "changed", list(p.Changes, func(ch prefixtable.Change) any {
			return pairs("key", ch.Key, "writer", int64(ch.Writer))
		}))
	}), nil
}

func clients(c *call) (any, error) {
	return list(c.lab.Server().Clients(), func(i server.ClientInfo) any {
		return pairs("id", int64(i.ID), "name", i.Name, "addr", i.Addr, "library", i.Library, "resp", i.Proto, "db", i.DB,
			"flags", strs(i.Tracking.Flags()), "redirect", i.Tracking.Redirection(), "prefixes", strs(i.Prefixes),
			"subscribed", i.Subscribed, "blocked", i.Blocked, "pending-output", i.PendingOutput, "last-command", i.LastCommand,
			"faults", strs(i.Faults), "held", i.Held)
	}), nil
}

func explain(c *call) (any, error) {
	var by uint64
	err := options(c.args[1:], option{"BY", func(v string) error {
		info, err := c.client(v)
		by = info.ID
		return err
	}})
	if err != nil {
		return nil, err
	}
	return list(c.lab.Explain(c.args[0], by), verdict), nil
}

// verdict makes a map of a verdict. One that is about no message has neither route nor receiver.
func verdict(v tracking.Verdict) any {
	var route, receiver, prefix any
	if v.Told() || v.Outcome.Suppressed() {
		route, receiver = v.Route.String(), int64(v.Receiver)
	}
	if v.Route == tracking.Broadcast {
		prefix = v.Prefix
	}
	return pairs("client", int64(v.Client), "name", v.Name, "told", v.Told(), "outcome", v.Outcome.String(), "rule", v.Outcome.Rule(),
		"route", route, "receiver", receiver, "prefix", prefix, "after-reply", v.AfterReply, "fault", int64(v.Fault), "line", v.String())
}

func stats(c *call) (any, error) {
	st := c.lab.TrackingStats()
	var nodes resp.Map
	for _, n := range st.Table.Nodes {
		nodes = append(nodes, resp.Pair{Key: strconv.Itoa(n.Room), Value: n.Count})
	}
	return pairs(
		"tracking", pairs("clients", st.Clients, "keys", st.Keys, "items", st.Items, "prefixes", st.Prefixes, "max-keys", st.MaxKeys),
		"table", pairs("bytes", st.Table.Bytes, "free-bytes", st.Table.Gaps, "nodes", nodes),
		"journal", c.journalStats(),
		"loop", c.loopStats(),
		"clock", c.clockStats(),
	), nil
}

func (c *call) journalStats() any {
	recording, following := c.state().look()
	var st journal.State
	if j := c.lab.Server().Journal(); j != nil {
		st = j.State()
	}
	return pairs("recording", recording, "following", following, "events", st.Events, "bytes", st.Bytes, "max-bytes", st.Limit,
		"dropped", int64(st.Dropped), "first", int64(st.First), "last", int64(st.Last))
}

func (c *call) loopStats() any {
	waiting, _ := c.lab.Waiting()
	holder, _ := c.lab.Holders()
	return pairs("paused", c.lab.Manual(), "holder", holder, "waiting", ids(waiting))
}

func (c *call) clockStats() any {
	_, holder := c.lab.Holders()
	return pairs("stopped", c.lab.ClockStopped(), "holder", holder, "now", c.lab.Now().UnixMilli())
}
