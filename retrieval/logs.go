package retrieval

import (
	"cmp"
	"context"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/words"
)

const (
	wholeUpTo = 20_000 // records up to which all that a query selects are ranked
	eachWord  = 50     // beyond, so many that hold a word of the query,
	allOfIt   = 100    // and so many, or twice what is wanted, that hold all of its words, or any
	failed    = 100    // and so many errors
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

// LogSearch is what to search stored records for. What it says beside the text filters
// before anything is ranked.
type LogSearch struct {
	pipewright.LogQuery
	// NewSince leaves out what is not new: records before it, and records whose template
	// occurred before it. Zero: nothing is left out.
	NewSince time.Time
	// Embedder ranks by meaning beside the built-in one; nil: the built-in one alone.
	Embedder Embedder
	// Archive finds, in a large store, what has the text's meaning in other words; nil: records
	// are found by their words alone there.
	Archive *Archive
}

// LogResult is what a search over stored records found, best first.
type LogResult struct {
	Hits     []LogHit
	Degraded error // why the configured embedder did not take part; nil when it did, or there is none
}

// SearchLogs finds the stored records that answer q.Text best. With few records all are
// ranked; of many, those that the store's own index finds for the whole text and for each
// of its words. Without a text it finds the first record of each template, oldest first.
func SearchLogs(ctx context.Context, store LogStore, q LogSearch) (res LogResult, err error) {
	if q.NewSince.After(q.Window.Start) {
		q.Window.Start = q.NewSince
	}
	lines, all, err := logCandidates(ctx, store, q.LogQuery, q.Archive == nil)
	if err != nil {
		return res, err
	}
	var meant []meantLine
	if !all && q.Archive != nil && q.Text != "" {
		if meant, err = q.Archive.lines(ctx, store, q); err != nil {
			return res, err
		}
	}
	c := mine(withMeant(lines, meant))
	if len(c.lines) == 0 {
		return res, nil
	}
	if err := c.onlyNew(ctx, store, q); err != nil {
		return res, err
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	if q.Text == "" {
		res.Hits = c.firsts(q.Limit)
		return res, nil
	}
	return c.search(ctx, q, ranksOf(meant))
}

// search ranks the records; meant are the ranks of those that the archive found.
func (c *corpus) search(ctx context.Context, q LogSearch, meant map[lineName]int) (res LogResult, err error) {
	x, err := c.index()
	if err != nil {
		return res, err
	}
	query := Query{Text: q.Text}
	query.Vector, res.Degraded = x.deepen(ctx, q.Embedder, q.Text)
	ranked, err := x.rank(query)
	if err != nil {
		return res, err
	}
	if len(meant) > 0 {
		ranked = c.fuse(ranked, meant)
	}
	for _, s := range ranked {
		if len(res.Hits) == q.Limit {
			break
		}
		_, found := meant[nameOf(c.lines[s.doc])]
		if s.lexical > 0 || s.vector >= faint || found {
			res.Hits = append(res.Hits, LogHit{c.lines[s.doc], c.template(int(s.doc)).Text, min(1, s.score/(lexicalShare+vectorShare+phraseShare))})
		}
	}
	return res, nil
}

// lineName names a record.
type lineName struct {
	resource pipewright.ResourceID
	line     int64
}

func nameOf(l pipewright.LogLine) lineName { return lineName{l.Resource, l.Line} }

// logCandidates are the records worth ranking, each once; all when they are all that the
// query selects. errors adds the newest errors, whatever words they hold.
func logCandidates(ctx context.Context, store LogStore, q pipewright.LogQuery, errors bool) (out []pipewright.LogLine, all bool, err error) {
	every := q
	every.Text, every.Limit, every.Enough = "", wholeUpTo, wholeUpTo+1
	n, err := store.CountLogs(ctx, every)
	if err != nil || n <= wholeUpTo {
		if err == nil && n > 0 {
			out, err = store.Logs(ctx, every)
		}
		return out, true, err
	}
	seen := map[lineName]bool{}
	add := func(l pipewright.LogLine) {
		if k := nameOf(l); !seen[k] {
			seen[k] = true
			out = append(out, l)
		}
	}
	take := func(text string, limit int) error {
		part := q
		part.Text, part.Limit = text, limit
		hits, err := store.SearchLogs(ctx, part)
		for _, h := range hits {
			add(h.Line)
		}
		return err
	}
	telling := tellingWords(q.Text)
	if err := take(cmp.Or(strings.Join(telling, " "), q.Text), max(allOfIt, 2*q.Limit)); err != nil {
		return nil, false, err
	}
	if errors && len(q.Levels) == 0 { // what failed may be asked for in words that it does not hold
		part := q
		part.Text, part.Limit, part.Newest, part.Levels = "", failed, true, []pipewright.Level{pipewright.Err}
		errors, err := store.Logs(ctx, part)
		if err != nil {
			return nil, false, err
		}
		for _, l := range errors {
			add(l)
		}
	}
	for _, word := range telling {
		if holdWord(out, word) >= eachWord {
			continue
		}
		if err := take(word, eachWord); err != nil {
			return nil, false, err
		}
	}
	return out, false, nil
}

// holdWord is how many of the records hold a word, in whatever case.
func holdWord(lines []pipewright.LogLine, word string) (n int) {
	for _, l := range lines {
		if strings.Contains(strings.ToLower(l.Text), word) {
			n++
		}
	}
	return n
}

// tellingWords are the words of a text that tell records apart.
func tellingWords(text string) (out []string) {
	for _, t := range words.Terms(text) {
		if !words.Stop(t.Text) {
			out = append(out, t.Text)
		}
	}
	return out
}
