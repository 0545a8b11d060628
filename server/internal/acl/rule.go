package acl

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tattle-server/tattle/server/internal/command"
)

// applyTo changes a selector by one rule.
func (us *Users) applyTo(s *selector, rule string) error {
	switch strings.ToLower(rule) {
	case "allkeys", "~*":
		s.allKeys, s.keys = true, nil
	case "resetkeys":
		s.allKeys, s.keys = false, nil
	case "allchannels", "&*":
		s.allChannels, s.channels = true, nil
	case "resetchannels":
		s.allChannels, s.channels = false, nil
	case "allcommands", "+@all":
		us.setAll(s, true)
	case "nocommands", "-@all":
		us.setAll(s, false)
	default:
		return us.applyPattern(s, rule)
	}
	return nil
}

// applyPattern applies a rule that names keys, channels or commands.
func (us *Users) applyPattern(s *selector, rule string) error {
	switch rule[0] {
	case '~', '%':
		return s.addKeys(rule)
	case '&':
		return s.addChannels(rule[1:])
	case '+', '-':
		return us.applyCommand(s, rule[1:], rule[0] == '+')
	}
	return errSyntax
}

func (us *Users) setAll(s *selector, allow bool) {
	clear(s.allowed)
	s.first, s.rules, s.future = nil, nil, allow
	for _, row := range us.table.Rows() {
		s.set(row, allow)
	}
}

// applyAgain applies the rules about commands again, to the commands that there are now. A rule
// about a command that is gone is dropped.
func (us *Users) applyAgain(s *selector) {
	rules := s.rules
	s.allowed = us.noCommands()
	us.setAll(s, s.future)
	for _, rule := range rules {
		us.applyCommand(s, rule[1:], rule[0] == '+')
	}
}

// addKeys adds ~pattern or, with permissions, %R~pattern.
func (s *selector) addKeys(rule string) error {
	if s.allKeys {
		return errAllKeys
	}
	may, pattern := readWrite, rule[1:]
	if rule[0] == '%' {
		var ok bool
		if may, pattern, ok = parsePermission(rule[1:]); !ok {
			return errSyntax
		}
		if may == readWrite && pattern == "*" {
			s.allKeys, s.keys = true, nil
			return nil
		}
	}
	if hasSpace(pattern) {
		return errSyntax
	}
	for i := range s.keys {
		if s.keys[i].pattern == pattern {
			s.keys[i].may |= may
			return nil
		}
	}
	s.keys = append(s.keys, keyPattern{pattern, may})
	return nil
}

// parsePermission reads R, W or both, in any case. The pattern follows after ~. As in Redis, it may be missing.
func parsePermission(text string) (may permission, pattern string, ok bool) {
	for i := range len(text) {
		switch p := permissionOf(text[i]); {
		case p != 0 && may&p == 0:
			may |= p
		case text[i] == '~' && may != 0:
			return may, text[i+1:], true
		default:
			return 0, "", false
		}
	}
	return may, "", may != 0
}

func permissionOf(letter byte) permission {
	switch letter {
	case 'R', 'r':
		return read
	case 'W', 'w':
		return write
	}
	return 0
}

func (s *selector) addChannels(pattern string) error {
	switch {
	case s.allChannels:
		return errAllChannels
	case hasSpace(pattern):
		return errSyntax
	case !slices.Contains(s.channels, pattern):
		s.channels = append(s.channels, pattern)
	}
	return nil
}

// hasSpace reports whether a name has characters that would split it in a file.
func hasSpace(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r == 0 || r < unicode.MaxASCII && unicode.IsSpace(r) })
}

// applyCommand allows or takes away a category (@read), a command, a subcommand
// (config|get), or a command with a first argument (select|0).
func (us *Users) applyCommand(s *selector, name string, allow bool) error {
	name = strings.ToLower(name)
	if category, ok := strings.CutPrefix(name, "@"); ok {
		return us.applyCategory(s, category, allow)
	}
	if row := us.table.Named(name); row != nil {
		s.set(row, allow)
		s.addRule(name, allow)
		return nil
	}
	parent, argument, cut := strings.Cut(name, "|")
	row := us.table.Named(parent)
	switch {
	case !cut || row == nil:
		return errUnknown
	case argument == "":
		return errSyntax
	case us.table.Named(parent+"|"+strings.Split(argument, "|")[0]) != nil:
		return errSubcommand
	case len(row.Sub) > 0 || !allow || strings.Contains(argument, "|"):
		return errUnknown
	}
	s.addFirst(row, argument)
	s.addRule(name, allow)
	return nil
}

// addFirst allows a command with a first argument.
func (s *selector) addFirst(row *command.Row, argument string) {
	if s.first == nil {
		s.first = map[int][]string{}
	}
	if id := row.ID(); !slices.Contains(s.first[id], argument) {
		s.first[id] = append(s.first[id], argument)
	}
}

func (us *Users) applyCategory(s *selector, name string, allow bool) error {
	i := slices.Index(command.CategoryNames, name)
	if i < 0 {
		return errUnknown
	}
	for _, row := range us.table.Rows() {
		s.setIn(row, 1<<i, allow)
	}
	s.addRule("@"+name, allow)
	return nil
}

// setIn allows the commands of a category, or does not. What holds for a container holds for
// its subcommands.
func (s *selector) setIn(row *command.Row, c command.Category, allow bool) {
	if row.ACL()&c != 0 {
		s.set(row, allow)
	}
	for i := range row.Sub {
		s.setIn(&row.Sub[i], c, allow)
	}
}

// addRule notes a rule about commands for display. It takes the place of older rules about
// the same command or a part of it.
func (s *selector) addRule(name string, allow bool) {
	s.rules = slices.DeleteFunc(s.rules, func(old string) bool {
		return old[1:] == name || strings.HasPrefix(old[1:], name+"|")
	})
	sign := "-"
	if allow {
		sign = "+"
	}
	s.rules = append(s.rules, sign+name)
}
