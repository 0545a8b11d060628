package script

// Lua's patterns, as in section 5.4.1 of the manual: a backtracking matcher that
// interprets the pattern directly.

// Limits of Lua 5.1, and one of our own: matching is recursive, and this depth is
// far from Go's limit.
const (
	capturesMax   = 32
	matchDepthMax = 100000
)

// Special lengths of captures.
const (
	captureOpen     = -1
	capturePosition = -2
)

type capture struct{ start, length int }

// matcher matches one pattern against one string. Malformed patterns end the
// running Go function.
type matcher struct {
	c        call
	src, pat string
	captures []capture
	depth    int
}

func (m *matcher) match(s, p int) (end int, ok bool) {
	if m.depth++; m.depth > matchDepthMax {
		m.c.fail("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		m.c.work(1)
		switch c := m.pat[p]; {
		case c == '(':
			return m.openCapture(s, p)
		case c == ')':
			return m.closeCapture(s, p+1)
		case c == '$' && p+1 == len(m.pat):
			return s, s == len(m.src)
		case c == '%' && p+1 < len(m.pat) && m.pat[p+1] == 'b':
			if s, ok = m.balance(s, p+2); !ok {
				return 0, false
			}
			p += 4
		case c == '%' && p+1 < len(m.pat) && m.pat[p+1] == 'f':
			if p += 2; p >= len(m.pat) || m.pat[p] != '[' {
				m.c.fail("missing '[' after '%%f' in pattern")
			}
			next := m.classEnd(p)
			if m.inSet(m.byteAt(s-1), p, next-1) || !m.inSet(m.byteAt(s), p, next-1) {
				return 0, false
			}
			p = next
		case c == '%' && p+1 < len(m.pat) && isDigit(m.pat[p+1]):
			if s, ok = m.backReference(s, m.pat[p+1]); !ok {
				return 0, false
			}
			p += 2
		default:
			next := m.classEnd(p)
			if next < len(m.pat) {
				switch m.pat[next] {
				case '?':
					if m.single(s, p, next) {
						if end, ok := m.match(s+1, next+1); ok {
							return end, true
						}
					}
					p = next + 1
					continue
				case '*':
					return m.longest(s, s, p, next)
				case '+':
					if !m.single(s, p, next) {
						return 0, false
					}
					return m.longest(s, s+1, p, next)
				case '-':
					return m.shortest(s, p, next)
				}
			}
			if !m.single(s, p, next) {
				return 0, false
			}
			s, p = s+1, next
		}
	}
	return s, true
}

// byteAt returns a byte of the string, or 0 outside it.
func (m *matcher) byteAt(i int) byte {
	if i < 0 || i >= len(m.src) {
		return 0
	}
	return m.src[i]
}

func (m *matcher) openCapture(s, p int) (int, bool) {
	length := captureOpen
	if p+1 < len(m.pat) && m.pat[p+1] == ')' {
		length = capturePosition
		p++
	}
	if len(m.captures) >= capturesMax {
		m.c.fail("too many captures")
	}
	m.captures = append(m.captures, capture{s, length})
	end, ok := m.match(s, p+1)
	if !ok {
		m.captures = m.captures[:len(m.captures)-1]
	}
	return end, ok
}

func (m *matcher) closeCapture(s, p int) (int, bool) {
	i := len(m.captures) - 1
	for i >= 0 && m.captures[i].length != captureOpen {
		i--
	}
	if i < 0 {
		m.c.fail("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].start
	end, ok := m.match(s, p)
	if !ok {
		m.captures[i].length = captureOpen
	}
	return end, ok
}

func (m *matcher) backReference(s int, digit byte) (int, bool) {
	i := int(digit) - '1'
	if i < 0 || i >= len(m.captures) || m.captures[i].length == captureOpen {
		m.c.fail("invalid capture index")
	}
	c := m.captures[i]
	text := m.src[c.start : c.start+max(c.length, 0)]
	m.c.work(len(text) / workBytes)
	if len(m.src)-s < len(text) || m.src[s:s+len(text)] != text {
		return 0, false
	}
	return s + len(text), true
}

func (m *matcher) balance(s, p int) (int, bool) {
	if p+1 >= len(m.pat) {
		m.c.fail("unbalanced pattern")
	}
	open, closing := m.pat[p], m.pat[p+1]
	if s >= len(m.src) || m.src[s] != open {
		return 0, false
	}
	for depth, i := 1, s+1; i < len(m.src); i++ {
		m.c.work(1)
		switch m.src[i] {
		case closing:
			if depth--; depth == 0 {
				return i + 1, true
			}
		case open:
			depth++
		}
	}
	return 0, false
}

// longest matches as many as possible from first on, at least up to s.
func (m *matcher) longest(first, s, p, next int) (int, bool) {
	most := s
	for m.single(most, p, next) {
		m.c.work(1)
		most++
	}
	for ; most >= s; most-- {
		if end, ok := m.match(most, next+1); ok {
			return end, true
		}
	}
	return first, false
}

func (m *matcher) shortest(s, p, next int) (int, bool) {
	for {
		if end, ok := m.match(s, next+1); ok {
			return end, true
		}
		if !m.single(s, p, next) {
			return 0, false
		}
		s++
	}
}

// single reports whether the byte at s belongs to the class at p, which ends at
// next.
func (m *matcher) single(s, p, next int) bool {
	if s >= len(m.src) {
		return false
	}
	switch c := m.src[s]; m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, next-1)
	default:
		return c == m.pat[p]
	}
}

// classEnd returns where the class that begins at p ends.
func (m *matcher) classEnd(p int) int {
	switch m.pat[p] {
	case '%':
		if p+1 >= len(m.pat) {
			m.c.fail("malformed pattern (ends with '%%')")
		}
		return p + 2
	case '[':
		p++
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				m.c.fail("malformed pattern (missing ']')")
			}
			if p++; m.pat[p-1] == '%' && p < len(m.pat) {
				p++
			}
		}
	}
	return p + 1
}

// inSet reports whether c is in the set from [ at p to ] at last.
func (m *matcher) inSet(c byte, p, last int) bool {
	in := true
	p++
	if m.pat[p] == '^' {
		in = false
		p++
	}
	for ; p < last; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if inClass(c, m.pat[p]) {
				return in
			}
		case p+2 < last && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return in
			}
			p += 2
		case m.pat[p] == c:
			return in
		}
	}
	return !in
}

// inClass reports whether c belongs to a class such as %a. A capital letter negates
// the class.
func inClass(c, class byte) bool {
	in := false
	switch class | 0x20 {
	case 'a':
		in = isLetter(c)
	case 'c':
		in = c < ' ' || c == 0x7f
	case 'd':
		in = isDigit(c)
	case 'l':
		in = 'a' <= c && c <= 'z'
	case 'p':
		in = '!' <= c && c <= '~' && !isLetter(c) && !isDigit(c)
	case 's':
		in = c == ' ' || '\t' <= c && c <= '\r'
	case 'u':
		in = 'A' <= c && c <= 'Z'
	case 'w':
		in = isLetter(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if !isLetter(class) {
		return class == c
	}
	return in == (class&0x20 != 0)
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
