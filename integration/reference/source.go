package reference

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Suite returns the folder with the tests of a version, which is tests in the upstream's
// source tree. It downloads the folder first if necessary, as [Bring] does for programs.
// The folder is shared: run the tests in a copy.
func Suite(v Version) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for the source of %s: %w", v, err)
	}
	cache = filepath.Join(cache, "tattle", "reference-"+recipe)
	root := filepath.Join(cache, v.Product+"-"+v.Number+"-source")
	tests := filepath.Join(root, "tests")
	if _, err := os.Stat(tests); err == nil {
		return tests, nil
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return "", fmt.Errorf("making a place for the source of %s: %w", v, err)
	}
	unlock, err := lock(filepath.Join(cache, "lock"))
	if err != nil {
		return "", fmt.Errorf("waiting for others that bring the source of %s: %w", v, err)
	}
	defer unlock()
	if _, err := os.Stat(tests); err == nil { // another process has brought it
		return tests, nil
	}
	if err := unpackSource(v, cache, root); err != nil {
		return "", fmt.Errorf("bringing the source of %s: %w", v, err)
	}
	return tests, nil
}

// unpackSource downloads the source package and unpacks what upstream published,
// without Debian's changes, to root.
func unpackSource(v Version, cache, root string) error {
	return fromMirror(cache, root, []string{"apt-get", "tar"}, func(a apt, from source) (func(string) error, error) {
		archive, err := a.downloadSource(from, v)
		return func(dir string) error { return untar(archive, dir) }, err
	})
}

func untar(archive, dir string) error {
	cmd := exec.Command("tar", "-xf", archive, "-C", dir, "--strip-components=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("unpacking %s: %w: %s", filepath.Base(archive), err, lastLine(out))
	}
	return nil
}

// downloadSource fetches the source package of a version and returns the archive
// that upstream published.
func (a apt) downloadSource(from source, v Version) (string, error) {
	for _, sub := range []string{"sources", "lists/partial", "archives/partial"} {
		if err := os.MkdirAll(filepath.Join(a.dir, sub), 0o777); err != nil {
			return "", err
		}
	}
	stanza := strings.Replace(from.stanza(v.suite), "Types: deb\n", "Types: deb-src\n", 1)
	for name, text := range map[string]string{"sources/debian.sources": stanza, "status": ""} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	if err := a.run("update", "--error-on=any"); err != nil {
		return "", fmt.Errorf("reading the list of Debian %s: %w", v.suite, err)
	}
	if err := a.run("source", "--download-only", v.Product); err != nil {
		return "", fmt.Errorf("downloading the source of %s from Debian %s: %w", v, v.suite, err)
	}
	found, err := filepath.Glob(filepath.Join(a.dir, v.Product+"_"+v.Number+".orig.tar.*"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("the source package of Debian %s is not that of %s", v.suite, v)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// Tool returns the command that runs one of the programs that come with a server,
// such as redis-cli.
func (p *Program) Tool(name string, args ...string) *exec.Cmd {
	words := []string{
		"--inhibit-cache", "--library-path", strings.Join(p.libs, ":"),
		"--argv0", name, filepath.Join(p.root, "usr", "bin", name),
	}
	return exec.Command(p.loader, append(words, args...)...)
}
