package template

// hole stands for one variable part in a shape.
const (
	hole     = 0
	holeText = "\x00"
)

// Byte classes of the masker.
const (
	isDigit = 1 << iota
	isLetter
	isSpace
	isDelim // ends a chunk: punctuation around values
	isSlash
	isHexLetter
	isDot
	isInner // any other mark within words
)

var class = classTable()

func classTable() (t [256]uint8) {
	for b := range 256 {
		c := byte(b)
		switch {
		case c >= '0' && c <= '9':
			t[b] = isDigit
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= 0x80:
			t[b] = isLetter
			if c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
				t[b] |= isHexLetter
			}
		case c == '/' || c == '\\':
			t[b] = isSlash
		case c == '.':
			t[b] = isDot
		default:
			t[b] = isInner
		}
	}
	for _, c := range []byte(" \t\r\n\x00\v\f") {
		t[c] = isSpace | isDelim
	}
	for _, c := range []byte("()[]{}<>\"'`,;=|:#") {
		t[c] = isDelim
	}
	return t
}

// mask appends the shape of line to dst: the line with a hole for each part whose
// spelling alone says that it varies.
func mask(dst, line []byte) []byte {
	dated := false // a date was masked, its year may follow
	for i := 0; i < len(line); {
		if class[line[i]]&isDelim != 0 {
			n := 0
			dst, n = maskDelimiter(dst, line[i:])
			i += n
			continue
		}
		end, seen := chunk(line, i)
		switch n := len(dst); {
		case end-i == 3 && seen&(isDigit|isSlash) == 0 && calendar(line[i:end]):
			if d := datePhrase(line[i:]); d > 0 {
				dst, end, dated = append(dst, hole), i+d, true
			} else {
				dst = append(dst, line[i:end]...)
			}
		case seen&(isDot|isInner) == isDot|isInner && mailAddress(line[i:end]) > 0:
			dst, end = append(dst, hole), i+mailAddress(line[i:end])
		case end < len(line) && line[end] == ':':
			dst, end = maskColon(dst, line, i, end, seen)
		case seen&(isDigit|isSlash) == 0:
			dst = append(dst, line[i:end]...)
		case seen == isDigit && dated && end-i == 4 && n > 1 && dst[n-1] == ' ' && dst[n-2] == hole:
			dst, dated = dst[:n-1], false
		case seen == isDigit:
			dst = listed(append(dst, hole))
		case seen&isSlash != 0:
			dst, end = maskSlashed(dst, line, i, end, seen)
		default:
			dst = listed(maskChunk(dst, line[i:end], seen))
		}
		i = end
	}
	return dst
}

// chunk is the end of the run of bytes at start that no delimiter interrupts, and
// the classes of its bytes.
func chunk(line []byte, start int) (end int, seen uint8) {
	for end = start; end < len(line); end++ {
		k := class[line[end]]
		if k&isDelim != 0 {
			break
		}
		seen |= k
	}
	return end, seen
}

// maskDelimiter appends the delimiter that s begins with, or a hole for an amount
// that it bounds ("<1 sec"). It returns how many bytes that took.
func maskDelimiter(dst, s []byte) ([]byte, int) {
	switch s[0] {
	case hole:
		return append(dst, ' '), 1
	case '<':
		if n := boundedAmount(s[1:]); n > 0 {
			return append(dst, hole), n + 1
		}
	}
	return append(dst, s[0]), 1
}

// maskColon masks what stands before a colon: one value although colons are in it or
// after it (an address, a time, a path, a host before its port), or a chunk as any other.
func maskColon(dst, line []byte, start, end int, seen uint8) ([]byte, int) {
	s := line[start:]
	n := colonRun(s)
	if n == 0 {
		n = drivePath(s, end-start)
	}
	if n == 0 && hostName(line[start:end]) && port(line[end+1:]) {
		n = end - start
	}
	if n == 0 && (start == 0 || line[start-1] != ':') {
		n = hourMinute(s)
	}
	switch {
	case n > 0:
		return append(dst, hole), start + n
	case seen&(isDigit|isSlash) == 0:
		return append(dst, line[start:end]...), end
	case seen&isSlash != 0:
		return maskSlashed(dst, line, start, end, seen)
	}
	return listed(maskChunk(dst, line[start:end], seen)), end
}

// listed makes one hole of numbers with commas and no spaces between them.
func listed(dst []byte) []byte {
	if n := len(dst); n >= 3 && dst[n-1] == hole && dst[n-2] == ',' && dst[n-3] == hole {
		return dst[:n-2]
	}
	return dst
}

// maskSlashed masks a path, a URL after its scheme, or words between slashes, and
// returns where it ended.
func maskSlashed(dst, line []byte, start, end int, seen uint8) ([]byte, int) {
	if n := len(dst); n > 0 && dst[n-1] == ':' && end-start > 2 && line[start] == '/' && line[start+1] == '/' {
		for end < len(line) && inURL(line, end) {
			end++
		}
		return maskURL(dst, line[start:end]), end
	}
	if class[line[start]]&isSlash != 0 {
		end = pathEnd(line, start, end)
	}
	dst = listed(maskChunk(dst, line[start:end], seen))
	return dst, end
}

// maskURL masks what follows the scheme of a URL, when it has a digit in it.
func maskURL(dst, rest []byte) []byte {
	end := len(rest)
	for end > 0 && (rest[end-1] == '.' || rest[end-1] == ':') {
		end--
	}
	if digits(rest[:end]) == 0 {
		return append(dst, rest...)
	}
	dst = append(dst, rest[0], rest[1], hole)
	return append(dst, rest[end:]...)
}

// maskChunk masks a run of bytes without spaces and brackets, of the classes in
// seen: a digit or a slash among them.
func maskChunk(dst, s []byte, seen uint8) []byte {
	if seen&(isDot|isInner) == 0 {
		return maskPath(dst, s, seen)
	}
	end := len(s)
	for end > 0 && (s[end-1] == '.' || s[end-1] == '!' || s[end-1] == '?' || s[end-1] == '*') {
		end--
	}
	tail := s[end:]
	s = s[:end]
	return append(maskPath(dst, s, seen), tail...)
}

// maskPath masks a path, or the words between single slashes.
func maskPath(dst, s []byte, seen uint8) []byte {
	if seen&isSlash == 0 {
		return maskWord(dst, s)
	}
	slashes := 0
	for _, c := range s {
		slashes += int(class[c]&isSlash) / isSlash
	}
	if slashes >= 3 || slashes == 2 && (class[s[0]]&isSlash != 0 || s[0] == '.' || s[0] == '~' || digits(s) > 0) {
		return append(dst, hole)
	}
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && class[s[i]]&isSlash == 0 {
			continue
		}
		seg := s[start:i]
		switch {
		case i+1 < len(s) && letters(seg) > 0 && address(s[i+1:]):
			dst = append(dst, hole) // a name before its address
		case digits(seg) == 0:
			dst = append(dst, seg...)
		default:
			dst = maskWord(dst, seg)
		}
		if i < len(s) {
			dst = append(dst, s[i])
		}
		start = i + 1
	}
	return dst
}
