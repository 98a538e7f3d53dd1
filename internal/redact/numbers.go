package redact

import "strings"

func numberRules() []rule {
	return []rule{
		{kind: "payment_card", label: "payment_card", find: findCard,
			anchors: []anchor{{sets: []*set{bytesOf(lowers + uppers + digits + "_-./").not(), bytesOf("23456"), digitBytes, digitBytes, digitBytes}, lead: true}}},
		{kind: "iban", label: "iban", find: findIBAN,
			anchors: []anchor{{sets: []*set{outsideBytes, upperBytes, upperBytes, digitBytes, digitBytes}, lead: true}}},
		{kind: "us_ssn", label: secretLabel, find: findSSN, anchors: []anchor{
			fold("ssn").after(letterBytes.not()), fold("social security"), fold("social_security")}},
	}
}

// collect reads digits or letters that single spaces or hyphens may group, and
// returns them without separators and where they end.
func collect(s string, at int, in *set, buf []byte) ([]byte, int) {
	i, end := at, at
	for i < len(s) && len(buf) < cap(buf) {
		switch {
		case in[s[i]]:
			buf = append(buf, s[i])
			i++
			end = i
		case (s[i] == ' ' || s[i] == '-') && end == i:
			i++
		default:
			return buf, end
		}
	}
	return buf, end
}

// findCard wants an issuer's prefix with its length, Luhn's check digit
// (ISO/IEC 7812-1), and groups as they are printed or none.
func findCard(s string, at, _ int) span {
	var room [20]byte
	card, end := collect(s, at, digitBytes, room[:0])
	if !issued(card) || !luhn(card) || !ends(s, end) || !printed(s[at:end]) {
		return span{}
	}
	if end+1 < len(s) && (s[end] == '.' || s[end] == '-') && digitBytes[s[end+1]] {
		return span{}
	}
	return span{start: at, end: end, plain: string(card)}
}

func issued(card []byte) bool {
	if len(card) < 13 || len(card) > 19 {
		return false
	}
	two := int(card[0]-'0')*10 + int(card[1]-'0')
	four := two*100 + int(card[2]-'0')*10 + int(card[3]-'0')
	switch n := len(card); {
	case two/10 == 4:
		return n == 13 || n == 16
	case two == 34 || two == 37:
		return n == 15
	case two == 36 || two == 38 || four/10 >= 300 && four/10 <= 305:
		return n == 14
	default:
		return n == 16 && (two >= 51 && two <= 55 || four >= 2221 && four <= 2720 || four == 6011 ||
			two == 65 || two == 62 || four/10 >= 644 && four/10 <= 649 || four >= 3528 && four <= 3589)
	}
}

func luhn(number []byte) bool {
	sum := 0
	for i := range number {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// printed accepts no separator, or one sort of separator after the fourth digit.
func printed(text string) bool {
	spaces, hyphens := strings.Count(text, " "), strings.Count(text, "-")
	if spaces+hyphens == 0 {
		return true
	}
	return (spaces == 0 || hyphens == 0) && spaces+hyphens <= 4 && !digitBytes[text[4]]
}

// ibanLength is the length of each country's IBAN (ISO 13616 registry).
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28,
	"CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18,
	"GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32,
	"LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
	"PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25,
	"SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}

// findIBAN wants the country's length and the remainder 1 modulo 97 (ISO 7064).
func findIBAN(s string, at, _ int) span {
	n := ibanLength[s[at:at+2]]
	var room [34]byte
	if n == 0 {
		return span{}
	}
	number, end := collect(s, at, upperDigits, room[:0:n])
	if len(number) != n || !ends(s, end) || !mod97(number) {
		return span{}
	}
	return span{start: at, end: end, plain: string(number)}
}

func mod97(number []byte) bool {
	rest := 0
	for i := range number {
		c := number[(i+4)%len(number)]
		if digitBytes[c] {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

// findSSN wants a number within 32 bytes of its name: nnn-nn-nnnn, or nine
// digits. Areas 000, 666 and 900 to 999 are never issued.
func findSSN(s string, _, end int) span {
	if end < len(s) && letterBytes[s[end]] {
		return span{}
	}
	for i := end; i < min(len(s), end+32); i++ {
		if !digitBytes[s[i]] {
			continue
		}
		var room [10]byte
		number, stop := collect(s, i, digitBytes, room[:0])
		area := string(number[:min(3, len(number))])
		if len(number) != 9 || !ends(s, stop) || area == "000" || area == "666" || area[0] == '9' {
			return span{}
		}
		return span{start: i, end: stop, plain: string(number)}
	}
	return span{}
}
