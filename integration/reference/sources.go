package reference

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A source is a place that apt takes packages from: a stanza of a .sources file,
// or a line of a .list file, with what matters here.
type source struct {
	uri, suite      string
	signedBy, trust string // of the fields Signed-By and Trusted, "" if absent
}

// debianSuites are names of whole releases, as opposed to updates, security and
// backports, which have few packages. A mirror that has one has the others.
var debianSuites = []string{"bullseye", "bookworm", "trixie", "forky", "oldstable", "stable", "testing", "unstable", "sid"}

// mirrors returns what the machine's apt uses for Debian itself, each mirror once.
// root is the folder of apt's settings, /etc/apt.
func mirrors(root string) ([]source, error) {
	paths := []string{filepath.Join(root, "sources.list")}
	for _, pattern := range []string{"*.list", "*.sources"} {
		more, _ := filepath.Glob(filepath.Join(root, "sources.list.d", pattern))
		paths = append(paths, more...)
	}
	var found []source
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // there need not be all of them, and not all need be readable
		}
		parse := parseList
		if strings.HasSuffix(path, ".sources") {
			parse = parseStanzas
		}
		for _, s := range parse(string(text)) {
			same := func(o source) bool { return o.uri == s.uri }
			if slices.Contains(debianSuites, s.suite) && !slices.ContainsFunc(found, same) {
				found = append(found, s)
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the apt of this machine knows no Debian mirror (see %s)", root)
	}
	return found, nil
}

// parseList reads the format of one line each:
//
//	deb [signed-by=/path trusted=yes] uri suite component...
func parseList(text string) (found []source) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind != "deb" {
			continue
		}
		var s source
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			options, after, _ := strings.Cut(rest[1:], "]")
			rest = after
			for _, option := range strings.Fields(options) {
				switch name, value, _ := strings.Cut(option, "="); strings.ToLower(name) {
				case "signed-by":
					s.signedBy = value
				case "trusted":
					s.trust = value
				}
			}
		}
		if words := strings.Fields(rest); len(words) >= 2 {
			s.uri, s.suite = words[0], words[1]
			found = append(found, s)
		}
	}
	return found
}

// parseStanzas reads the deb822 format: fields, lines that continue them and begin
// with a space, and empty lines between stanzas.
func parseStanzas(text string) (found []source) {
	fields := map[string]string{}
	last := ""
	flush := func() {
		if len(fields) > 0 {
			found = append(found, fromStanza(fields)...)
		}
		fields, last = map[string]string{}, ""
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) == "":
			flush()
		case line[0] == ' ' || line[0] == '\t':
			fields[last] += "\n" + line
		default:
			name, value, _ := strings.Cut(line, ":")
			last = strings.ToLower(strings.TrimSpace(name))
			fields[last] = strings.TrimSpace(value)
		}
	}
	flush()
	return found
}

func fromStanza(fields map[string]string) (found []source) {
	enabled := strings.ToLower(fields["enabled"])
	if enabled == "no" || enabled == "false" || !slices.Contains(strings.Fields(fields["types"]), "deb") {
		return nil
	}
	for _, uri := range strings.Fields(fields["uris"]) {
		for _, suite := range strings.Fields(fields["suites"]) {
			found = append(found, source{uri, suite, fields["signed-by"], fields["trusted"]})
		}
	}
	return found
}

// stanza returns the source in the deb822 format, for another suite.
func (s source) stanza(suite string) string {
	text := fmt.Sprintf("Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n", s.uri, suite)
	if s.signedBy != "" {
		text += "Signed-By: " + s.signedBy + "\n"
	}
	if s.trust != "" {
		text += "Trusted: " + s.trust + "\n"
	}
	return text
}
