package redact

import "unicode/utf8"

// minBlob is the shortest run of base64, in bytes, that is decoded.
const minBlob = 16

// sextet is the value of each byte of base64, in either alphabet, or -1.
var sextet = func() (out [256]int8) {
	for i := range out {
		out[i] = -1
	}
	const order = uppers + lowers + digits
	for i := range len(order) {
		out[order[i]] = int8(i)
	}
	out['+'], out['/'], out['-'], out['_'] = 62, 63, 62, 63
	return out
}()

// blob is the first run of at least minBlob bytes of base64 that starts at or after at. It is empty
// when there is none. A run that long has a byte at each multiple of its length: only those are looked at.
func blob(s string, at int) (from, to int) {
	for i := at + minBlob - 1; i < len(s); i += minBlob {
		if sextet[s[i]] < 0 {
			continue
		}
		from = i
		for from > at && sextet[s[from-1]] >= 0 {
			from--
		}
		to = i + 1
		for to < len(s) && sextet[s[to]] >= 0 {
			to++
		}
		if to-from >= minBlob {
			return from, to
		}
		i = to
		at = to
	}
	return 0, 0
}

// decodeBlob decodes a run of base64 that holds text. What is a name, a path or a digest
// shows in its first bytes that it holds none.
func decodeBlob(s string, from, to int) (view, bool) {
	if !holdsText(s[from:to]) {
		return view{}, false
	}
	text := make([]byte, 0, (to-from)/4*3+2)
	for i := from; i < to; i += 4 {
		group, n := sextets(s[i:min(i+4, to)])
		for k := range n {
			text = append(text, byte(group>>(16-8*k)))
		}
	}
	if !mostlyText(text) {
		return view{}, false
	}
	v := view{text: string(text), from: make([]int32, len(text)), to: make([]int32, len(text))}
	padded := run(s, to, bytesOf("="), 2)
	for k := range text {
		group := from + k/3*4
		v.from[k], v.to[k] = int32(group), int32(group+4)
		if group+4 >= to {
			v.to[k] = int32(padded) // the padding belongs to the last group
		}
	}
	return v, true
}

// sextets joins up to four bytes of base64, and says how many bytes they stand for.
func sextets(s string) (group uint32, n int) {
	for k := range 4 {
		group <<= 6
		if k < len(s) {
			group |= uint32(sextet[s[k]])
		}
	}
	return group, len(s) * 6 / 8
}

// holdsText looks at the first four groups of base64.
func holdsText(s string) bool {
	var head [12]byte
	for i := range head {
		group, _ := sextets(s[i/3*4 : i/3*4+4])
		if i%3 == 0 {
			head[i], head[i+1], head[i+2] = byte(group>>16), byte(group>>8), byte(group)
		}
		if c := head[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(head[:9])
}

// mostlyText wants UTF-8 with one control character in thirty-two at most.
func mostlyText(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	odd := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			odd++
		}
		i += n
	}
	return odd*32 <= len(text)
}
