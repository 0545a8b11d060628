package tattle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// quoting are the documents whose Go code stands in tests, so that it compiles and does what
// the documents say.
var quoting = []string{"docs/testing.md"}

func TestDocumentsQuoteTests(t *testing.T) {
	var tests strings.Builder
	for _, pattern := range []string{"integration/*_test.go", "server/servertest/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			tests.WriteString(unindented(string(content)))
		}
	}
	for _, document := range quoting {
		content, err := os.ReadFile(document)
		require.NoError(t, err)
		blocks := strings.Split(string(content), "```go\n")[1:]
		require.NotEmpty(t, blocks, document)
		for _, block := range blocks {
			code, _, closed := strings.Cut(block, "```")
			require.True(t, closed, block)
			require.Contains(t, tests.String(), unindented(code), "%s: no test has this code", document)
		}
	}
}

// unindented returns the lines without the space around them, and without empty lines.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
