package keyspace

// globMaxStars is the number of stars up to which Redis follows a pattern; a
// pattern with more matches nothing. A run of stars counts as one, and a run at the
// end does not count.
const globMaxStars = 1000

// Match reports whether s matches a glob pattern as used by KEYS, SCAN and
// PSUBSCRIBE. nocase ignores the case of ASCII letters.
//
//	?      any byte
//	*      any bytes, also none
//	[a-cx] one byte of a class; [^...] one that is not in it
//	\x     x itself, in a class too
//
// Redis's odd cases are kept: a class without its ] ends with the pattern, a range
// may be written backwards, bytes in ranges compare as signed, and the empty string
// matches only the empty pattern, not even "*" (KEYS and SCAN treat that one as no
// pattern at all).
//
// Every part but the star takes exactly one byte. So when something after a star
// does not match, only the last star needs to take more. The time is at worst the
// product of both lengths.
func Match(pattern, s []byte, nocase bool) bool {
	if len(s) == 0 {
		return len(pattern) == 0
	}
	var afterStar, fromStar []byte // where to continue when the last star takes one byte more
	stars := 0
	for {
		if len(pattern) > 0 && pattern[0] == '*' {
			pattern = skipStars(pattern)
			if len(pattern) == 0 {
				return true
			}
			if stars++; stars > globMaxStars {
				return false
			}
			afterStar, fromStar = pattern, s
		}
		if len(s) == 0 {
			return len(pattern) == 0
		}
		if len(pattern) > 0 {
			if rest, ok := matchByte(pattern, s[0], nocase); ok {
				pattern, s = rest, s[1:]
				continue
			}
		}
		if stars == 0 {
			return false
		}
		fromStar = fromStar[1:]
		pattern, s = afterStar, fromStar
	}
}

func skipStars(pattern []byte) []byte {
	for len(pattern) > 0 && pattern[0] == '*' {
		pattern = pattern[1:]
	}
	return pattern
}

// matchByte reports whether c matches the first part of the pattern, which is not a
// star, and returns the pattern after it.
func matchByte(pattern []byte, c byte, nocase bool) (rest []byte, ok bool) {
	switch pattern[0] {
	case '?':
		return pattern[1:], true
	case '[':
		return matchClass(pattern[1:], c, nocase)
	case '\\':
		if len(pattern) > 1 {
			pattern = pattern[1:]
		}
	}
	return pattern[1:], pattern[0] == c || nocase && lower(pattern[0]) == lower(c)
}

// matchClass is matchByte for a class; pattern begins after its [.
func matchClass(pattern []byte, c byte, nocase bool) (rest []byte, ok bool) {
	not := len(pattern) > 0 && pattern[0] == '^'
	if not {
		pattern = pattern[1:]
	}
	fold := func(b byte) byte {
		if nocase {
			return lower(b)
		}
		return b
	}
	found := false
	for len(pattern) > 0 && pattern[0] != ']' {
		switch {
		case pattern[0] == '\\' && len(pattern) >= 2:
			found = found || pattern[1] == c // Redis does not ignore the case here
			pattern = pattern[2:]
		case len(pattern) >= 3 && pattern[1] == '-':
			low, high := int8(pattern[0]), int8(pattern[2])
			low, high = min(low, high), max(low, high)
			at := int8(fold(c))
			found = found || int8(fold(byte(low))) <= at && at <= int8(fold(byte(high)))
			pattern = pattern[3:]
		default:
			found = found || fold(pattern[0]) == fold(c)
			pattern = pattern[1:]
		}
	}
	if len(pattern) > 0 {
		pattern = pattern[1:]
	}
	return pattern, found != not
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
