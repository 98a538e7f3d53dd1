package retrieval_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
)

var placeholder = regexp.MustCompile(`\[redacted:[a-z_]+:[0-9a-f]{6}\]`)

func TestNoPlaceholderIsCutInAPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"password=", "[redacted:aws_secret_access_key:3f9a1c]", "boom", "\n\tat com.shop.Load.run(Load.java:31)", " ", "\n", ",", "x=1&",
			strings.Repeat("long", 40), "[redacted:email:abc123]"}), 1, 120).Draw(t, "parts")
		x := retrieval.NewIndex()
		for i := range 3 {
			d := retrieval.Document{ID: fmt.Sprint("d", i), Kind: retrieval.KindLog, Resource: "glue:job/orders_etl", Level: pipewright.Err, At: night,
				Text: fmt.Sprint("boom ", i, " ", strings.Join(parts, ""))}
			if err := x.Add(d); err != nil {
				t.Fatal(err)
			}
		}
		budget := rapid.IntRange(10, 2000).Draw(t, "budget")
		found, err := x.Pack(retrieval.Query{Text: "boom"}, budget)
		if err != nil {
			t.Fatal(err)
		}
		tokens := 0
		for _, p := range found {
			tokens += p.Tokens
			if rest := placeholder.ReplaceAllString(p.Text, ""); strings.Contains(rest, "redact") || strings.Contains(rest, "3f9a1c") || strings.Contains(rest, "abc123") {
				t.Fatalf("%q", p.Text)
			}
		}
		if tokens > budget {
			t.Fatalf("%d tokens of %d", tokens, budget)
		}
	})
}

func TestAWholeRecordWithASecretFits(t *testing.T) {
	x := retrieval.NewIndex()
	require.NoError(t, x.Add(retrieval.Document{ID: "d", Kind: retrieval.KindLog, Resource: "glue:job/orders_etl", At: night, Text: "boom password=[redacted:secret:3f9a1c]"}))
	found, err := x.Pack(retrieval.Query{Text: "boom"}, 100)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Contains(t, found[0].Text, "[redacted:secret:3f9a1c]")
}
