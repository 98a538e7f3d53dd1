package redact

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"sort"
	"strings"
)

// minKnown is the shortest value, in bytes, that Remember keeps: shorter ones
// would blank out ordinary text.
const minKnown = 4

// Remember makes Text replace value, known from configuration, wherever it recurs:
// as it is, percent-encoded, in base64 (also inside a longer base64 text) or in hex.
// Values under 4 bytes and ones such as "none" are not kept. The kind labels
// the placeholder; one that is not of a-z, 0-9 and _ becomes "secret".
func (r *Redactor) Remember(kind, value string) {
	if len(value) < minKnown || harmless(value) {
		return
	}
	if end := run(kind, 0, labelBytes, maxLabel); end == 0 || end != len(kind) {
		kind = secretLabel
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known.Store(r.known.Load().with(kind, value))
}

// memory is the immutable index of remembered values: a bit for each hash of a
// form's first four bytes, then the forms that start with them, longest first.
type memory struct {
	labels map[string]string
	bits   [1 << 10]uint64
	forms  map[string][]form
}

type form struct{ text, plain, kind string }

func (m *memory) empty() bool { return len(m.labels) == 0 }

func (m *memory) label(value string) (string, bool) {
	label, ok := m.labels[value]
	return label, ok
}

func (m *memory) with(kind, value string) *memory {
	next := &memory{labels: map[string]string{}, forms: map[string][]form{}, bits: m.bits}
	for v, k := range m.labels {
		next.labels[v] = k
	}
	for start, forms := range m.forms {
		next.forms[start] = forms
	}
	if _, again := next.labels[value]; again {
		return m
	}
	next.labels[value] = kind
	for _, text := range encodings(value) {
		next.add(form{text: text, plain: value, kind: kind})
	}
	return next
}

func (m *memory) add(f form) {
	start := f.text[:minKnown]
	forms := append([]form{f}, m.forms[start]...)
	sort.SliceStable(forms, func(i, j int) bool { return len(forms[i].text) > len(forms[j].text) })
	m.forms[start] = forms
	bit := hash4(start)
	m.bits[bit>>6] |= 1 << (bit & 63)
}

// hash4 maps four bytes to 16 bits (Knuth's multiplicative hash).
func hash4(s string) uint32 {
	word := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
	return word * 2654435761 >> 16
}

func (m *memory) find(s string) []span {
	if m.empty() {
		return nil
	}
	var out []span
	for i := 0; i+minKnown <= len(s); i++ {
		bit := hash4(s[i : i+minKnown])
		if m.bits[bit>>6]&(1<<(bit&63)) == 0 {
			continue
		}
		for _, f := range m.forms[s[i:i+minKnown]] {
			if strings.HasPrefix(s[i:], f.text) {
				out = append(out, span{start: i, end: i + len(f.text), kind: f.kind, label: f.kind, plain: f.plain})
				i += len(f.text) - 1
				break
			}
		}
	}
	return out
}

// encodings lists how a value may be written, without repeats.
func encodings(value string) []string {
	hexed := hex.EncodeToString([]byte(value))
	percent := url.QueryEscape(value)
	all := []string{value, percent, url.PathEscape(value), strings.ReplaceAll(percent, "+", "%20"),
		lowerEscapes(percent), percentAll(value, false), percentAll(value, true), hexed, strings.ToUpper(hexed)}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		all = append(all, enc.EncodeToString([]byte(value)))
		all = append(all, enc.WithPadding(base64.NoPadding).EncodeToString([]byte(value)))
		all = append(all, inner(enc, value)...)
	}
	var out []string
	seen := map[string]bool{}
	for _, text := range all {
		if len(text) >= minKnown && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// inner is what stays the same of a value's base64 inside a longer text, for
// each of the three places where the value can start in a group of three bytes.
func inner(enc *base64.Encoding, value string) []string {
	var out []string
	for lead := range 3 {
		body := strings.Repeat("\x00", lead) + value
		text := enc.EncodeToString([]byte(body[:len(body)/3*3]))
		from := (lead*8 + 5) / 6
		if len(text)-from >= 8 {
			out = append(out, text[from:])
		}
	}
	return out
}

func percentAll(value string, upper bool) string {
	text := hex.EncodeToString([]byte(value))
	if upper {
		text = strings.ToUpper(text)
	}
	var b strings.Builder
	for i := 0; i < len(text); i += 2 {
		b.WriteString("%" + text[i:i+2])
	}
	return b.String()
}

func lowerEscapes(s string) string {
	out := []byte(s)
	for i := 0; i+2 < len(out); i++ {
		if out[i] == '%' {
			out[i+1], out[i+2] = lowerByte(out[i+1]), lowerByte(out[i+2])
		}
	}
	return string(out)
}
