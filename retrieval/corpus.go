package retrieval

import (
	"context"
	"slices"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/template"
)

// corpus is records with the templates that they are instances of.
type corpus struct {
	lines []pipewright.LogLine
	miner *template.Miner
	refs  []template.Ref
	view  template.View
}

func mine(lines []pipewright.LogLine) *corpus {
	c := &corpus{lines: lines, miner: template.New(template.Options{}), refs: make([]template.Ref, len(lines))}
	for i, l := range lines {
		c.refs[i] = c.add(l)
	}
	c.view = c.miner.View()
	return c
}

func (c *corpus) add(l pipewright.LogLine) template.Ref {
	return c.miner.Add(template.Line{Text: []byte(l.Text), At: l.At, Level: levels[l.Level]})
}

var levels = map[pipewright.Level]template.Level{
	pipewright.Debug: template.Debug, pipewright.Info: template.Info, pipewright.Warn: template.Warning, pipewright.Err: template.Error,
}

// template is that of the ith record.
func (c *corpus) template(i int) template.Template { return c.view.Templates[c.view.Of(c.refs[i])] }

// onlyNew drops the records whose template the same resources logged before q.NewSince:
// of what they logged, the newest 20,000 records are looked at.
func (c *corpus) onlyNew(ctx context.Context, store LogStore, q LogSearch) error {
	if q.NewSince.IsZero() {
		return nil
	}
	past := pipewright.LogQuery{Resources: q.Resources, Window: pipewright.Window{End: q.NewSince}, Limit: wholeUpTo, Newest: true}
	lines, err := store.Logs(ctx, past)
	if err != nil {
		return err
	}
	var old []template.Ref
	for _, l := range lines {
		old = append(old, c.add(l))
	}
	c.view = c.miner.View()
	known := map[int]bool{}
	for _, r := range old {
		known[c.view.Of(r)] = true
	}
	var kept []pipewright.LogLine
	var refs []template.Ref
	for i, r := range c.refs {
		if !known[c.view.Of(r)] {
			kept, refs = append(kept, c.lines[i]), append(refs, r)
		}
	}
	c.lines, c.refs = kept, refs
	return nil
}

// firsts are the first records of at most n templates, in order.
func (c *corpus) firsts(n int) (out []LogHit) {
	seen := map[int]bool{}
	for i, r := range c.refs {
		if of := c.view.Of(r); !seen[of] && len(out) < n {
			seen[of] = true
			out = append(out, LogHit{Line: c.lines[i], Template: c.view.Templates[of].Text})
		}
	}
	return out
}

// index is an index over the records; the lines of one template share its vector.
func (c *corpus) index() (*Index, error) {
	x := NewIndex()
	for i, l := range c.lines {
		d := Document{ID: strconv.Itoa(i), Kind: KindLog, Resource: l.Resource, Run: l.Run, At: l.At, Level: l.Level, Text: l.Text, Meaning: c.template(i).Examples[0]}
		if err := x.Add(d); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Mined is a template with the records that are its instances.
type Mined struct {
	template.Template
	Lines []pipewright.LogLine // oldest first
	Of    int                  // records that were looked at, the newest 20,000 at most
}

// TemplateOf finds the template that q.Text speaks of, by the record that answers it best,
// and how it occurs among the records that the rest of q selects. false when none fits.
func TemplateOf(ctx context.Context, store LogStore, q LogSearch) (Mined, bool, error) {
	best := q
	best.Limit = 1
	found, err := SearchLogs(ctx, store, best)
	if err != nil || len(found.Hits) == 0 {
		return Mined{}, false, err
	}
	hit := found.Hits[0].Line
	all := q.LogQuery
	all.Resources, all.Text, all.Limit, all.Newest = []pipewright.ResourceID{hit.Resource}, "", wholeUpTo, true
	lines, err := store.Logs(ctx, all)
	if err != nil {
		return Mined{}, false, err
	}
	same := func(l pipewright.LogLine) bool { return l.Resource == hit.Resource && l.Line == hit.Line }
	at := slices.IndexFunc(lines, same)
	if at < 0 { // older than the newest 20,000
		at, lines = 0, append([]pipewright.LogLine{hit}, lines...)
	}
	c := mine(lines)
	of := c.view.Of(c.refs[at])
	m := Mined{Template: c.view.Templates[of], Of: len(lines)}
	for i, r := range c.refs {
		if c.view.Of(r) == of {
			m.Lines = append(m.Lines, lines[i])
		}
	}
	return m, true, nil
}
