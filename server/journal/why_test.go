package journal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/tracking"
)

// story tells the moments of client 7 and key k as "number what".
func story(s journal.Story) string {
	var list []string
	for _, m := range s.Moments {
		list = append(list, fmt.Sprintf("%d %s", m.Event.Seq, m.What))
	}
	return strings.Join(list, ", ")
}

func TestWhy(t *testing.T) {
	const (
		began, ended, read, ignored = tracking.Began, tracking.Ended, tracking.Remembered, tracking.NotRemembered
		message, forgotten          = tracking.Message, tracking.Forgotten
	)
	k, l := []string{"k"}, []string{"l"}
	get := []tracking.Event{
		{Seq: 10, Kind: began, Client: 7, Words: []string{"GET", "k"}},
		{Seq: 11, Kind: read, Client: 7, Keys: k, CausedBy: 10},
		{Seq: 12, Kind: ended, Client: 7, CausedBy: 10},
	}
	slow := []tracking.Event{get[0], get[1], {Seq: 30, Kind: ended, Client: 7, CausedBy: 10}}
	told := []tracking.Event{
		{Seq: 20, Kind: forgotten, Keys: k, Writer: 2, Command: "set"},
		{Seq: 21, Kind: message, Client: 7, Receiver: 7, Keys: k, Writer: 2, Command: "set"},
	}
	by := func(o tracking.Outcome) []tracking.Event {
		e := told[1]
		e.Outcome = o
		return []tracking.Event{told[0], e}
	}
	all := func(lists ...[]tracking.Event) (list []tracking.Event) {
		for _, l := range lists {
			list = append(list, l...)
		}
		return list
	}
	now := func(o tracking.Outcome) []tracking.Verdict {
		return []tracking.Verdict{{Client: 7, Receiver: 7, Outcome: o}}
	}
	for name, test := range map[string]struct {
		events  []tracking.Event
		now     []tracking.Verdict
		moments string
		verdict string
	}{
		"nothing": {nil, now(tracking.NotHeld), "",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). Nothing that is recorded shows that it has read "k".`},
		"others": {[]tracking.Event{
			{Seq: 1, Kind: read, Client: 8, Keys: k}, {Seq: 2, Kind: read, Client: 7, Keys: l}, {Seq: 3, Kind: forgotten, Keys: k},
			{Seq: 4, Kind: message, Client: 8, Keys: k}, {Seq: 5, Kind: forgotten, Keys: l}, {Seq: 6, Kind: message, Client: 7, Keys: l},
		}, nil, "", `Client 7 is not connected, and does not stand in the tracking table for "k". Nothing that is recorded shows that it has read "k".`},
		"holds": {all([]tracking.Event{{Seq: 1, Kind: tracking.Connected, Client: 7}, {Seq: 2, Kind: tracking.Enabled, Client: 7}}, get), now(tracking.Sent),
			"1 connection, 2 mode, 11 registered", `Client 7 holds "k" since event 11: if that changed now, it would be told by push.`},
		"held before the record": {nil, now(tracking.Sent), "", `Client 7 holds "k": if that changed now, it would be told by push.`},
		"told": {all(get, told), now(tracking.NotHeld), "11 registered, 20 forgotten, 21 told",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was told by event 21, and no read since then is recorded.`},
		"told of a read before the record": {told, now(tracking.NotHeld), "20 forgotten, 21 told",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was told by event 21, and no read since then is recorded.`},
		"overtaken": {all(slow[:2], told, slow[2:]), now(tracking.NotHeld), "11 registered, 20 forgotten, 21 overtaken",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was told by event 21, before the reply to its read (event 11): a cache that stores that reply keeps an old value.`},
		"overtaken on the way": {all([]tracking.Event{{Seq: 9, Kind: tracking.Faulted, Client: 7, Text: "writes stall"}}, get, told[:1],
			[]tracking.Event{{Seq: 21, Kind: message, Client: 7, Receiver: 9, Route: tracking.Redirect, Keys: k}}), now(tracking.NotHeld),
			"9 fault, 11 registered, 20 forgotten, 21 overtaken",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was told by event 21, before the reply to its read (event 11): a cache that stores that reply keeps an old value.`},
		"read again": {all(get, told, []tracking.Event{{Seq: 31, Kind: read, Client: 7, Keys: k, CausedBy: 30}}), now(tracking.Held),
			"11 registered, 20 forgotten, 21 told, 31 registered",
			`Client 7 holds "k" since event 31: if that changed now, the message by push would be held by a fault.`},
		"not registered": {[]tracking.Event{{Seq: 1, Kind: ignored, Client: 7, Keys: []string{"j", "k"}, Outcome: tracking.OptInUnused}}, now(tracking.NotHeld),
			"1 not registered",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). Its last read was not remembered: OPTIN without CLIENT CACHING YES (event 1, rule 16).`},
		"NOLOOP": {all(get, by(tracking.NoLoop)), now(tracking.NotHeld), "11 registered, 20 forgotten, 21 not told",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was not told by event 21: NOLOOP.`},
		"held": {all(get, by(tracking.Held)), now(tracking.NotHeld), "11 registered, 20 forgotten, 21 waiting",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). Its message, event 21: held by a fault.`},
		"flushed": {all(get, []tracking.Event{{Seq: 20, Kind: tracking.Flushed, Cause: tracking.Flush}, {Seq: 21, Kind: message, Client: 7, Receiver: 7, Cause: tracking.Flush}}),
			now(tracking.NotHeld), "11 registered, 20 forgotten, 21 told",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was told by event 21, and no read since then is recorded.`},
		"limit": {all(get, []tracking.Event{{Seq: 20, Kind: forgotten, Keys: k, Cause: tracking.Limit}}), now(tracking.NotHeld), "11 registered, 20 forgotten",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). The table forgot it by event 20 (table limit).`},
		"expired": {all(get, []tracking.Event{{Seq: 19, Kind: tracking.Removed, Keys: k, Cause: tracking.Expired}}, told), now(tracking.NotHeld),
			"11 registered, 19 removed, 20 forgotten, 21 told",
			`Client 7 does not hold "k", so it would not be told if that changed now (rule 25). It was told by event 21, and no read since then is recorded.`},
		"off": {all(get, []tracking.Event{{Seq: 20, Kind: tracking.Disabled, Client: 7}}), now(tracking.TrackingOff), "11 registered, 20 mode",
			`Client 7 does not track, so it is not told of "k". It read it by event 11.`},
		"gone": {all(get, []tracking.Event{{Seq: 20, Kind: tracking.Closed, Client: 7}}), now(tracking.HolderGone), "11 registered, 20 connection",
			`Client 7 is gone; its id stands in the tracking table for "k" until that changes (rule 28).`},
		"RESP2": {get, now(tracking.Resp2), "11 registered",
			`Client 7 holds "k" since event 11: if that changed now, the message by push would not be sent: RESP2 without redirect (rule 29).`},
		"broadcast": {[]tracking.Event{{Seq: 1, Kind: forgotten, Keys: k}, {Seq: 2, Kind: message, Client: 7, Receiver: 9, Route: tracking.Broadcast, Keys: []string{"j", "k"}}},
			[]tracking.Verdict{{Client: 7, Receiver: 9, Route: tracking.Broadcast}, {Client: 7, Receiver: 9, Route: tracking.Broadcast, Prefix: "k"}}, "2 told",
			`Client 7 subscribes to a prefix of "k": if that changed now, it would be told by broadcast to client 9, and it would be told by broadcast of k to client 9.`},
		"no prefix": {nil, now(tracking.NoPrefix), "", `Client 7 broadcasts, and none of its prefixes covers "k" (rule 41).`},
	} {
		t.Run(name, func(t *testing.T) {
			got := journal.Why(test.events, 7, "k", test.now)
			require.Equal(t, test.moments, story(got))
			require.Equal(t, test.verdict, got.Verdict)
		})
	}
}
