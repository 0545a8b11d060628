package acl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// File returns the text of an ACL file: a line for each user.
func (us *Users) File() string {
	var b strings.Builder
	for _, u := range us.All() {
		b.WriteString("user " + u.Describe() + "\n")
	}
	return b.String()
}

// Load returns the users of an ACL file, of which path and text are given. A default user
// that the file does not name stays as it is. The error lists all that is wrong, in Redis's
// words; then the users stay as they are.
func (us *Users) Load(path, text string) (*Users, error) {
	next := New(us.table)
	next.AllChannels = us.AllChannels
	next.Default.become(us.Default)
	l := loader{users: next, path: path, seen: map[string]bool{}}
	for i, line := range strings.Split(text, "\n") {
		l.line(i+1, strings.Trim(line, " \t\r\n"))
	}
	if l.problems.Len() > 0 {
		return nil, errors.New(l.problems.String() + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed")
	}
	return next, nil
}

// loader reads the lines of an ACL file.
type loader struct {
	users    *Users
	path     string
	seen     map[string]bool
	problems strings.Builder
}

func (l *loader) line(n int, line string) {
	if line == "" {
		return
	}
	words := strings.Split(line, " ")
	if words[0] != "user" || len(words) < 2 {
		fmt.Fprintf(&l.problems, "%s:%d should start with user keyword followed by the username. ", l.path, n)
		return
	}
	name := words[1]
	if l.seen[name] {
		fmt.Fprintf(&l.problems, "WARNING: Duplicate user '%s' found on line %d. ", name, n)
		return
	}
	l.seen[name] = true
	rules, err := joinSelectors(slices.DeleteFunc(words[2:], func(w string) bool { return w == "" }))
	if err != nil {
		fmt.Fprintf(&l.problems, "%s:%d: Unmatched parenthesis in selector definition.", l.path, n)
		return
	}
	l.user(n, name, rules)
}

// user applies the rules of a user. Of the mistakes in a line it tells each unknown command,
// and the first of all others.
func (l *loader) user(n int, name string, rules []string) {
	u := l.users.newUser(name)
	told := false
	for _, rule := range rules {
		switch err := l.users.apply(u, rule); {
		case err == nil:
		case err == errUnknown:
			fmt.Fprintf(&l.problems, "%s:%d: Error in applying operation '%s': %s. ", l.path, n, rule, err)
		case !told:
			told = true
			fmt.Fprintf(&l.problems, "%s:%d: %s. ", l.path, n, err)
		}
	}
	u.settled()
	if name == DefaultName {
		l.users.Default.become(u)
		return
	}
	l.users.byName[name] = u
}
