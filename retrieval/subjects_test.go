package retrieval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/retrieval/template"
)

const runbook = `# Orders

Owned by the data team.

## Load fails

Look at the schema first:

` + "```sh\n# a comment, no heading\npsql -c '\\d orders'\n```" + `

| error | what to do |
|---|---|
| KeyError | remap the column |

## Late
Wait an hour.
`

func TestARunbookIsCutAtItsHeadings(t *testing.T) {
	docs := retrieval.OfRunbook("orders.md", runbook)
	require.Len(t, docs, 3)
	require.Equal(t, "orders.md > Orders\nOwned by the data team.", docs[0].Text)
	require.True(t, strings.HasPrefix(docs[1].Text, "orders.md > Orders > Load fails\nLook at"))
	require.Contains(t, docs[1].Text, "# a comment, no heading")
	require.Contains(t, docs[1].Text, "| error | what to do |\n|---|---|\n| KeyError")
	require.Equal(t, "orders.md > Orders > Late\nWait an hour.", docs[2].Text)
	lines := strings.Split(runbook, "\n")
	for _, d := range docs {
		cited := strings.Join(lines[d.Citation.FirstLine-1:min(int(d.Citation.LastLine), len(lines))], "\n")
		_, body, _ := strings.Cut(d.Text, "\n")
		require.Contains(t, cited, body)
	}
	require.Empty(t, retrieval.OfRunbook("empty.md", ""))
	long := retrieval.OfRunbook("long.md", strings.Repeat(strings.Repeat("word ", 40)+"\n\n", 60))
	require.Greater(t, len(long), 3)
	for _, d := range long {
		require.Less(t, retrieval.Tokens(d.Text), 500)
	}
}

func TestEverySubjectIsFoundByWhatPeopleAsk(t *testing.T) {
	m := template.New(template.Options{})
	for _, l := range []string{"Partition rdd_11_0 not found, computing it", "Partition rdd_11_7 not found, computing it"} {
		m.Add(template.Line{Text: []byte(l), At: night, Level: template.Warning})
	}
	up, ok := retrieval.ShapeOf(series(hour, func(m float64) float64 { return m }), hour)
	require.True(t, ok)
	docs := []retrieval.Document{
		retrieval.OfTemplate("glue:job/orders_etl", hour, m.View().Templates[0]),
		retrieval.OfRun(pipewright.Run{Resource: "glue:job/payroll", ID: "jr_7", State: pipewright.RunFailed, Error: "Connection to 10.1.2.3 timed out"}),
		retrieval.OfChange(pipewright.Change{ID: "c1", Resource: "postgres:table/shop.orders", Kind: pipewright.ChangeSchema, Summary: `column "customer_id" renamed to "buyer_id"`, At: night}),
		retrieval.OfIncident(pipewright.Incident{ID: "inc-9", State: pipewright.Resolved, Title: "DAG late", Resource: "airflow:dag/orders", Class: "upstream_late", OpenedAt: night.Add(-time.Hour),
			Attempts: []pipewright.Attempt{{Action: pipewright.Action{Kind: "airflow.reschedule", Target: "airflow:dag/orders"}, Verification: pipewright.VerifyRecovered}}}),
		retrieval.OfWindow(pipewright.SeriesName{Resource: "redshift:cluster/dw", Metric: "queue_seconds"}, hour, up),
	}
	docs = append(docs, retrieval.OfRunbook("orders.md", runbook)...)
	x := retrieval.NewIndex()
	for _, d := range docs {
		add(t, x, d)
	}
	for question, want := range map[string]string{
		"was rdd_11_7 computed again":              docs[0].ID,
		"which run had its connection time out":    docs[1].ID,
		"did somebody rename customer_id":          docs[2].ID,
		"when was the DAG late and rescheduled":    docs[3].ID,
		"is queue_seconds increasing":              docs[4].ID,
		"what does the runbook say about KeyError": docs[6].ID,
	} {
		hits, err := x.Search(retrieval.Query{Text: question})
		require.NoError(t, err)
		require.NotEmpty(t, hits, question)
		require.Equal(t, want, hits[0].Document.ID, question)
	}
}
