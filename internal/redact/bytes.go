package redact

// set is a set of bytes.
type set [256]bool

func bytesOf(chars string) *set {
	var s set
	for i := 0; i < len(chars); i++ {
		s[chars[i]] = true
	}
	return &s
}

func (s *set) not() *set {
	var out set
	for i := range s {
		out[i] = !s[i]
	}
	return &out
}

const (
	lowers = "abcdefghijklmnopqrstuvwxyz"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

var (
	digitBytes  = bytesOf(digits)
	lowerBytes  = bytesOf(lowers)
	upperBytes  = bytesOf(uppers)
	letterBytes = bytesOf(lowers + uppers)
	alnumBytes  = bytesOf(lowers + uppers + digits)
	nameBytes   = bytesOf(lowers + uppers + digits + "_-")
	dottedBytes = bytesOf(lowers + uppers + digits + "_-.")
	base64Bytes = bytesOf(lowers + uppers + digits + "+/=_-")
	hexBytes    = bytesOf(digits + "abcdef")
	labelBytes  = bytesOf(lowers + digits + "_")
	spaceBytes  = bytesOf(" \t")
	gapBytes    = alnumBytes.not()
	// outsideBytes may stand before a token: not inside a longer name or number.
	outsideBytes = bytesOf(lowers + uppers + digits + "_").not()
)

// run is the end of the run of bytes of set that starts at i, at most limit bytes long.
func run(s string, i int, in *set, limit int) int {
	stop := min(len(s), i+limit)
	for i < stop && in[s[i]] {
		i++
	}
	return i
}

// runBack is the start of the run of bytes of set that ends before i.
func runBack(s string, i int, in *set, limit int) int {
	stop := max(0, i-limit)
	for i > stop && in[s[i-1]] {
		i--
	}
	return i
}

// ends tells whether a token that stops before i is not continued by a word byte.
func ends(s string, i int) bool { return i >= len(s) || outsideBytes[s[i]] }

// mix says which sorts of bytes a value has.
func mix(v string) (lower, upper, digit bool) {
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
			digit = true
		}
	}
	return lower, upper, digit
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// hasFold tells whether s has prefix at i, in any case. The prefix is lower case.
func hasFold(s string, i int, prefix string) bool {
	if i < 0 || i+len(prefix) > len(s) {
		return false
	}
	for k := 0; k < len(prefix); k++ {
		if lowerByte(s[i+k]) != prefix[k] {
			return false
		}
	}
	return true
}
