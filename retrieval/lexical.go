package retrieval

import (
	"math"

	"github.com/pipewright/pipewright/retrieval/words"
)

// BM25 parameters, from Robertson and Zaragoza, "The Probabilistic Relevance
// Framework" (2009).
const (
	k1 = 1.2
	b  = 0.3 // lines of one log differ in length by their values, which says little
)

// partWeight is what a part of an identifier counts against a word of its own.
const partWeight = 0.4

// conceptWeight is what a word of the same meaning counts against the word itself.
const conceptWeight = 0.3

// posting says how much of a term a document has.
type posting struct {
	doc int32
	tf  float32
}

// lexical is an inverted index over terms. The zero value is empty.
type lexical struct {
	postings map[string][]posting
	length   []float32 // terms of each document
	total    float64
}

// weighted is a term with its weight within a text.
type weighted struct {
	term   string
	weight float32
}

// lexicalTerms are the terms of a text, in order, words by their stem.
func lexicalTerms(text string) []weighted {
	var out []weighted
	for _, t := range words.Terms(text) {
		if t.Kind == words.Word {
			out = appendWord(out, t.Text, 1)
			continue
		}
		out = append(out, weighted{t.Text, 1})
		for _, p := range t.Parts {
			if p != t.Text {
				out = appendWord(out, p, partWeight)
			}
		}
	}
	return out
}

// appendWord appends the stem of a word, and its family of meaning under a name no
// word has.
func appendWord(out []weighted, w string, weight float32) []weighted {
	stem := words.Stem(w)
	if !words.Stop(w) {
		out = append(out, weighted{stem, weight})
	}
	if c := words.Concept(stem); c != "" {
		out = append(out, weighted{"~" + c, weight * conceptWeight})
	}
	return out
}

// add indexes the next document.
func (x *lexical) add(text string) {
	if x.postings == nil {
		x.postings = map[string][]posting{}
	}
	doc := int32(len(x.length))
	n := float32(0)
	for _, w := range lexicalTerms(text) {
		n += w.weight
		list := x.postings[w.term]
		if k := len(list); k > 0 && list[k-1].doc == doc {
			list[k-1].tf += w.weight
			continue
		}
		x.postings[w.term] = append(list, posting{doc, w.weight})
	}
	x.length = append(x.length, n)
	x.total += float64(n)
}

// idf is how rare a term is.
func (x *lexical) idf(term string) float64 {
	n, df := float64(len(x.length)), float64(len(x.postings[term]))
	return math.Log(1 + (n-df+0.5)/(df+0.5))
}

// score is the BM25 score of every document for the terms of a query, 0 without any.
func (x *lexical) score(query []weighted) []float32 {
	scores := make([]float32, len(x.length))
	if len(scores) == 0 {
		return scores
	}
	mean := float32(x.total / float64(len(x.length)))
	for _, q := range query {
		weight := q.weight * float32(x.idf(q.term)) * (k1 + 1)
		for _, p := range x.postings[q.term] {
			scores[p.doc] += weight * p.tf / (p.tf + k1*(1-b+b*x.length[p.doc]/mean))
		}
	}
	return scores
}
