package reference

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMirrors(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []source
	}{
		{"nothing", nil, nil},
		{"one line", map[string]string{"sources.list": `
# deb http://commented/debian bookworm main
deb http://mirror/debian bookworm main contrib # why
deb-src http://sources/debian bookworm main
deb http://mirror/debian bookworm-updates main
deb http://security/debian-security bookworm-security main
`}, []source{{uri: "http://mirror/debian", suite: "bookworm"}}},
		{"options", map[string]string{"sources.list": "deb [ arch=amd64 signed-by=/keys/a.gpg trusted=yes ] file:/srv/debian stable main\n"},
			[]source{{"file:/srv/debian", "stable", "/keys/a.gpg", "yes"}}},
		{"stanzas", map[string]string{"sources.list.d/debian.sources": `Types: deb deb-src
# a comment
URIs: http://one/debian http://two/debian
Suites: trixie trixie-updates
Components: main
Signed-By:
 -----BEGIN-----
 .
 abc
 -----END-----

Types: deb
Enabled: no
URIs: http://off/debian
Suites: trixie

Types: deb
URIs: http://elsewhere
Suites: nodistro
`}, []source{
			{"http://one/debian", "trixie", "\n -----BEGIN-----\n .\n abc\n -----END-----", ""},
			{"http://two/debian", "trixie", "\n -----BEGIN-----\n .\n abc\n -----END-----", ""},
		}},
		{"both, and each mirror once", map[string]string{
			"sources.list":            "deb http://one/debian sid main\n",
			"sources.list.d/a.list":   "deb http://one/debian trixie main\ndeb http://two/debian testing main\n",
			"sources.list.d/b.list~":  "deb http://no/debian sid main\n",
			"sources.list.d/c.folder": "",
		}, []source{{uri: "http://one/debian", suite: "sid"}, {uri: "http://two/debian", suite: "testing"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(root, "sources.list.d"), 0o777))
			for name, text := range tt.files {
				require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o666))
			}
			got, err := mirrors(root)
			if tt.want == nil {
				require.ErrorContains(t, err, "knows no Debian mirror")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestStanzaIsWhatParses(t *testing.T) {
	s := source{"http://one/debian", "sid", "\n -----BEGIN-----\n abc", "yes"}
	got := parseStanzas(s.stanza("trixie"))
	s.suite = "trixie"
	require.Equal(t, []source{s}, got)
}
