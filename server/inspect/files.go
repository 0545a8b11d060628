package inspect

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed page
var embedded embed.FS

// files are the files of the page.
type files struct {
	fs      fs.FS
	headers map[string]string // of every answer
}

func openFiles() files {
	f, _ := fs.Sub(embedded, "page")
	index, _ := fs.ReadFile(f, "index.html")
	return files{f, map[string]string{
		"Content-Security-Policy":      policy(index),
		"Referrer-Policy":              "no-referrer", // the token is in the address
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
	}}
}

// policy returns the Content-Security-Policy: everything comes from this server. Of scripts inside of
// HTML it permits the import map only, which browsers take from nowhere else.
func policy(index []byte) string {
	scripts := "'self'"
	if m := importMap.FindSubmatch(index); m != nil {
		sum := sha256.Sum256(m[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + scripts + "; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

var importMap = regexp.MustCompile(`(?s)<script type="importmap">(.*?)</script>`)

// types are the types of the files, which systems do not agree on.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".json": "application/json",
}

// ServeHTTP serves a file.
func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	content, err := fs.ReadFile(f.fs, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if t, ok := types[path.Ext(name)]; ok {
		w.Header().Set("Content-Type", t)
	}
	w.Write(content)
}
