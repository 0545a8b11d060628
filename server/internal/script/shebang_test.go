package script

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzShebang(f *testing.F) {
	for _, seed := range []string{
		"#!lua\nreturn 1", "#!lua flags=no-writes,allow-oom\n", "#!lua name=x\n", "#!", "#!\n", "#!lua flags=\nx", "#!lua \"flags=no\\x2dwrites\"\n", "#!js\n1", "#!lua flags=no-writes,,\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		declared, ok := Declared([]byte(body))
		if !strings.HasPrefix(body, "#!") {
			require.False(t, ok)
			return
		}
		flags, code, err := parseShebang(body)
		require.Equal(t, err == nil, ok)
		if err != nil {
			return
		}
		require.Equal(t, flags, declared)
		first, rest, _ := strings.Cut(body, "\n")
		require.Contains(t, first, "lua")
		require.Equal(t, "\n"+rest, code, "line numbers stay the same")
	})
}
