package transcript

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// A pattern is a value as a transcript writes it. Values are those of [resp.Reader];
// these kinds stand for more than one.
type (
	anything struct{}              // *
	rest     struct{}              // ...
	found    struct{ expr string } // /expr/
	keep     struct{ name string } // @name
	kept     struct{ name string } // $name
	anyError struct{}              // -*
	closed   struct{}              // closed
	raw      string                // bytes "..."
)

// names maps a name after $ to its value: an int64 for a client id, otherwise the value
// that was kept.
type names map[string]any

// parser reads the values of one line.
type parser struct{ s string }

// parseValue reads a whole line's value.
func parseValue(s string) (any, error) {
	p := &parser{strings.TrimSpace(s)}
	switch {
	case strings.HasPrefix(p.s, "-") && !strings.HasPrefix(p.s, `-"`) && !isNumber(p.s) && p.s != "-*":
		return resp.Error(p.s[1:]), nil
	case strings.HasPrefix(p.s, ">") && !strings.HasPrefix(p.s, ">["):
		p.s = ">[" + p.s[1:] + "]"
	}
	bytes := p.take("bytes ")
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if text, quoted := v.(string); bytes && quoted {
		v = raw(text)
	}
	if p.skip(); p.s != "" {
		return nil, fmt.Errorf("%q stands behind the value; text of several words is quoted", p.s)
	}
	return v, nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

func (p *parser) skip() { p.s = strings.TrimLeft(p.s, " \t") }

// take removes a prefix and reports whether it was there.
func (p *parser) take(prefix string) bool {
	var ok bool
	p.s, ok = strings.CutPrefix(p.s, prefix)
	return ok
}

func (p *parser) value() (any, error) {
	p.skip()
	switch {
	case p.s == "":
		return nil, fmt.Errorf("a value is missing")
	case p.take("["):
		return p.list()
	case p.take("~["):
		list, err := p.list()
		return resp.Set(list), err
	case p.take(">["):
		list, err := p.list()
		return resp.Push(list), err
	case p.take("%["):
		return p.pairs()
	case p.take(`-"`):
		p.s = `"` + p.s
		text, err := p.quoted()
		return resp.Error(text), err
	case p.s[0] == '"':
		return p.quoted()
	case p.take("/"):
		return p.regexp()
	}
	return p.word()
}

// list reads values up to the closing bracket.
func (p *parser) list() ([]any, error) {
	list := []any{}
	for {
		if p.skip(); p.take("]") {
			return list, nil
		}
		if p.s == "" {
			return nil, fmt.Errorf("] is missing")
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (p *parser) pairs() (any, error) {
	list, err := p.list()
	if err != nil {
		return nil, err
	}
	m := resp.Map{}
	for len(list) > 0 {
		if _, ok := list[0].(rest); ok && len(list) == 1 {
			return append(m, resp.Pair{Key: rest{}}), nil
		}
		if len(list) == 1 {
			return nil, fmt.Errorf("a map has a value for each key")
		}
		m = append(m, resp.Pair{Key: list[0], Value: list[1]})
		list = list[2:]
	}
	return m, nil
}

func (p *parser) quoted() (string, error) {
	prefix, err := strconv.QuotedPrefix(p.s)
	if err != nil {
		return "", fmt.Errorf("what begins with a quote must end with one: %s", p.s)
	}
	p.s = p.s[len(prefix):]
	return strconv.Unquote(prefix)
}

func (p *parser) regexp() (any, error) {
	expr, after, ok := strings.Cut(p.s, "/")
	if !ok {
		return nil, fmt.Errorf("the / at the end of a regular expression is missing")
	}
	p.s = after
	if _, err := regexp.Compile(expr); err != nil {
		return nil, err
	}
	return found{expr}, nil
}

func (p *parser) word() (any, error) {
	end := strings.IndexAny(p.s, " \t[]")
	if end < 0 {
		end = len(p.s)
	}
	word := p.s[:end]
	p.s = p.s[end:]
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		return n, nil
	}
	switch {
	case word == "":
		return nil, fmt.Errorf("%q is no value", p.s)
	case word == "*":
		return anything{}, nil
	case word == "...":
		return rest{}, nil
	case word == "-*":
		return anyError{}, nil
	case word == "nil":
		return nil, nil
	case word == "true", word == "false":
		return word == "true", nil
	case word == "closed":
		return closed{}, nil
	case word[0] == ',':
		f, err := strconv.ParseFloat(word[1:], 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no double", word)
		}
		return f, nil
	case word[0] == '@' && len(word) > 1:
		return keep{word[1:]}, nil
	case word[0] == '$' && len(word) > 1:
		return kept{word[1:]}, nil
	}
	return word, nil
}

// match reports whether a value matches a pattern, and keeps the values of @name.
func (n names) match(pattern, v any) bool {
	switch p := pattern.(type) {
	case anything:
		return true
	case keep:
		n[p.name] = v
		return true
	case kept:
		known, ok := n[p.name]
		return ok && n.match(known, v)
	case anyError:
		_, ok := v.(resp.Error)
		return ok
	case found:
		text, ok := text(v)
		return ok && regexp.MustCompile(p.expr).MatchString(text)
	case string:
		text, ok := text(v)
		return ok && text == p
	case []any:
		list, ok := v.([]any)
		return ok && n.matchList(p, list)
	case resp.Push:
		list, ok := v.(resp.Push)
		return ok && n.matchList(p, list)
	case resp.Set:
		list, ok := v.(resp.Set)
		return ok && n.matchSet(p, list)
	case resp.Map:
		m, ok := v.(resp.Map)
		return ok && n.matchSet(entries(p), entries(m))
	}
	return pattern == v
}

func (n names) matchList(patterns, list []any) bool {
	for i, p := range patterns {
		if _, ok := p.(rest); ok {
			after := len(patterns) - i - 1
			return len(list)-i >= after && n.matchList(patterns[i+1:], list[len(list)-after:])
		}
		if i >= len(list) || !n.match(p, list[i]) {
			return false
		}
	}
	return len(patterns) == len(list)
}

// matchSet matches each pattern with a different member, in any order. A pattern takes the
// first member that fits, so wildcards must come last.
func (n names) matchSet(patterns, list []any) bool {
	left := slices.Clone(list)
	for _, p := range patterns {
		if _, ok := p.(rest); ok {
			return true
		}
		i := slices.IndexFunc(left, func(v any) bool { return n.match(p, v) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(left) == 0
}

// entries returns the pairs of a map, each as an array.
func entries(m resp.Map) (list []any) {
	for _, p := range m {
		if _, ok := p.Key.(rest); ok {
			list = append(list, rest{})
			continue
		}
		list = append(list, []any{p.Key, p.Value})
	}
	return list
}

// text returns the contents of a string.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case resp.Verbatim:
		return v.Text, true
	}
	return "", false
}

// Format writes a received value in the form of a transcript. A line with it would match
// the value.
func Format(v any) string {
	switch v := v.(type) {
	case resp.Error:
		plain := "-" + string(v)
		if read, err := parseValue(plain); err == nil && read == v && strconv.Quote(plain) == `"`+plain+`"` {
			return plain
		}
	case resp.Push:
		return ">" + strings.TrimSuffix(strings.TrimPrefix(formatList(v), "["), "]")
	}
	return format(v)
}

func format(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return Quote(v)
	case resp.Verbatim:
		return Quote(v.Text)
	case resp.BigNumber:
		return "(" + string(v)
	case resp.Error:
		return "-" + strconv.Quote(string(v))
	case float64:
		return "," + strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		return formatList(v)
	case resp.Set:
		return "~" + formatList(v)
	case resp.Push:
		return ">" + formatList(v)
	case resp.Map:
		var list []any
		for _, p := range v {
			list = append(list, p.Key, p.Value)
		}
		return "%" + formatList(list)
	}
	return fmt.Sprint(v)
}

func formatList(list []any) string {
	var words []string
	for _, v := range list {
		words = append(words, format(v))
	}
	return "[" + strings.Join(words, " ") + "]"
}

// Quote writes a string as a word of a transcript, without quotes where it needs none.
func Quote(s string) string {
	v, err := parseValue(s)
	if word, ok := v.(string); err == nil && ok && word == s && !strings.ContainsAny(s, "\"$\\ ") &&
		strconv.Quote(s) == `"`+s+`"` && s == strings.TrimSpace(s) {
		return s
	}
	return strconv.Quote(s)
}
