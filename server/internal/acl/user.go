package acl

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

// User is one user. Clients hold on to it, so rules change it in place.
type User struct {
	Name string
	// Enabled: clients may authenticate as this user.
	Enabled bool
	// NoPassword: any password is right.
	NoPassword bool
	// SkipSanitize is kept and shown. RESTORE checks every payload in any case.
	SkipSanitize bool

	passwords []string // SHA-256 in hexadecimal, in the order in which they came
	selectors []*selector
	all       bool // it may do everything, so that nothing needs to be checked
}

// hashLen is the length of a password's hash in hexadecimal.
const hashLen = 2 * sha256.Size

// The errors of rules, in Redis's words.
var (
	errSyntax      = errors.New("Syntax error")
	errUnknown     = errors.New("Unknown command or category name in ACL")
	errAllKeys     = errors.New("Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns")
	errAllChannels = errors.New("Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels")
	errNoPassword  = errors.New("The password you are trying to remove from the user does not exist")
	errHash        = errors.New("The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters")
	errSubcommand  = errors.New("Allowing first-arg of a subcommand is not supported")
)

// newUser makes a user that may do nothing and cannot authenticate.
func (us *Users) newUser(name string) *User {
	return &User{Name: name, selectors: []*selector{us.newSelector()}}
}

// clone returns a copy that shares nothing with u.
func (u *User) clone() *User {
	c := *u
	c.passwords = slices.Clone(u.passwords)
	c.selectors = make([]*selector, len(u.selectors))
	for i, s := range u.selectors {
		c.selectors[i] = s.clone()
	}
	return &c
}

// become makes u what other is, but for the name.
func (u *User) become(other *User) {
	name := u.Name
	*u = *other.clone()
	u.Name = name
}

// apply changes the user by one rule of ACL SETUSER.
func (us *Users) apply(u *User, rule string) error {
	switch strings.ToLower(rule) {
	case "":
	case "on":
		u.Enabled = true
	case "off":
		u.Enabled = false
	case "nopass":
		u.NoPassword, u.passwords = true, nil
	case "resetpass":
		u.NoPassword, u.passwords = false, nil
	case "skip-sanitize-payload":
		u.SkipSanitize = true
	case "sanitize-payload":
		u.SkipSanitize = false
	case "clearselectors":
		u.selectors = u.selectors[:1]
	case "reset":
		u.become(us.newUser(u.Name))
	default:
		return us.applyLong(u, rule)
	}
	return nil
}

// applyLong applies a rule that begins with the sign of its kind.
func (us *Users) applyLong(u *User, rule string) error {
	switch rule[0] {
	case '>':
		u.addPassword(hash(rule[1:]))
	case '#':
		if !isHash(rule[1:]) {
			return errHash
		}
		u.addPassword(rule[1:])
	case '<':
		return u.removePassword(hash(rule[1:]))
	case '!':
		if !isHash(rule[1:]) {
			return errHash
		}
		return u.removePassword(rule[1:])
	case '(':
		return us.addSelector(u, rule)
	default:
		return us.applyTo(u.selectors[0], rule)
	}
	return nil
}

// addSelector adds the selector that stands in parentheses.
func (us *Users) addSelector(u *User, rule string) error {
	if !strings.HasSuffix(rule, ")") {
		return errSyntax
	}
	s := us.newSelector()
	for _, r := range strings.Fields(rule[1 : len(rule)-1]) {
		if err := us.applyTo(s, r); err != nil {
			return err
		}
	}
	u.selectors = append(u.selectors, s)
	return nil
}

func hash(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

func isHash(s string) bool {
	return len(s) == hashLen && strings.Trim(s, "0123456789abcdef") == ""
}

func (u *User) addPassword(hash string) {
	u.NoPassword = false
	if !slices.Contains(u.passwords, hash) {
		u.passwords = append(u.passwords, hash)
	}
}

func (u *User) removePassword(hash string) error {
	i := slices.Index(u.passwords, hash)
	if i < 0 {
		return errNoPassword
	}
	u.passwords = slices.Delete(u.passwords, i, i+1)
	return nil
}

// Accepts reports whether a client with this password may become the user. The time that it
// takes does not tell how much of the password is right.
func (u *User) Accepts(password []byte) bool {
	if !u.Enabled {
		return false
	}
	given, right := []byte(hash(string(password))), 0
	for _, p := range u.passwords {
		right |= subtle.ConstantTimeCompare(given, []byte(p))
	}
	return right == 1 || u.NoPassword
}

// Open reports whether clients are this user without authentication, if it is the default
// user.
func (u *User) Open() bool { return u.Enabled && u.NoPassword }

// settled notes what follows from the rules of the user.
func (u *User) settled() {
	root := u.selectors[0]
	u.all = root.allKeys && root.allChannels && root.everything()
}

// Unrestricted reports whether the user may do everything.
func (u *User) Unrestricted() bool { return u.all }

// Check reports whether the user may run a command. keys are the keys that the command line
// names. It returns nil, or what is denied. Among the selectors, the one that comes furthest
// gives the reason.
func (u *User) Check(row *command.Row, args [][]byte, keys []command.KeyRef) *Denial {
	if u.all {
		return nil
	}
	var worst *Denial
	for _, s := range u.selectors {
		d := s.check(row, args, keys)
		if d == nil {
			return nil
		}
		if worst == nil || d.Reason > worst.Reason || d.Reason == worst.Reason && d.word > worst.word {
			worst = d
		}
	}
	return worst
}

// MayReadAll reports whether the user may run a command with any key: SORT needs that for
// the keys that its BY and GET patterns make up.
func (u *User) MayReadAll(row *command.Row) bool {
	return u.all || slices.ContainsFunc(u.selectors, func(s *selector) bool {
		return s.allows(row, nil) && s.mayReadAll()
	})
}

// MayRead reports whether the user may read a key.
func (u *User) MayRead(key []byte) bool {
	return u.all || slices.ContainsFunc(u.selectors, func(s *selector) bool { return s.allowsKey(key, read) })
}

// MaySubscribe reports whether the user may have a subscription.
func (u *User) MaySubscribe(name string, pattern bool) bool {
	return u.all || slices.ContainsFunc(u.selectors, func(s *selector) bool { return s.allowsChannel([]byte(name), pattern) })
}
