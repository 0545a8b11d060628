package acl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

// DefaultName is the name of the user that clients are until they authenticate.
const DefaultName = "default"

// Users are the users of a server.
type Users struct {
	// Default is the user that clients are until they authenticate. It cannot be deleted.
	Default *User
	// AllChannels: new selectors allow all channels. It is acl-pubsub-default.
	AllChannels bool

	table  *command.Table
	byName map[string]*User
}

// New returns users of whom there is only the default one, who may do everything without a
// password. Permissions are for the commands of table.
func New(table *command.Table) *Users {
	us := &Users{table: table, byName: map[string]*User{}}
	us.Default = us.newUser(DefaultName)
	us.byName[DefaultName] = us.Default
	us.openDefault()
	return us
}

func (us *Users) openDefault() {
	for _, rule := range []string{"reset", "on", "nopass", "allkeys", "allchannels", "allcommands"} {
		us.mustApply(us.Default, rule)
	}
	us.Default.settled()
}

// mustApply applies a rule of the program's own.
func (us *Users) mustApply(u *User, rule string) {
	if err := us.apply(u, rule); err != nil {
		panic("acl: " + rule + ": " + err.Error())
	}
}

// Named returns a user, or nil.
func (us *Users) Named(name string) *User { return us.byName[name] }

// All returns the users in the order of their names.
func (us *Users) All() []*User {
	return slices.SortedFunc(maps.Values(us.byName), func(a, b *User) int { return strings.Compare(a.Name, b.Name) })
}

// RuleError is a rule that cannot be applied.
type RuleError struct {
	Rule string
	Err  error
}

func (e *RuleError) Error() string { return e.Err.Error() }

// ParenthesisError is a parenthesis that nothing closes.
type ParenthesisError struct {
	Rule string // where it opens
}

func (e *ParenthesisError) Error() string {
	return fmt.Sprintf("Unmatched parenthesis in acl selector starting at '%s'.", e.Rule)
}

// ErrName refuses a user's name.
var ErrName = errors.New("Usernames can't contain spaces or null characters")

// Set makes or changes a user by rules, as ACL SETUSER does: by all of them or, with an error,
// by none. The error is ErrName, a [ParenthesisError] or a [RuleError].
func (us *Users) Set(name string, rules []string) (*User, error) {
	if hasSpace(name) {
		return nil, ErrName
	}
	rules, err := joinSelectors(rules)
	if err != nil {
		return nil, err
	}
	u, known := us.byName[name]
	if !known {
		u = us.newUser(name)
	}
	changed := u.clone()
	for _, rule := range rules {
		if err := us.apply(changed, rule); err != nil {
			return nil, &RuleError{Rule: rule, Err: err}
		}
	}
	changed.settled()
	u.become(changed)
	us.byName[name] = u
	return u, nil
}

// joinSelectors makes one rule of the rules between two parentheses.
func joinSelectors(rules []string) ([]string, error) {
	var joined []string
	open := -1
	for _, rule := range rules {
		switch {
		case open >= 0:
			joined[open] += " " + rule
		default:
			joined = append(joined, rule)
			if strings.HasPrefix(rule, "(") {
				open = len(joined) - 1
			}
		}
		if strings.HasSuffix(rule, ")") {
			open = -1
		}
	}
	if open >= 0 {
		first, _, _ := strings.Cut(joined[open], " ")
		return nil, &ParenthesisError{Rule: first}
	}
	return joined, nil
}

// Adopt makes permissions those for the commands of another table: whoever may run a category may
// run what is new in it.
func (us *Users) Adopt(table *command.Table) {
	us.table = table
	for _, u := range us.byName {
		for _, s := range u.selectors {
			us.applyAgain(s)
		}
	}
}

// Delete forgets a user and returns it, or nil if there is none.
func (us *Users) Delete(name string) *User {
	u := us.byName[name]
	delete(us.byName, name)
	return u
}

// SetDefaultPassword gives the default user one password or, if it is empty, lets everybody in. It is
// requirepass.
func (us *Users) SetDefaultPassword(password string) {
	u := us.Default
	us.mustApply(u, "resetpass")
	if password == "" {
		us.mustApply(u, "nopass")
	} else {
		us.mustApply(u, ">"+password)
	}
}
