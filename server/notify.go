package server

import (
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
)

// notify publishes a keyspace event on the channels that the setting selects.
func (s *Server) notify(db *keyspace.DB, class keyspace.Class, event string, key []byte) {
	n := &s.cfg.NotifyKeyspaceEvents
	if n.Classes&class == 0 || s.pubsubClients == 0 {
		return
	}
	var prefix [24]byte
	at := append(strconv.AppendInt(prefix[:0], int64(db.Index), 10), "__:"...)
	if n.Keyspace {
		channel := append(append([]byte("__keyspace@"), at...), key...)
		s.publish(channel, []byte(event))
	}
	if n.Keyevent {
		channel := append(append([]byte("__keyevent@"), at...), event...)
		s.publish(channel, key)
	}
}
