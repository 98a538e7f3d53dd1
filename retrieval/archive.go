package retrieval

import (
	"cmp"
	"context"
	"slices"
	"sync"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/embed"
)

const (
	fused      = 200    // meanings of each ranking that are fused
	ranked     = 20_000 // meanings that are ranked by their words before a filter is
	fuseOffset = 60     // of reciprocal rank fusion: how much the first ranks stand out
	ofMeaning  = 3      // documents of one meaning in a result, the newest
	embedBatch = 256    // meanings that are embedded at once
)

// ArchiveStore is what an Archive searches.
type ArchiveStore interface {
	RankMeanings(ctx context.Context, terms []string, q pipewright.DocumentQuery, n int) ([]pipewright.Near, error)
	NearMeanings(ctx context.Context, sp pipewright.Space, v []float32, q pipewright.DocumentQuery, n int) (list []pipewright.Near, indexed bool, err error)
	Selected(ctx context.Context, q pipewright.DocumentQuery, among []int64) ([]int64, error)
	Documents(ctx context.Context, q pipewright.DocumentQuery, meanings []int64, each int) ([]pipewright.Document, error)
	Templates(ctx context.Context, id string) ([]pipewright.LogTemplate, error)
	VectorStore
}

// VectorStore is what an Archive keeps vectors in.
type VectorStore interface {
	Space(ctx context.Context, model string, dimensions int) (pipewright.Space, error)
	Spaces(ctx context.Context) ([]pipewright.Space, error)
	Unembedded(ctx context.Context, space, after int64, n int) ([]pipewright.Meaning, error)
	PutVectors(ctx context.Context, sp pipewright.Space, list []pipewright.Vector) error
	VectorsAfter(ctx context.Context, space, after int64, n int) ([]pipewright.Vector, error)
	Settle(ctx context.Context, space int64) error
	DropSpace(ctx context.Context, space int64) error
}

// Archive searches every document of a store, by words and by meaning, and keeps their
// vectors up to date. It is safe for concurrent use.
type Archive struct {
	// Former embeds queries by a model that was configured before, while the configured one's
	// vectors are made; nil: it is not used any more.
	Former func(model string) Embedder

	store    ArchiveStore
	embedder Embedder // nil: the built-in one alone

	filling sync.Mutex
	filled  map[int64]int64 // by space: every meaning up to it has a vector

	mu      sync.Mutex
	shelves map[int64]*shelf // vectors in the process, by space
}

// NewArchive returns the archive of a store. embedder ranks beside the built-in one; nil:
// the built-in one alone.
func NewArchive(store ArchiveStore, embedder Embedder) *Archive {
	return &Archive{store: store, embedder: embedder, filled: map[int64]int64{}, shelves: map[int64]*shelf{}}
}

// ArchiveSearch is what to search an archive for. What it says beside the text filters
// before anything is ranked.
type ArchiveSearch struct {
	pipewright.DocumentQuery
	Text  string
	Limit int // documents; 0: 10
}

// ArchiveHit is a document that was found.
type ArchiveHit struct {
	Document Document
	Score    float64 // 0 to 1, comparable within one result
	Rank     int     // of its meaning, from 0
}

// ArchiveResult is what a search found, best first.
type ArchiveResult struct {
	Hits     []ArchiveHit
	Models   []string // whose vectors took part
	Degraded error    // why the configured embedder did not take part; nil when it did, or there is none
}

// Search finds the documents that answer a text best.
func (a *Archive) Search(ctx context.Context, q ArchiveSearch) (res ArchiveResult, err error) {
	of, err := a.chosen(ctx, q.DocumentQuery)
	if err != nil {
		return res, err
	}
	lexical, err := a.lexical(ctx, q, of)
	if err != nil {
		return res, err
	}
	rankings := [][]pipewright.Near{lexical}
	spaces, err := a.spaces(ctx, q.Text)
	if err != nil {
		return res, err
	}
	res.Degraded = spaces.degraded
	for _, s := range spaces.list {
		near, err := a.near(ctx, s.space, s.query, q.DocumentQuery, of)
		if err != nil {
			return res, err
		}
		res.Models = append(res.Models, s.space.Model)
		rankings = append(rankings, near)
	}
	meanings, scores := fuse(rankings)
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	res.Hits, err = a.documents(ctx, q, meanings[:min(len(meanings), q.Limit)], scores)
	return res, err
}

// choice is the meanings that a query selects; nil: it is not worked out.
type choice map[int64]bool

// chosen works out once for all rankings what a query of some resources selects. Of all
// resources, each ranking asks for its best.
func (a *Archive) chosen(ctx context.Context, q pipewright.DocumentQuery) (choice, error) {
	if len(q.Resources) == 0 {
		return nil, nil
	}
	ids, err := a.store.Selected(ctx, q, nil)
	return set(ids), err
}

// lexical ranks by words. A store's own filter is used when too few of the best are chosen.
func (a *Archive) lexical(ctx context.Context, q ArchiveSearch, of choice) ([]pipewright.Near, error) {
	terms := termsOf(q.Text)
	if of == nil {
		return a.store.RankMeanings(ctx, terms, q.DocumentQuery, fused)
	}
	all, err := a.store.RankMeanings(ctx, terms, pipewright.DocumentQuery{Kinds: q.Kinds}, ranked)
	if err != nil {
		return nil, err
	}
	if list := of.among(all, fused); len(list) == fused || len(all) < ranked {
		return list, nil
	}
	return a.store.RankMeanings(ctx, terms, q.DocumentQuery, fused)
}

// among are the first n of a ranking that are chosen.
func (of choice) among(list []pipewright.Near, n int) (out []pipewright.Near) {
	for _, m := range list {
		if of[m.Meaning] && len(out) < n {
			out = append(out, m)
		}
	}
	return out
}

// All lists every document that a query selects, by meaning, the newest of each first.
func (a *Archive) All(ctx context.Context, q pipewright.DocumentQuery) ([]Document, error) {
	meanings, err := a.store.Selected(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	return a.store.Documents(ctx, q, meanings, -1)
}

// documents are those of the best meanings, in turns: the newest of each, then the next.
func (a *Archive) documents(ctx context.Context, q ArchiveSearch, meanings []int64, scores map[int64]float64) ([]ArchiveHit, error) {
	var rounds [ofMeaning][]ArchiveHit
	for rank, m := range meanings {
		docs, err := a.store.Documents(ctx, q.DocumentQuery, []int64{m}, ofMeaning)
		if err != nil {
			return nil, err
		}
		for i, d := range docs {
			rounds[i] = append(rounds[i], ArchiveHit{d, scores[m], rank})
		}
	}
	hits := slices.Concat(rounds[:]...)
	return hits[:min(len(hits), q.Limit)], nil
}

// fuse puts rankings together by reciprocal rank (Cormack, Clarke and Buettcher,
// "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009), best first. Scores are 1
// for what leads every ranking.
func fuse(rankings [][]pipewright.Near) (order []int64, scores map[int64]float64) {
	scores = map[int64]float64{}
	for _, ranking := range rankings {
		for rank, n := range ranking {
			if scores[n.Meaning] == 0 {
				order = append(order, n.Meaning)
			}
			scores[n.Meaning] += float64(fuseOffset+1) / float64(fuseOffset+1+rank) / float64(len(rankings))
		}
	}
	slices.SortFunc(order, func(a, b int64) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b)) })
	return order, scores
}

// asked is a space with the query in it.
type asked struct {
	space pipewright.Space
	query []float32
}

type askedSpaces struct {
	list     []asked
	degraded error
}

// spaces are those that a query is ranked in, each by itself: vectors of two models are
// never compared. When the configured embedder fails, the built-in one's is left.
func (a *Archive) spaces(ctx context.Context, text string) (out askedSpaces, err error) {
	known, err := a.store.Spaces(ctx)
	if err != nil {
		return out, err
	}
	for _, sp := range known {
		if sp.Model == embed.Version {
			out.list = append(out.list, asked{sp, embed.Text(text, nil)})
		}
	}
	sp, e, ok := a.current(known)
	if !ok {
		return out, nil
	}
	v, err := e.Embed(ctx, []string{text})
	if err == nil && (len(v) != 1 || len(v[0]) != sp.Dimensions) {
		err = pipewright.Errorf(pipewright.Invalid, "%s now gives vectors of another dimension than those stored, %d: give the model its former dimension, or another name", sp.Model, sp.Dimensions)
	}
	if out.degraded = err; err == nil {
		out.list = append(out.list, asked{sp, v[0]})
	}
	return out, nil
}

// current is the space of the configured embedder when it is ready, and until then the one
// of a former embedder.
func (a *Archive) current(known []pipewright.Space) (pipewright.Space, Embedder, bool) {
	if a.embedder == nil {
		return pipewright.Space{}, nil, false
	}
	var former pipewright.Space
	for _, sp := range known {
		switch {
		case sp.Model == embed.Version || sp.Model == pipewright.ShapeSpace || !sp.Ready:
		case sp.Model == a.embedder.Name():
			return sp, a.embedder, true
		default:
			former = sp
		}
	}
	if former.Number == 0 || a.Former == nil {
		return former, nil, false
	}
	e := a.Former(former.Model)
	return former, e, e != nil
}

// Fill embeds what has no vector yet, a batch at a time, until everything has one or ctx
// ends, first by the built-in embedder. It returns how many vectors it made. When the
// configured embedder is done, the vectors of a former one are removed.
func (a *Archive) Fill(ctx context.Context) (n int, err error) {
	a.filling.Lock()
	defer a.filling.Unlock()
	n, err = a.fill(ctx, builtin{})
	if err != nil || a.embedder == nil {
		return n, err
	}
	more, err := a.fill(ctx, a.embedder)
	if err == nil {
		err = a.dropFormer(ctx)
	}
	return n + more, err
}

func (a *Archive) fill(ctx context.Context, e Embedder) (n int, err error) {
	var sp pipewright.Space
	for {
		if sp.Number == 0 {
			if sp, err = a.spaceOf(ctx, e.Name()); err != nil {
				return n, err
			}
		}
		missing, err := a.store.Unembedded(ctx, sp.Number, a.filled[sp.Number], embedBatch)
		if err != nil {
			return n, err
		}
		if len(missing) == 0 {
			if sp.Number != 0 && !sp.Ready {
				err = a.store.Settle(ctx, sp.Number)
			}
			return n, err
		}
		if sp, err = a.embed(ctx, e, sp, missing); err != nil {
			return n, err
		}
		n += len(missing)
		a.filled[sp.Number] = missing[len(missing)-1].Number
	}
}

// spaceOf is the space of a model, with number 0 when there is none yet.
func (a *Archive) spaceOf(ctx context.Context, model string) (pipewright.Space, error) {
	known, err := a.store.Spaces(ctx)
	for _, sp := range known {
		if sp.Model == model {
			return sp, err
		}
	}
	return pipewright.Space{}, err
}

// embed stores the vectors of meanings.
func (a *Archive) embed(ctx context.Context, e Embedder, sp pipewright.Space, list []pipewright.Meaning) (pipewright.Space, error) {
	texts := make([]string, len(list))
	for i, m := range list {
		texts[i] = m.Text
	}
	values, err := e.Embed(ctx, texts)
	if err != nil {
		return sp, err
	}
	if len(values) != len(list) {
		return sp, pipewright.Errorf(pipewright.Unavailable, "embed %d texts by %s: it returned %d vectors", len(list), e.Name(), len(values))
	}
	if sp.Number == 0 {
		if sp, err = a.store.Space(ctx, e.Name(), len(values[0])); err != nil {
			return sp, err
		}
	}
	vectors := make([]pipewright.Vector, len(list))
	for i, m := range list {
		vectors[i] = pipewright.Vector{Meaning: m.Number, Values: values[i]}
	}
	return sp, a.store.PutVectors(ctx, sp, vectors)
}

// dropFormer removes the spaces of models that are configured no more.
func (a *Archive) dropFormer(ctx context.Context) error {
	known, err := a.store.Spaces(ctx)
	for _, sp := range known {
		if err == nil && sp.Model != embed.Version && sp.Model != pipewright.ShapeSpace && sp.Model != a.embedder.Name() {
			err = a.store.DropSpace(ctx, sp.Number)
		}
	}
	return err
}

// builtin is the built-in embedder as any other.
type builtin struct{}

func (builtin) Name() string { return embed.Version }

func (builtin) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = embed.Text(t, nil)
	}
	return out, nil
}
