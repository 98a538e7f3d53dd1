package template

import "bytes"

// inURL reports whether the byte at i goes on with the URL before it.
func inURL(line []byte, i int) bool {
	switch c := line[i]; c {
	case ':', '=':
		return true
	case ',':
		return i+1 < len(line) && class[line[i+1]]&isSpace == 0
	default:
		return class[c]&isDelim == 0
	}
}

// pathEnd is where a path that goes on with a query ends, else end.
func pathEnd(line []byte, start, end int) int {
	for i := start; i < end; i++ {
		if line[i] == '?' {
			for end < len(line) && class[line[end]]&isSpace == 0 && line[end] != '"' && line[end] != ')' && line[end] != '\'' {
				end++
			}
			return end
		}
	}
	return end
}

// hostName reports whether s is spelled like the name of a host: lower case, and a dot, or
// a dash before a number, and not like a file of source code, where a line number follows.
func hostName(s []byte) bool {
	dots, dash := 0, false
	for i, c := range s {
		switch {
		case c == '.':
			dots++
		case c == '-':
			dash = dash || i+1 < len(s) && class[s[i+1]]&isDigit != 0
		case class[c]&isDigit == 0 && (c < 'a' || c > 'z'):
			return false
		}
	}
	return len(s) > 3 && class[s[0]]&isLetter != 0 && (dots >= 1 || dash) && !(dots == 1 && sourceFile(s))
}

// sourceFile reports whether s ends as the name of a file of source code does.
func sourceFile(s []byte) bool {
	switch string(s[bytes.LastIndexByte(s, '.')+1:]) {
	case "py", "go", "js", "ts", "rb", "rs", "c", "cc", "cpp", "h", "hpp", "cs", "java", "scala", "kt", "php", "sql", "lua", "swift":
		return true
	}
	return false
}

// mailAddress is the length of a mail address (a name, an at sign and a domain with a dot)
// that s is, a full stop after it apart, else 0.
func mailAddress(s []byte) int {
	at := bytes.IndexByte(s, '@')
	if at <= 0 {
		return 0
	}
	domain := bytes.TrimRight(s[at+1:], ".")
	dot := bytes.LastIndexByte(domain, '.')
	if dot <= 0 || letters(domain[dot+1:]) < 2 {
		return 0
	}
	for _, c := range domain {
		if class[c]&(isLetter|isDigit|isDot) == 0 && c != '-' {
			return 0
		}
	}
	return at + 1 + len(domain)
}

// port reports whether s begins with a number of two to five digits.
func port(s []byte) bool {
	n := 0
	for n < len(s) && class[s[n]]&isDigit != 0 {
		n++
	}
	return n >= 2 && n <= 5 && (n == len(s) || class[s[n]]&isLetter == 0)
}

// address reports whether s is four numbers between dots.
func address(s []byte) bool {
	return dotCount(s) == 3 && numberLen(s) == len(s)
}

// colonRun is the length of a hardware or IPv6 address (groups of hexadecimals
// between colons, with a digit among them) at the start of s, else 0.
func colonRun(s []byte) int {
	groups, i, double, number := 0, 0, false, false
	for i < len(s) {
		n := 0
		for i+n < len(s) && class[s[i+n]]&(isDigit|isHexLetter) != 0 {
			number = number || class[s[i+n]]&isDigit != 0
			n++
		}
		if n > 4 {
			return 0
		}
		if n > 0 {
			groups++
		}
		i += n
		if i == len(s) || s[i] != ':' {
			break
		}
		if n == 0 {
			if double {
				return 0
			}
			double = true
		}
		i++
	}
	if !number || groups < 5 && !(double && groups >= 2) || i < len(s) && class[s[i]]&(isDigit|isLetter) != 0 {
		return 0
	}
	return i
}

// hourMinute is the length of a time of two pairs of digits at the start of s, else 0.
func hourMinute(s []byte) int {
	if len(s) < 5 || s[2] != ':' || digits(s[:2]) != 2 || digits(s[3:5]) != 2 {
		return 0
	}
	if len(s) > 5 && (class[s[5]]&isDelim == 0 || s[5] == ':') {
		return 0
	}
	return 5
}

// boundedAmount is the length of an amount of time after "<", as in "<1 sec", else 0.
func boundedAmount(s []byte) int {
	i := 0
	for i < len(s) && class[s[i]]&isDigit != 0 {
		i++
	}
	if i == 0 {
		return 0
	}
	if i < len(s) && s[i] == ' ' {
		i++
	}
	j := i
	for j < len(s) && class[s[j]]&isLetter != 0 {
		j++
	}
	switch string(s[i:j]) {
	case "s", "ms", "us", "ns", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "h", "hour", "hours":
		return j
	}
	return 0
}

// drivePath is the length of a path with a drive letter, else 0.
func drivePath(s []byte, colon int) int {
	if colon != 1 || len(s) < 4 || s[2] != '\\' {
		return 0
	}
	n := 3
	for n < len(s) && (class[s[n]]&isDelim == 0) {
		n++
	}
	return n
}
