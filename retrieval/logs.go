package retrieval

import (
	"context"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/template"
	"github.com/pipewright/pipewright/retrieval/words"
)

const (
	wholeUpTo = 20_000 // records up to which all that a query selects are ranked
	eachWord  = 1_000  // beyond, so many that hold a word of the query
	allOfIt   = 3_000  // and so many that hold all of its words, or any
	faint     = 0.25   // cosine under which a record without a word in common is no hit
)

// LogStore is what a search over stored records asks of a store: how many records fit a
// query, the records, and those that hold its words, best first.
type LogStore interface {
	CountLogs(ctx context.Context, q pipewright.LogQuery) (int, error)
	Logs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogLine, error)
	SearchLogs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogHit, error)
}

// LogHit is a stored record that was found, with the template that it is an instance of
// among the records looked at.
type LogHit struct {
	Line     pipewright.LogLine
	Template string
	Score    float64 // 0 to 1
}

// SearchLogs finds the stored records that answer q.Text best, best first. What else q
// says filters before anything is ranked. With few records all are ranked; of many, those
// that the store's own index finds for the whole text and for each of its words.
func SearchLogs(ctx context.Context, store LogStore, q pipewright.LogQuery) ([]LogHit, error) {
	lines, err := logCandidates(ctx, store, q)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	m := template.New(template.Options{})
	refs := make([]template.Ref, len(lines))
	for i, l := range lines {
		refs[i] = m.Add(template.Line{Text: []byte(l.Text), At: l.At})
	}
	v := m.View()
	x := NewIndex()
	for i, l := range lines {
		t := v.Templates[v.Of(refs[i])]
		if err := x.Add(Document{ID: strconv.Itoa(i), Kind: KindLog, Resource: l.Resource, Run: l.Run, At: l.At, Level: l.Level, Text: l.Text, Meaning: t.Examples[0]}); err != nil {
			return nil, err
		}
	}
	ranked, err := x.rank(Query{Text: q.Text})
	if err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	var out []LogHit
	for _, s := range ranked {
		if len(out) == q.Limit {
			break
		}
		if s.lexical > 0 || s.vector >= faint {
			out = append(out, LogHit{lines[s.doc], v.Templates[v.Of(refs[s.doc])].Text, min(1, s.score/(lexicalShare+vectorShare+phraseShare))})
		}
	}
	return out, nil
}

// logCandidates are the records worth ranking, each once.
func logCandidates(ctx context.Context, store LogStore, q pipewright.LogQuery) ([]pipewright.LogLine, error) {
	all := q
	all.Text, all.Limit = "", wholeUpTo
	n, err := store.CountLogs(ctx, all)
	if err != nil || n <= wholeUpTo {
		if err == nil && n > 0 {
			return store.Logs(ctx, all)
		}
		return nil, err
	}
	var out []pipewright.LogLine
	type name struct {
		resource pipewright.ResourceID
		line     int64
	}
	seen := map[name]bool{}
	take := func(text string, limit int) error {
		part := q
		part.Text, part.Limit = text, limit
		hits, err := store.SearchLogs(ctx, part)
		for _, h := range hits {
			if k := (name{h.Line.Resource, h.Line.Line}); !seen[k] {
				seen[k] = true
				out = append(out, h.Line)
			}
		}
		return err
	}
	if err := take(q.Text, allOfIt); err != nil {
		return nil, err
	}
	for _, t := range words.Terms(q.Text) {
		if !words.Stop(t.Text) {
			if err := take(t.Text, eachWord); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
