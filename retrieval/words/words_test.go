package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval/words"
)

func TestTerms(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []words.Term
	}{
		"words and a number":    {"Took 3200 ms.", []words.Term{{Text: "took"}, {Text: "3200", Kind: words.Number}, {Text: "ms"}}},
		"a decimal stays whole": {"stage 29.0", []words.Term{{Text: "stage"}, {Text: "29.0", Kind: words.Number}}},
		"an identifier":         {"orders_etl", []words.Term{{Text: "orders_etl", Kind: words.Identifier, Parts: []string{"orders", "etl"}}}},
		"a partition":           {"rdd_11_0,", []words.Term{{Text: "rdd_11_0", Kind: words.Identifier, Parts: []string{"rdd"}}}},
		"an error's name":       {"NoRouteToHostException:", []words.Term{{Text: "noroutetohostexception", Kind: words.Identifier, Parts: []string{"no", "route", "to", "host", "exception"}, Known: true}}},
		"an address and a port": {"/10.1.2.3:4711", []words.Term{{Text: "10.1.2.3", Kind: words.Address}, {Text: "4711", Kind: words.Number}}},
		"a key and its value":   {"uid=0", []words.Term{{Text: "uid"}, {Text: "0", Kind: words.Number}}},
		"nothing but marks":     {" ... -- :", nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, words.Terms(c.in))
		})
	}
}

func TestFormsOfAWordHaveOneStem(t *testing.T) {
	for stem, forms := range map[string][]string{
		"fail":    {"fail", "fails", "failed", "failing", "failure", "failures"},
		"stop":    {"stop", "stops", "stopped", "stopping"},
		"complet": {"complete", "completes", "completed", "completing", "completion"},
		"retry":   {"retry", "retries"},
		"connect": {"connect", "connected", "connection", "connections"},
		"process": {"process", "processed", "processing"},
	} {
		for _, f := range forms {
			require.Equal(t, stem, words.Stem(f), f)
		}
	}
}

func TestConcepts(t *testing.T) {
	require.Equal(t, words.Concept(words.Stem("memory")), words.Concept(words.Stem("heap")))
	require.NotEqual(t, words.Concept(words.Stem("memory")), words.Concept(words.Stem("column")))
	require.Empty(t, words.Concept("pelican"))
}

func FuzzTerms(f *testing.F) {
	f.Add("a::b://x \\ 0x ..__-")
	f.Fuzz(func(t *testing.T, s string) {
		for _, term := range words.Terms(s) {
			require.NotEmpty(t, term.Text)
			words.Stem(term.Text)
		}
	})
}
