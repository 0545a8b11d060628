package reference

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// apt is apt with a state of its own, in a folder. It sees no package as installed, knows
// only the sources that it is given, and never touches the state of the machine's own apt.
type apt struct{ dir string }

// download fetches the package of a version and all its dependencies from a mirror, and
// returns the files.
func (a apt) download(from source, v Version) ([]string, error) {
	for _, sub := range []string{"sources", "lists/partial", "archives/partial"} {
		if err := os.MkdirAll(filepath.Join(a.dir, sub), 0o777); err != nil {
			return nil, err
		}
	}
	files := map[string]string{"sources/debian.sources": from.stanza(v.suite), "status": ""}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o666); err != nil {
			return nil, err
		}
	}
	if err := a.run("update", "--error-on=any"); err != nil {
		return nil, fmt.Errorf("reading the list of Debian %s: %w", v.suite, err)
	}
	err := a.run("install", "--yes", "--download-only", "--no-install-recommends", v.pkg+"="+v.pattern)
	if err != nil {
		return nil, fmt.Errorf("downloading %s %s from Debian %s: %w", v.pkg, v.pattern, v.suite, err)
	}
	return filepath.Glob(filepath.Join(a.dir, "archives", "*.deb"))
}

// run runs apt-get. It keeps the machine's settings for the network, and replaces those for
// installed packages, for preferences, and for what to do afterwards.
func (a apt) run(args ...string) error {
	settings := filepath.Join(a.dir, "apt.conf")
	text := "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n#clear DPkg::Post-Invoke;\n"
	for _, pair := range [][2]string{
		{"Dir::Etc::sourcelist", "/dev/null"},
		{"Dir::Etc::sourceparts", filepath.Join(a.dir, "sources")},
		{"Dir::Etc::preferences", "/dev/null"},
		{"Dir::Etc::preferencesparts", "/dev/null"},
		{"Dir::State", a.dir},
		{"Dir::State::lists", filepath.Join(a.dir, "lists")},
		{"Dir::State::status", filepath.Join(a.dir, "status")},
		{"Dir::Cache", a.dir},
		{"Dir::Cache::archives", filepath.Join(a.dir, "archives")},
		{"APT::Sandbox::User", "root"}, // another user may not enter the folder
		{"Acquire::Languages", "none"},
		{"Acquire::Retries", "2"},
	} {
		text += fmt.Sprintf("%s %q;\n", pair[0], pair[1])
	}
	if err := os.WriteFile(settings, []byte(text), 0o666); err != nil {
		return err
	}
	cmd := exec.Command("apt-get", append([]string{"--config-file=" + settings}, args...)...)
	cmd.Dir = a.dir // where apt-get source puts what it downloads
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("apt-get: %w: %s", err, lastLine(out))
	}
	return nil
}

// lastLine returns the line of a tool's output that says what went wrong: the first error,
// or else the last line.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "E:") {
			return line
		}
	}
	return lines[len(lines)-1]
}
