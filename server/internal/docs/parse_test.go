package docs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArguments(t *testing.T) {
	none := func(a Argument) Argument {
		if a.Type != "key" {
			a.KeySpec = -1
		}
		return a
	}
	nx := none(Argument{Name: "nx", Type: "pure-token", Display: "nx", Token: "NX", HasToken: true})
	xx := none(Argument{Name: "xx", Type: "pure-token", Display: "xx", Token: "XX", HasToken: true, Since: "6.2.0"})
	count := none(Argument{Name: "n", Type: "integer", Display: "n"})
	value := none(Argument{Name: "value", Type: "string", Display: "value"})
	for line, want := range map[string]Argument{
		"value":            value,
		"n:int":            count,
		"key:key":          {Name: "key", Type: "key", Display: "key"},
		"to:key1":          {Name: "to", Type: "key", Display: "to", KeySpec: 1},
		"p:pattern1":       {Name: "p", Type: "pattern", Display: "p", KeySpec: 1},
		`a"ip:port"!2.8.1`: none(Argument{Name: "a", Type: "string", Display: "ip:port", DeprecatedSince: "2.8.1"}),
		"[XX@6.2.0]":       none(Argument{Name: "xx", Type: "pure-token", Display: "xx", Token: "XX", HasToken: true, Since: "6.2.0", Optional: true}),
		"equal==":          none(Argument{Name: "equal", Type: "pure-token", Display: "equal", Token: "=", HasToken: true}),
		"[EX n:int]":       none(Argument{Name: "n", Type: "integer", Display: "n", Token: "EX", HasToken: true, Optional: true}),
		"[GET... n:int ...]": none(Argument{Name: "n", Type: "integer", Display: "n", Token: "GET", HasToken: true,
			Optional: true, Multiple: true, TokenRepeats: true}),
		"is(NX | XX@6.2.0)@2.0.0": none(Argument{Name: "is", Type: "oneof", Since: "2.0.0", Arguments: []Argument{nx, xx}}),
		"both(n:int value) ...":   none(Argument{Name: "both", Type: "block", Multiple: true, Arguments: []Argument{count, value}}),
	} {
		require.Equal(t, []Argument{want}, parse(line), line)
	}
}

// Whatever the text describes is understood: a word that is not is left without a type.
func TestTextIsUnderstood(t *testing.T) {
	var check func(name string, args []Argument)
	check = func(name string, args []Argument) {
		for _, a := range args {
			require.NotEmpty(t, a.Name, name)
			require.NotEmpty(t, a.Type, name+" "+a.Name)
			check(name, a.Arguments)
		}
	}
	require.NotEmpty(t, commands())
	for name, c := range commands() {
		check(name, c.Arguments)
	}
	require.Nil(t, Of("nosuch"))
}
