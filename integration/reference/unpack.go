package reference

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// recipe names the way of unpacking. A new name makes new folders and leaves old ones alone.
const recipe = "1"

// Program is a server's unpacked files.
type Program struct {
	Version Version
	path    string   // where it is, if it is not under root
	root    string   // the folder that takes the place of /
	loader  string   // the dynamic loader of its release
	libs    []string // the folders of its libraries
}

// At returns the program at a path. It is run like that of v, and must say in INFO that it
// is v, as tattle says that it is Redis 8.0.2.
func At(path string, v Version) *Program { return &Program{Version: v, path: path} }

// Bring returns the program of a version. It downloads and unpacks the program first if
// necessary. Processes that do so at the same time wait for each other.
func Bring(v Version) (*Program, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding a place for %s: %w", v, err)
	}
	cache = filepath.Join(cache, "tattle", "reference-"+recipe)
	root := filepath.Join(cache, v.Product+"-"+v.Number)
	if p, err := open(v, root); err == nil {
		return p, nil
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return nil, fmt.Errorf("making a place for %s: %w", v, err)
	}
	unlock, err := lock(filepath.Join(cache, "lock"))
	if err != nil {
		return nil, fmt.Errorf("waiting for others that bring %s: %w", v, err)
	}
	defer unlock()
	if p, err := open(v, root); err == nil { // another process has brought it
		return p, nil
	}
	if err := unpack(v, cache, root); err != nil {
		return nil, fmt.Errorf("bringing %s: %w", v, err)
	}
	return open(v, root)
}

// unpack downloads a version and unpacks it to root.
func unpack(v Version, cache, root string) error {
	return fromMirror(cache, root, []string{"apt-get", "dpkg"}, func(a apt, from source) (func(string) error, error) {
		debs, err := a.download(from, v)
		return func(dir string) error { return extract(v, debs, dir) }, err
	})
}

// fromMirror downloads something from the first mirror that has it, and unpacks it to root,
// which appears only when it is complete. download returns a function that unpacks into a
// folder.
func fromMirror(cache, root string, tools []string, download func(apt, source) (unpack func(dir string) error, err error)) error {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("this machine has no %s", tool)
		}
	}
	sources, err := mirrors("/etc/apt")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(cache, "unpacking-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var failed []error
	for i, s := range sources {
		unpack, err := download(apt{filepath.Join(work, fmt.Sprint("mirror-", i))}, s)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		part := filepath.Join(work, "root")
		if err := os.Mkdir(part, 0o777); err != nil {
			return err
		}
		if err := unpack(part); err != nil {
			return err
		}
		if err := os.RemoveAll(root); err != nil { // an incomplete folder is left from before
			return err
		}
		return os.Rename(part, root)
	}
	return errors.Join(failed...)
}

// extract unpacks the libraries and the package itself. Whatever else apt thinks that an
// installation needs is of no use to a server that only runs.
func extract(v Version, debs []string, root string) error {
	for _, deb := range debs {
		name := filepath.Base(deb)
		if !strings.HasPrefix(name, "lib") && !strings.HasPrefix(name, v.pkg+"_") {
			continue
		}
		if out, err := exec.Command("dpkg", "-x", deb, root).CombinedOutput(); err != nil {
			return fmt.Errorf("unpacking %s: %w: %s", name, err, lastLine(out))
		}
	}
	return nil
}

// open finds the parts of an unpacked program.
func open(v Version, root string) (*Program, error) {
	p := &Program{Version: v, root: root}
	if _, err := os.Stat(p.binary()); err != nil {
		return nil, fmt.Errorf("%s has no server program: %w", v, err)
	}
	// Symbolic links may be absolute and lead out of root: only real files count.
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && strings.HasPrefix(d.Name(), "ld-linux") {
			p.loader = path
		}
		if d.IsDir() && filepath.Base(filepath.Dir(path)) == "lib" && strings.Contains(d.Name(), "-linux-gnu") {
			p.libs = append(p.libs, path)
		}
		return nil
	})
	if err == nil && (p.loader == "" || len(p.libs) == 0) {
		err = fmt.Errorf("%s came without a loader or libraries in %s", v, root)
	}
	return p, err
}

// binary is the program that acts as a server under another name.
func (p *Program) binary() string {
	return filepath.Join(p.root, "usr", "bin", p.Version.Product+"-check-rdb")
}

// Command returns the command that runs the server with these arguments.
func (p *Program) Command(args ...string) *exec.Cmd {
	if p.path != "" {
		return exec.Command(p.path, args...)
	}
	words := []string{
		"--inhibit-cache", "--library-path", strings.Join(p.libs, ":"),
		"--argv0", p.Version.Product + "-server", p.binary(),
	}
	return exec.Command(p.loader, append(words, args...)...)
}
