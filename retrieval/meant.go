package retrieval

import (
	"cmp"
	"context"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

const (
	meantDocuments = 40  // documents whose records are looked at
	meantErrors    = 20  // and of errors besides: what failed may be asked for in words that it does not hold
	meantRead      = 200 // records around the first of a template that are read for more of it
	meantOf        = 5   // records of one document that become candidates, beside its last
)

// meantLine is a record of a template that the archive found.
type meantLine struct {
	line pipewright.LogLine
	rank int // of its template
}

// lines are records of the templates that have the meaning of a text: from each of their
// documents the first ones and the last.
func (a *Archive) lines(ctx context.Context, store LogStore, q LogSearch) (out []meantLine, err error) {
	search := ArchiveSearch{Text: q.Text, Limit: meantDocuments, DocumentQuery: pipewright.DocumentQuery{
		Kinds: []Kind{KindLog}, Resources: q.Resources, Levels: q.Levels, Run: q.Run, Window: q.Window, NewSince: q.NewSince}}
	found, err := a.Search(ctx, search)
	if err != nil {
		return nil, err
	}
	if len(q.Levels) == 0 {
		search.Levels, search.Limit = []pipewright.Level{pipewright.Err}, meantErrors
		errors, err := a.Search(ctx, search)
		if err != nil {
			return nil, err
		}
		for _, h := range errors.Hits {
			h.Rank += meantDocuments // they lead nothing
			found.Hits = append(found.Hits, h)
		}
	}
	texts := map[string]string{}
	for _, h := range found.Hits {
		id := h.Document.Template
		if _, ok := texts[id]; !ok {
			ts, err := a.store.Templates(ctx, id)
			if err != nil {
				return nil, err
			}
			for _, t := range ts {
				texts[id] = t.Text
			}
		}
		lines, err := instances(ctx, store, q.LogQuery, h.Document, texts[id])
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			out = append(out, meantLine{l, h.Rank})
		}
	}
	return out, nil
}

// instances are a few records that a document counts. Its first and its last line are some
// for sure; those between are compared with the template.
func instances(ctx context.Context, store LogStore, within pipewright.LogQuery, d Document, text string) (out []pipewright.LogLine, err error) {
	q := pipewright.LogQuery{Resources: []pipewright.ResourceID{d.Resource}, Levels: []pipewright.Level{d.Level}, Run: d.Run, Window: within.Window,
		FirstLine: d.Citation.FirstLine, LastLine: min(d.Citation.LastLine, d.Citation.FirstLine+meantRead), Limit: meantRead}
	read := func() error {
		lines, err := store.Logs(ctx, q)
		for _, l := range lines {
			sure := l.Line == d.Citation.FirstLine || l.Line == d.Citation.LastLine
			if len(out) < meantOf && (sure || isInstance(text, l.Text)) {
				out = append(out, l)
			}
		}
		return err
	}
	if err = read(); err != nil {
		return nil, err
	}
	if q.LastLine < d.Citation.LastLine {
		q.FirstLine, q.LastLine = d.Citation.LastLine, d.Citation.LastLine
		if len(out) == meantOf {
			out = out[:meantOf-1]
		}
		if err = read(); err != nil || len(out) > 0 {
			return out, err
		}
		q.FirstLine = d.Citation.FirstLine // the window cuts both ends off
		err = read()
	}
	return out, err
}

// isInstance reports whether a record has the fixed parts of a template, in order.
func isInstance(template, record string) bool {
	parts := strings.Split(template, "<*>")
	if !strings.HasPrefix(record, parts[0]) {
		return false
	}
	rest := record[len(parts[0]):]
	for i, part := range parts[1:] {
		at := strings.Index(rest, part)
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return rest == ""
}

// withMeant adds the records that the archive found to those found by their words.
func withMeant(lines []pipewright.LogLine, meant []meantLine) []pipewright.LogLine {
	if len(meant) == 0 {
		return lines
	}
	seen := make(map[lineName]bool, len(lines))
	for _, l := range lines {
		seen[nameOf(l)] = true
	}
	for _, m := range meant {
		if k := nameOf(m.line); !seen[k] {
			seen[k] = true
			lines = append(lines, m.line)
		}
	}
	return lines
}

func ranksOf(meant []meantLine) map[lineName]int {
	out := make(map[lineName]int, len(meant))
	for _, m := range meant {
		if _, ok := out[nameOf(m.line)]; !ok {
			out[nameOf(m.line)] = m.rank
		}
	}
	return out
}

// crowding is what each record of a template that stands before another of it takes from
// that: about three ranks.
const crowding = 0.05

// fuse ranks records by two rankings, their own and the archive's of their templates, by
// reciprocal rank. A template has its best record's rank; its further records follow at
// some distance, so that one template does not crowd out all others.
func (c *corpus) fuse(ranked []scored, meant map[lineName]int) []scored {
	own, archive := map[int]int{}, map[int]int{}
	for _, s := range ranked {
		of := c.view.Of(c.refs[s.doc])
		if _, ok := own[of]; !ok {
			own[of] = len(own)
		}
		if rank, ok := meant[nameOf(c.lines[s.doc])]; ok {
			if old, ok := archive[of]; !ok || rank < old {
				archive[of] = rank
			}
		}
	}
	worth, nth := make(map[int32]float64, len(ranked)), map[int]int{}
	for _, s := range ranked {
		of := c.view.Of(c.refs[s.doc])
		w := 1 / float64(fuseOffset+1+own[of])
		if rank, ok := archive[of]; ok {
			w += 1 / float64(fuseOffset+1+rank)
		}
		worth[s.doc] = w / (1 + crowding*float64(nth[of]))
		nth[of]++
	}
	slices.SortStableFunc(ranked, func(a, b scored) int { return cmp.Compare(worth[b.doc], worth[a.doc]) })
	seen := map[string]bool{}
	first, again := ranked[:0:0], ranked[:0:0]
	for _, s := range ranked { // the same text says nothing more
		if text := c.lines[s.doc].Text; !seen[text] {
			seen[text] = true
			first = append(first, s)
		} else {
			again = append(again, s)
		}
	}
	return append(first, again...)
}
