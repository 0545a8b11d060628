package acl

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/command"
)

// testTable has a command of each kind that rules tell apart.
func testTable() *command.Table {
	run := func(*command.Call) error { return nil }
	return command.NewTable([]command.Row{
		{Name: "get", Arity: 2, Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access), Run: run},
		{Name: "set", Arity: -3, Flags: command.Write, Keys: command.Key(command.OW | command.Update), Run: run},
		{Name: "select", Arity: 2, Flags: command.Fast, Run: run},
		{Name: "exists", Arity: -2, Flags: command.ReadOnly, Keys: command.AllKeys(command.RO), Run: run},
		{Name: "psubscribe", Arity: -2, Flags: command.PubSub, Channels: command.AllPatterns, Run: run},
		{Name: "publish", Arity: 3, Flags: command.PubSub, Channels: command.OneChannel, Run: run},
		{Name: "auth", Arity: -2, Flags: command.NoAuth, Run: run},
		command.Container("config", "", "",
			command.Row{Name: "get", Arity: -3, Flags: command.Admin, Run: run},
			command.Row{Name: "set", Arity: -4, Flags: command.Admin, Run: run}),
	})
}

var probes = []string{
	"get a", "get b", "set a 1", "set b 1", "select 0", "select 1", "exists a b", "psubscribe c*", "psubscribe c1",
	"publish c1 m", "publish d m", "auth p", "config get x", "config set x y",
}

// decisions asks about all probes.
func decisions(us *Users, u *User) (list []string) {
	for _, line := range probes {
		var args [][]byte
		for _, w := range strings.Fields(line) {
			args = append(args, []byte(w))
		}
		row, _ := us.table.Lookup(args)
		keys, _ := row.AppendKeys(nil, args)
		if d := u.Check(row, args, keys); d != nil {
			line += ": " + d.Explain("u")
		}
		list = append(list, line)
	}
	return list
}

// What a user's description makes is the same user, whatever rules came before.
func TestDescriptionsMakeTheSameUser(t *testing.T) {
	rules := []string{
		"on", "off", "nopass", "resetpass", ">p", ">q", "<p", "allkeys", "resetkeys", "~a*", "%R~b", "%W~b", "%RW~*", "allchannels",
		"resetchannels", "&c*", "&d", "allcommands", "nocommands", "+get", "-get", "+@read", "-@write", "+@all", "-@all", "+config",
		"-config|set", "+config|get", "+select|0", "+select|1", "-select", "clearselectors", "reset", "sanitize-payload",
		"skip-sanitize-payload", "(~a +get)", "(%W~b -@all +set &*)", "+@slow", "-@fast",
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		us := New(testTable())
		us.AllChannels = r.IntN(2) == 0
		for range r.IntN(12) {
			_, _ = us.Set("u", []string{rules[r.IntN(len(rules))]})
		}
		u, err := us.Set("u", nil)
		require.NoError(t, err)
		us.AllChannels = !us.AllChannels
		words := strings.Fields(u.Describe())
		again, err := us.Set("v", words[1:])
		require.NoError(t, err, u.Describe())
		require.Equal(t, words[1:], strings.Fields(again.Describe())[1:])
		require.Equal(t, decisions(us, u), decisions(us, again), u.Describe())
		require.Equal(t, u.Unrestricted(), again.Unrestricted())

		loaded, err := us.Load("users.acl", us.File())
		require.NoError(t, err)
		require.Equal(t, us.File(), loaded.File())
	}
}

func TestUnrestrictedUsersAreNotChecked(t *testing.T) {
	us := New(testTable())
	require.True(t, us.Default.Unrestricted())
	for _, rule := range []string{"-get", "resetkeys", "resetchannels", "-@read", "+@all -config|set"} {
		u, err := us.Set("u", append([]string{"reset", "allkeys", "allchannels", "allcommands"}, strings.Fields(rule)...))
		require.NoError(t, err)
		require.False(t, u.Unrestricted(), rule)
	}
}

// A mistake in one rule of several leaves the user as it was.
func TestRulesApplyTogether(t *testing.T) {
	us := New(testTable())
	u, err := us.Set("u", []string{"on", "+get"})
	require.NoError(t, err)
	before := u.Describe()
	_, err = us.Set("u", []string{"off", "~x", "+nosuch"})
	require.ErrorContains(t, err, "Unknown command")
	require.Equal(t, before, u.Describe())
	_, err = us.Set("new", []string{"nosuch"})
	require.Error(t, err)
	require.Nil(t, us.Named("new"))
}

func TestPasswords(t *testing.T) {
	us := New(testTable())
	u, err := us.Set("u", []string{">p", ">q"})
	require.NoError(t, err)
	require.False(t, u.Accepts([]byte("p")), "it is off")
	_, err = us.Set("u", []string{"on", "<q"})
	require.NoError(t, err)
	require.True(t, u.Accepts([]byte("p")))
	require.False(t, u.Accepts([]byte("q")))
	require.False(t, u.Accepts(nil))
	_, err = us.Set("u", []string{"nopass"})
	require.NoError(t, err)
	require.True(t, u.Accepts([]byte("anything")))
}

func TestLogCountsTheSameDenialOnce(t *testing.T) {
	var l Log
	at := time.Unix(1000, 0)
	l.Add(Entry{Reason: DeniedKey, Object: "k", Created: at}, 2)
	l.Add(Entry{Reason: DeniedKey, Object: "other", Created: at}, 2)
	l.Add(Entry{Reason: DeniedKey, Object: "k", Created: at.Add(time.Minute)}, 2)
	require.Equal(t, int64(2), l.Newest(1)[0].Count)
	require.Equal(t, "k", l.Newest(1)[0].Object)
	l.Add(Entry{Reason: DeniedKey, Object: "k", Created: at.Add(2 * time.Minute)}, 2)
	require.Len(t, l.Newest(10), 2)
	require.Equal(t, int64(1), l.Newest(1)[0].Count, "too late to be the same")
	l.Reset()
	require.Empty(t, l.Newest(10))
}

// Load takes any text. What it makes can be written to a file again and, as in Redis, read
// unless a name or pattern has a parenthesis.
func FuzzLoad(f *testing.F) {
	f.Add("user default on nopass ~* &* +@all\nuser u off (~a +get) +select|0 %R~x #x >p\n")
	f.Add("user\nuser u (\nuser u nosuch +nosuch\n\x00user  a\ton")
	f.Add("user  (&))")
	f.Add("user default on sanitize-payload nopass ~* &* +@all\nuser alice off resetchannels &ch -@all +@read +client|tracking (%R~k* resetchannels -@all +get) (~x &* +@all)\n")
	f.Add("user a on #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 %RW~k %W~l -@all +config +config|get -config|set allchannels\n")
	f.Add("user a on >p <q nopass resetpass allkeys resetkeys ~k:*[02468] clearselectors skip-sanitize-payload\nuser a off\nuser b reset +nosuch|x -@nosuch\n")
	f.Fuzz(func(t *testing.T, text string) {
		us, err := New(testTable()).Load("users.acl", text)
		if err != nil {
			return
		}
		file := us.File()
		again, err := us.Load("users.acl", file)
		if strings.ContainsAny(text, "()") {
			return
		}
		require.NoError(t, err)
		require.Equal(t, file, again.File())
	})
}
