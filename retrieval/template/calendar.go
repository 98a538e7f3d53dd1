package template

const days, months = "MonTueWedThuFriSatSun", "JanFebMarAprMayJunJulAugSepOctNovDec"

// calendar reports whether a word of three bytes names a day of the week or a month.
func calendar(w []byte) bool {
	return w[0] >= 'A' && w[0] <= 'W' && w[1] >= 'a' && (named(days, w) || named(months, w))
}

func named(table string, w []byte) bool {
	for i := 0; i+3 <= len(table); i += 3 {
		if table[i] == w[0] && table[i+1] == w[1] && table[i+2] == w[2] {
			return true
		}
	}
	return false
}

// datePhrase is the length of the date that s begins with, written as a day of
// the week, a month and a day in any of the usual orders ("Fri Jun 17", "Jun 7"), else 0.
func datePhrase(s []byte) int {
	i, number := 3, false
	for {
		j := i
		for j < len(s) && (s[j] == ' ' || s[j] == ',') {
			j++
		}
		if j == i || j >= len(s) {
			break
		}
		if j+3 <= len(s) && calendar(s[j:j+3]) && !number {
			i = j + 3
			continue
		}
		if number {
			break
		}
		k := j
		for k < len(s) && k-j < 2 && class[s[k]]&isDigit != 0 {
			k++
		}
		if k == j || k < len(s) && class[s[k]]&(isDigit|isLetter) != 0 {
			break
		}
		i, number = k, true
	}
	if !number {
		return 0
	}
	return i + clock(s[i:])
}

// clock is the length of the hour that goes on from a date, up to its colon.
func clock(s []byte) int {
	i := 0
	for i < len(s) && s[i] == ' ' {
		i++
	}
	j := i
	for j < len(s) && class[s[j]]&isDigit != 0 {
		j++
	}
	if i == 0 || j == i || j >= len(s) || s[j] != ':' {
		return 0
	}
	return j
}
