package ask

import (
	"slices"
)

// trade is the least score at which words of the trade outweigh words that name nothing.
const trade = 4

// foreign reports whether a question is outside the trade: it has words that name
// nothing known, names no resource, and little or nothing else in it is of the trade.
// What was read out of a misspelled word does not count.
func (t *turn) foreign() bool {
	r := t.r
	if len(r.kinds) > 0 || r.incident+r.approval+string(r.action) != "" || r.metric.said {
		return false
	}
	strange := false
	for _, m := range r.mentions {
		if best(m.candidates) >= 0.95 || len(m.candidates) == 0 && identifier(m.text) {
			return false
		}
		strange = strange || len(m.candidates) == 0
	}
	return strange && (r.top().intent == "help" || min(r.top().score, r.unmended().top().score) < trade)
}

// unmended is the reading without the words that were mended.
func (r *reading) unmended() *reading {
	if !slices.ContainsFunc(r.toks, func(t token) bool { return t.mended }) {
		return r
	}
	bare := *r
	bare.toks = slices.DeleteFunc(slices.Clone(r.toks), func(t token) bool { return t.mended })
	bare.lookUp()
	bare.classify()
	return &bare
}
