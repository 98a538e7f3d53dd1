package ask_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func ask1(t *testing.T, s *shop, text string) pipewright.Answer {
	t.Helper()
	a, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", Thread: "t", Surface: "chat", At: now})
	require.NoError(t, err)
	return a
}

// rerunsOf puts a verdict into the newest incident of the shop.
func rerunsOf(s *shop, verdict pipewright.RerunVerdict, why string) {
	fact := s.id("redshift:table/fact_orders")
	s.incidents[2].Decision.Rerun = &pipewright.Rerun{Verdict: verdict, Why: why, Target: s.id("glue:job/orders_etl"), Run: "r100",
		Evidence: []pipewright.Evidence{{ID: "r1", Source: fact, Kind: pipewright.RunEvidence, Query: "rows since", Start: ago(30 * time.Minute), End: now, Excerpt: "4 500 of 9 000 rows of 02:40"}}}
}

func TestWhetherItIsSafeToRunAgainIsAnsweredFromWhatIsThere(t *testing.T) {
	for _, text := range []string{"was it safe to rerun <J>", "is it safe to retry <J>", "can I run <J> again", "would a retry of <J> write rows twice", "is <J> idempotent", "is it safe to rerun the etl", "was it safe to rerun the etl job", "any risk in rerunning <J>"} {
		for _, names := range []map[string]string{nil, renamed(9)} {
			s := newShop(names)
			rerunsOf(s, pipewright.RerunUnsafe, "run r100 left 4 500 of 9 000 rows and it appends, so a second run writes rows twice")
			asked := spoken(s, text)
			if names != nil && asked == text {
				continue // "the etl" is a name of the usual shop
			}
			a := ask1(t, s, asked)
			assert.Equal(t, pipewright.Intent("what_if"), a.Intent, asked)
			assert.Contains(t, a.Answer, "It is not safe to run "+string(s.id("glue:job/orders_etl"))+" again: run r100 left 4 500 of 9 000 rows", asked)
			assert.NotContains(t, a.Answer, "would recover it with chance", asked)
			require.NotEmpty(t, a.Evidence, asked)
			assert.Equal(t, "4 500 of 9 000 rows of 02:40", a.Evidence[0].Excerpt, asked)
			assert.Empty(t, s.requests, asked)
		}
	}
}

func TestTheVerdictOnARerunByWhatWasRead(t *testing.T) {
	for verdict, says := range map[pipewright.RerunVerdict]string{
		pipewright.RerunSafe:    "It is safe to run glue:job/orders_etl again: because",
		pipewright.RerunUnknown: "Whether it is safe to run glue:job/orders_etl again is not known: because",
	} {
		s := newShop(nil)
		rerunsOf(s, verdict, "because")
		assert.Contains(t, ask1(t, s, "is it safe to retry orders_etl").Answer, says)
	}
	a := ask1(t, newShop(nil), "is it safe to retry orders_etl")
	assert.Contains(t, a.Answer, "Not known: no failed run of glue:job/orders_etl was read for what it left", "nobody judged it")
	assert.Contains(t, a.Answer, "Its newest failed run is r100", "and what would be judged")
	assert.Equal(t, pipewright.InconclusiveV, a.Verdict)
}

func TestARunSinceTheVerdictIsTold(t *testing.T) {
	s := newShop(nil)
	rerunsOf(s, pipewright.RerunSafe, "the failed run left no rows")
	id := s.id("glue:job/orders_etl")
	s.runs = append(s.runs, pipewright.Run{Resource: id, ID: "r101", Attempt: 1, State: pipewright.RunSucceeded, Started: ago(5 * time.Minute), Ended: ago(time.Minute)})
	assert.Contains(t, ask1(t, s, "is it safe to retry orders_etl").Answer, "It has run since: run r101 began Thu 19 Nov 03:05 UTC and succeeded")
}
