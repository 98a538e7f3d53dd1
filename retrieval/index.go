package retrieval

import (
	"cmp"
	"math"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/embed"
	"github.com/pipewright/pipewright/retrieval/vector"
	"github.com/pipewright/pipewright/retrieval/words"
)

// Weights of the parts of a hit's score, each part being between 0 and 1.
const (
	lexicalShare = 0.5
	vectorShare  = 0.5
	phraseShare  = 0.2
)

const (
	defaultLimit = 10
	phraseFrom   = 0.3  // share of the best lexical score from which phrases are looked for
	phraseAmong  = 500  // documents in which they are looked for
	nearest      = 1000 // vectors that count
	minWeight    = 0.2  // of the commonest word of a query among its vector
	minCosine    = 0.05 // under it, and without a word in common, a document is no hit
)

// Query is what to search for.
type Query struct {
	Text   string
	Filter Filter
	Vector []float32 // the text's, by the embedder that the index was deepened with; nil: none
	Limit  int       // 0: 10
}

// Hit is a document that was found.
type Hit struct {
	Document Document
	Score    float64 // comparable within one result only
	Lexical  float64 // 0 to 1: against the best of the result
	Vector   float64 // cosine
}

// Index holds documents in memory. It is not safe for concurrent use while
// documents are added.
type Index struct {
	docs     []Document
	lexical  lexical
	vectors  *vector.Store
	meanings map[string]int // meaning to its vector
	meaning  []int          // of each document, its vector
	deeper   *deeper        // nil: the built-in embedder alone
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{vectors: vector.New(embed.Dimensions), meanings: map[string]int{}}
}

// Add indexes a document.
func (x *Index) Add(d Document) error {
	m := meaningOf(&d)
	v, ok := x.meanings[m]
	if !ok {
		var err error
		if v, err = x.vectors.Add(embed.Text(m, nil)); err != nil {
			return err
		}
		x.meanings[m] = v
	}
	x.docs = append(x.docs, d)
	x.lexical.add(d.Text + " " + levelWord(d.Level))
	x.meaning = append(x.meaning, v)
	return nil
}

// levelWord is the word by which people ask for lines of a level.
func levelWord(l pipewright.Level) string {
	switch l {
	case pipewright.Err:
		return "error"
	case pipewright.Warn:
		return "warning"
	}
	return ""
}

// Len is the number of documents.
func (x *Index) Len() int { return len(x.docs) }

// scored is a document with its scores, before it becomes a Hit.
type scored struct {
	doc                    int32
	score, lexical, vector float64
}

// Search finds the documents that fit a query best, best first.
func (x *Index) Search(q Query) ([]Hit, error) {
	ranked, err := x.rank(q)
	if err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	hits := make([]Hit, 0, q.Limit)
	for _, s := range ranked[:min(len(ranked), q.Limit)] {
		hits = append(hits, x.hit(s))
	}
	return hits, nil
}

func (x *Index) hit(s scored) Hit {
	return Hit{Document: x.docs[s.doc], Score: s.score, Lexical: s.lexical, Vector: s.vector}
}

// rank scores every document that the filter selects and that has something of the
// query, best first, older first among equals. Phrases are looked for in the best only.
func (x *Index) rank(q Query) ([]scored, error) {
	out, err := x.candidates(q)
	if err != nil {
		return nil, err
	}
	best := func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc)) }
	slices.SortFunc(out, best)
	pairs := phrasePairs(q.Text)
	for i := range out[:min(len(out), phraseAmong)] {
		if s := &out[i]; s.lexical > phraseFrom {
			s.score += phraseShare * x.phrases(pairs, x.docs[s.doc].Text)
		}
	}
	slices.SortFunc(out, best)
	return out, nil
}

// candidates are the documents that the filter selects, scored by words and meaning.
func (x *Index) candidates(q Query) ([]scored, error) {
	docs := x.selected(q.Filter)
	cosines, err := x.cosines(q, docs)
	if err != nil {
		return nil, err
	}
	lexical := x.lexical.score(lexicalTerms(q.Text))
	best := float32(0)
	for _, i := range docs {
		best = max(best, lexical[i])
	}
	var out []scored
	for _, i := range docs {
		s := scored{doc: i, vector: cosines[x.meaning[i]]}
		if lexical[i] > 0 {
			s.lexical = float64(lexical[i] / best)
		}
		if s.lexical == 0 && s.vector < minCosine {
			continue
		}
		s.score = lexicalShare*s.lexical + vectorShare*s.vector
		out = append(out, s)
	}
	return out, nil
}

// selected are the documents that the filter selects, in order.
func (x *Index) selected(f Filter) []int32 {
	all := f.empty()
	out := make([]int32, 0, len(x.docs))
	for i := range x.docs {
		if all || f.Holds(&x.docs[i]) {
			out = append(out, int32(i))
		}
	}
	return out
}

// cosines is how near the query is to each vector of the documents, 0 beyond the nearest
// thousand of theirs.
func (x *Index) cosines(query Query, docs []int32) ([]float64, error) {
	top := math.Log(1 + float64(max(len(x.docs), 1)))
	q := embed.Text(query.Text, func(stem string) float64 { return minWeight + (1-minWeight)*x.lexical.idf(stem)/top })
	held := make([]bool, x.vectors.Len())
	for _, i := range docs {
		held[x.meaning[i]] = true
	}
	found, err := x.vectors.Search(q, nearest, func(v int) bool { return held[v] })
	if err != nil {
		return nil, err
	}
	out := make([]float64, x.vectors.Len())
	for _, m := range found {
		out[m.Index] = float64(m.Cosine)
	}
	if x.deeper != nil && query.Vector != nil {
		return out, x.deeper.blend(out, query.Vector, held)
	}
	return out, nil
}

// phrasePairs are the terms of a query that stand next to each other, the second
// of each pair a value: "task 24.0", "user butter".
func phrasePairs(text string) [][2]string {
	ts := words.Terms(text)
	var out [][2]string
	for i := 1; i < len(ts); i++ {
		a, b := ts[i-1], ts[i]
		if !words.Stop(a.Text) && !words.Stop(b.Text) {
			out = append(out, [2]string{words.Stem(a.Text), words.Stem(b.Text)})
		}
	}
	return out
}

// phrases is the share of the pairs that stand next to each other in the text too,
// weighted by how rare their words are.
func (x *Index) phrases(pairs [][2]string, text string) float64 {
	if len(pairs) == 0 {
		return 0
	}
	var b strings.Builder
	b.WriteByte(' ')
	for _, t := range words.Terms(text) {
		b.WriteString(words.Stem(t.Text))
		b.WriteByte(' ')
	}
	flat := b.String()
	sum, all := 0.0, 0.0
	for _, p := range pairs {
		w := x.lexical.idf(p[0]) + x.lexical.idf(p[1])
		all += w
		if strings.Contains(flat, " "+p[0]+" "+p[1]+" ") {
			sum += w
		}
	}
	return sum / all
}
