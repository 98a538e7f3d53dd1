package redact

const (
	maxDepth = 3  // encodings within encodings that are looked through
	maxViews = 64 // of one text, so that a dump of encoded values stays cheap
)

// view is a text as what reads it sees it: percent signs, escapes and base64 decoded.
// The byte text[i] stands for the original's bytes from[i] up to to[i].
type view struct {
	text     string
	from, to []int32
}

// views lists what a text shows when it is decoded. Nearly every text has none, which takes a
// look at one byte in sixteen to see.
func views(s string) []view {
	p := peeler{}
	p.peel(view{text: s}, 1)
	return p.found
}

// peeler collects views.
type peeler struct{ found []view }

func (p *peeler) peel(v view, depth int) {
	if depth > maxDepth || len(p.found) >= maxViews {
		return
	}
	if inner, ok := unescape(v.text); ok {
		p.add(v, inner, depth)
	}
	for at := 0; ; {
		var from, to int
		if from, to = blob(v.text, at); from == to {
			return
		}
		if inner, ok := decodeBlob(v.text, from, to); ok {
			p.add(v, inner, depth)
		}
		at = to
	}
}

func (p *peeler) add(outer, inner view, depth int) {
	if outer.from != nil {
		for i := range inner.from {
			inner.from[i], inner.to[i] = outer.from[inner.from[i]], outer.to[inner.to[i]-1]
		}
	}
	if len(p.found) < maxViews {
		p.found = append(p.found, inner)
		p.peel(inner, depth+1)
	}
}

// back says where spans of the view stand in the original. Their placeholders stay those of
// the decoded values.
func (v view) back(found []span) []span {
	for i, f := range found {
		if f.plain == "" && !f.skip() {
			found[i].plain = v.text[f.start:f.end]
		}
		found[i].start, found[i].end = int(v.from[f.start]), int(v.to[f.end-1])
	}
	return found
}

// add appends a byte of the view to text.
func (v *view) add(text []byte, c byte, from, to int) []byte {
	v.from, v.to = append(v.from, int32(from)), append(v.to, int32(to))
	return append(text, c)
}
