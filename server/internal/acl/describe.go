package acl

import "strings"

// Describe returns the user as a line of an ACL file, without the word user: its name, and
// the rules that make it.
func (u *User) Describe() string {
	words := []string{u.Name}
	words = append(words, u.Flags()...)
	for _, p := range u.passwords {
		words = append(words, "#"+p)
	}
	words = append(words, u.Root().line())
	for _, s := range u.Selectors() {
		words = append(words, "("+s.line()+")")
	}
	return strings.Join(words, " ")
}

// Flags lists the flags of the user, in Redis's order.
func (u *User) Flags() []string {
	flags := []string{"off"}
	if u.Enabled {
		flags[0] = "on"
	}
	if u.NoPassword {
		flags = append(flags, "nopass")
	}
	if u.SkipSanitize {
		return append(flags, "skip-sanitize-payload")
	}
	return append(flags, "sanitize-payload")
}

// Passwords returns the SHA-256 hashes of the passwords in hexadecimal.
func (u *User) Passwords() []string { return u.passwords }

// Permissions describes a selector, as ACL GETUSER shows it.
type Permissions struct{ Commands, Keys, Channels string }

// Root describes the selector that rules outside of parentheses change.
func (u *User) Root() Permissions { return u.selectors[0].describe() }

// Selectors describes the further selectors.
func (u *User) Selectors() []Permissions {
	var list []Permissions
	for _, s := range u.selectors[1:] {
		list = append(list, s.describe())
	}
	return list
}

func (s *selector) describe() Permissions {
	base := "-@all"
	if s.future {
		base = "+@all"
	}
	return Permissions{
		Commands: strings.Join(append([]string{base}, s.rules...), " "),
		Keys:     s.describeKeys(),
		Channels: s.describeChannels(),
	}
}

func (s *selector) describeKeys() string {
	if s.allKeys {
		return "~*"
	}
	signs := map[permission]string{readWrite: "~", read: "%R~", write: "%W~"}
	var words []string
	for _, k := range s.keys {
		words = append(words, signs[k.may]+k.pattern)
	}
	return strings.Join(words, " ")
}

func (s *selector) describeChannels() string {
	if s.allChannels {
		return "&*"
	}
	var words []string
	for _, c := range s.channels {
		words = append(words, "&"+c)
	}
	return strings.Join(words, " ")
}

// line returns the rules that make the selector. They do not rely on acl-pubsub-default.
func (p Permissions) line() string {
	var words []string
	if p.Keys != "" {
		words = append(words, p.Keys)
	}
	if p.Channels != "&*" {
		words = append(words, "resetchannels")
	}
	if p.Channels != "" {
		words = append(words, p.Channels)
	}
	return strings.Join(append(words, p.Commands), " ")
}
