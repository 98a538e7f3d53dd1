package template

// maskWord masks a word that holds a digit.
func maskWord(dst, s []byte) []byte {
	for len(s) > 0 && (s[0] == '#' || s[0] == '@' || s[0] == '$' || s[0] == '%' || s[0] == '*' || s[0] == '~' || s[0] == '&' || s[0] == '.' || s[0] == '_') {
		dst = append(dst, s[0])
		s = s[1:]
	}
	if n := numberLen(s); n > 0 {
		rest := s[n:]
		switch {
		case len(rest) == 0:
			return append(dst, hole)
		case sizeUnit(rest):
			return append(dst, hole)
		case len(rest) <= 3 && unit(rest):
			return append(append(dst, hole), rest...)
		}
	}
	if len(s) > 1 && (s[0] == 'v' || s[0] == 'V') && numberLen(s[1:]) == len(s)-1 {
		return append(append(dst, s[0]), hole)
	}
	if hexWord(s) {
		return append(dst, hole)
	}
	return maskMixed(dst, s)
}

// maskMixed masks a word of letters, digits and inner punctuation: the part from
// the first separator before a telling digit on.
func maskMixed(dst, s []byte) []byte {
	dots := 0
	for _, c := range s {
		if c == '.' {
			dots++
		}
	}
	start, plain := 0, true
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '_' && s[i] != '-' && s[i] != '.' && s[i] != '#' && s[i] != '@' && s[i] != '+' && s[i] != '%' && s[i] != '$' && s[i] != '&' && s[i] != '*' && s[i] != '~' {
			continue
		}
		seg := s[start:i]
		if d := digits(seg); d > 0 && !weak(seg, d) {
			plain = false
			break
		}
		start = i + 1
	}
	if plain {
		return append(dst, s...)
	}
	if start == 0 {
		return maskStem(dst, s)
	}
	if (s[start-1] == '-' || s[start-1] == '_') && letters(s[start:]) > 0 && dots >= 2 {
		return append(dst, hole)
	}
	if start > 1 && s[start-1] == '-' && class[s[start-2]]&(isDigit|isLetter) == 0 {
		start-- // the sign of a number
	}
	return append(append(dst, s[:start]...), hole)
}

// maskStem masks a word whose first part tells: "bglio559" keeps its stem.
func maskStem(dst, s []byte) []byte {
	n := 0
	for n < len(s) && class[s[n]]&isLetter != 0 {
		n++
	}
	rest := s[n:]
	if n >= 1 && digits(rest) == len(rest) {
		return append(append(dst, s[:n]...), hole)
	}
	return append(dst, hole)
}

// weak reports whether a word with d digits reads like a name ("tty2", "L3", "jk2").
func weak(s []byte, d int) bool {
	return d <= 2 && d < len(s) && class[s[0]]&isLetter != 0 && letters(s) >= d
}

// numberLen is the length of the number that s begins with: signs, digits, dots
// and colons of versions and addresses, an exponent, or 0x and hexadecimals.
func numberLen(s []byte) int {
	i := 0
	for i < len(s) && i < 2 && (s[i] == '-' || s[i] == '+') {
		i++
	}
	if i >= len(s) || class[s[i]]&isDigit == 0 {
		return 0
	}
	if s[i] == '0' && i+2 < len(s) && (s[i+1] == 'x' || s[i+1] == 'X') {
		j := i + 2
		for j < len(s) && class[s[j]]&(isDigit|isHexLetter) != 0 {
			j++
		}
		return j
	}
	for i < len(s) {
		c := s[i]
		inner := (c == '.' || c == '-' || c == '+' || c == '_' || c == '*') && i+1 < len(s) && class[s[i+1]]&isDigit != 0
		exponent := (c == 'e' || c == 'E') && i+2 < len(s) && (s[i+1] == '-' || s[i+1] == '+') && class[s[i+2]]&isDigit != 0
		switch {
		case class[c]&isDigit != 0, inner:
			i++
		case exponent:
			i += 2
		default:
			return i
		}
	}
	return i
}

// hexWord reports whether s is a hexadecimal identifier or a UUID: at least six
// hexadecimals with a digit among them, in groups joined by dashes.
func hexWord(s []byte) bool {
	if len(s) < 6 {
		return false
	}
	d := 0
	for _, c := range s {
		k := class[c]
		if k&(isDigit|isHexLetter) == 0 && c != '-' {
			return false
		}
		if k&isDigit != 0 {
			d++
		}
	}
	return d > 0
}

// sizeUnit reports whether s is a unit of an amount of data: "k", "KB", "MiB".
func sizeUnit[T []byte | string](s T) bool {
	switch string(s) {
	case "B", "b", "k", "K", "M", "G", "T", "kB", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB":
		return true
	}
	return false
}

func unit(s []byte) bool {
	for _, c := range s {
		if class[c]&isLetter == 0 && c != '%' {
			return false
		}
	}
	return true
}

func dotCount(s []byte) (n int) {
	for _, c := range s {
		if c == '.' {
			n++
		}
	}
	return n
}

func digits[T []byte | string](s T) (n int) {
	for i := range len(s) {
		c := s[i]
		n += int(class[c] & isDigit)
	}
	return n
}

func letters[T []byte | string](s T) (n int) {
	for i := range len(s) {
		c := s[i]
		if class[c]&isLetter != 0 {
			n++
		}
	}
	return n
}
