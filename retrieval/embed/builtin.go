package embed

import (
	"math"
	"strings"

	"github.com/pipewright/pipewright/retrieval/words"
)

// Dimensions of a built-in vector.
const Dimensions = 384

// Version names the features: vectors of different versions are not comparable.
const Version = "builtin-2"

// Weights of the kinds of features.
const (
	stemWeight    = 1.0
	conceptWeight = 0.5
	partWeight    = 0.7
	kindWeight    = 0.4
	errorWeight   = 0.6
	gramWeight    = 0.35 // shared by the n-grams of a word
)

// probes is how many dimensions a feature is spread over, with its signs: it
// keeps what collides in one from colliding in all.
const probes = 4

// Weigh is how much a stem counts in a query, 1 for the ordinary.
type Weigh func(stem string) float64

// Text embeds a text as a vector of length one, all zero when nothing is in it.
// weigh is nil for a document.
func Text(text string, weigh Weigh) []float32 {
	if weigh == nil {
		weigh = func(string) float64 { return 1 }
	}
	v := make([]float64, Dimensions)
	for _, t := range words.Terms(text) {
		addTerm(v, t, weigh)
	}
	return normalise(v)
}

func addTerm(v []float64, t words.Term, weigh Weigh) {
	switch t.Kind {
	case words.Word:
		addWord(v, t.Text, stemWeight, weigh)
	case words.Identifier, words.Path:
		for _, p := range t.Parts {
			addWord(v, p, partWeight, weigh)
		}
		if t.Kind == words.Path {
			add(v, "kind:path", kindWeight)
		}
		if t.Known {
			add(v, "error:"+t.Text, errorWeight*weigh(t.Text))
		}
	case words.Number:
		add(v, "concept:amount", kindWeight/2)
	case words.Address:
		add(v, "concept:address", kindWeight)
	case words.Hex:
		add(v, "kind:hex", kindWeight/2)
	}
}

// addWord adds a word by its stem, its meaning and its letters.
func addWord(v []float64, w string, weight float64, weigh Weigh) {
	stem := words.Stem(w)
	if c := words.Concept(stem); c != "" {
		add(v, "concept:"+c, weight*conceptWeight)
	}
	if words.Stop(w) || len(w) < 2 {
		return
	}
	weight *= weigh(stem)
	add(v, "stem:"+stem, weight*stemWeight)
	if len(w) >= 5 {
		grams := "^" + strings.ToLower(w) + "$"
		n := len(grams) - 3
		for i := range n {
			add(v, "gram:"+grams[i:i+4], weight*gramWeight/math.Sqrt(float64(n)))
		}
	}
}

// add spreads a feature over its dimensions.
func add(v []float64, feature string, weight float64) {
	h := uint64(14695981039346656037)
	for i := range len(feature) {
		h = (h ^ uint64(feature[i])) * 1099511628211
	}
	weight /= math.Sqrt(probes)
	for range probes {
		h ^= h >> 33
		h *= 0xff51afd7ed558ccd
		h ^= h >> 29
		sign := 1 - 2*float64(h&1)
		v[(h>>1)%Dimensions] += sign * weight
	}
}

func normalise(v []float64) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	out := make([]float32, len(v))
	if sum == 0 {
		return out
	}
	for i, x := range v {
		out[i] = float32(x / math.Sqrt(sum))
	}
	return out
}
