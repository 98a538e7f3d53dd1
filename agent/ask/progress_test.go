package ask_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// watched asks a question and returns what was shown before the answer.
func watched(t *testing.T, d ask.Deps, text string) (pipewright.Answer, *[]pipewright.Progress) {
	t.Helper()
	shown := &[]pipewright.Progress{}
	a, err := ask.New(d).Ask(context.Background(), pipewright.Question{Text: text, Asker: "ann", Thread: "t", At: now,
		Watch: func(p pipewright.Progress) { *shown = append(*shown, p) }})
	require.NoError(t, err)
	return a, shown
}

func texts(shown []pipewright.Progress, kind pipewright.ProgressKind) []string {
	var out []string
	for _, p := range shown {
		if p.Kind == kind {
			out = append(out, p.Text)
		}
	}
	return out
}

func TestTheBuiltInPlannerTellsItsStepsAndClaims(t *testing.T) {
	_, shown := watched(t, newShop(nil).deps(t), "how many errors did glue:job/orders_etl log today?")
	assert.Contains(t, texts(*shown, pipewright.ProgressStep), "count_logs on glue:job/orders_etl")
	a, shown := watched(t, newShop(nil).deps(t), "why did glue:job/orders_etl fail?")
	steps, claims := texts(*shown, pipewright.ProgressStep), texts(*shown, pipewright.ProgressClaim)
	assert.Contains(t, steps, "list_incidents")
	require.NotEmpty(t, claims)
	for _, c := range claims {
		assert.Contains(t, a.Answer, strings.TrimSuffix(c, "."))
	}
}

func TestClaimsAreShownAsTheyAreWritten(t *testing.T) {
	d := newShop(nil).deps(t)
	text := answers("action_required", dropped, "It will be 99 soon. | e1", renamedAt).json()
	d.Model = plays(readFailure, func(p ask.Prompt) (ask.Reply, error) {
		for i := 0; i < len(text); i += 5 {
			p.OnText(text[i:min(i+5, len(text))])
			if strings.Contains(text[:min(i+5, len(text))], `"e3"`) {
				break
			}
		}
		return ask.Reply{Text: text}, nil
	})
	a, shown := watched(t, d, "why did orders_etl fail?")
	assert.Equal(t, "model", a.Planner)
	assert.Contains(t, texts(*shown, pipewright.ProgressStep), "search_logs on glue:job/orders_etl")
	claims := texts(*shown, pipewright.ProgressClaim)
	assert.Equal(t, "UndefinedColumn: the column customer_id does not exist.", claims[0])
	assert.Len(t, filterText(claims, claims[0]), 1, "shown once, while it streams and not again")
	assert.NotContains(t, strings.Join(claims, "\n"), "99")
	assert.Contains(t, strings.Join(a.Unknown, "\n"), "1 sentence of the model left out", "counted once")
}

func filterText(s []string, want string) []string {
	return filter(s, func(x string) bool { return x == want })
}

func TestWhatIsShownBeforeTheAnswerHoldsNoSecret(t *testing.T) {
	d := newShop(nil).deps(t)
	text := answers("no_action", "The column hunter2 does not exist. | e1").json()
	hide := func(s string) string { return strings.ReplaceAll(s, "hunter2", "[redacted]") }
	d.Model = ask.Redacted(plays(readFailure, func(p ask.Prompt) (ask.Reply, error) {
		for _, r := range text {
			p.OnText(string(r))
		}
		return ask.Reply{Text: text}, nil
	}), hide)
	_, shown := watched(t, d, "why did orders_etl fail?")
	assert.Contains(t, texts(*shown, pipewright.ProgressClaim), "The column [redacted] does not exist.")
}

// waits is a model that says nothing until its question is over; began is closed when it is asked.
type waits struct{ began chan struct{} }

func (w waits) Chat(ctx context.Context, _ ask.Prompt) (ask.Reply, error) {
	close(w.began)
	<-ctx.Done()
	return ask.Reply{}, pipewright.Errorf(pipewright.Unavailable, "llm: ask m: %w", ctx.Err())
}

func TestAStoppedQuestionEndsAndReadsNothingMore(t *testing.T) {
	s := newShop(nil)
	d := s.deps(t)
	m := waits{make(chan struct{})}
	d.Model = m
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		<-m.began
		stop()
	}()
	var shown []pipewright.Progress
	_, err := ask.New(d).Ask(ctx, pipewright.Question{Text: "why did orders_etl fail?", Asker: "ann", Thread: "t", At: now, Watch: func(p pipewright.Progress) { shown = append(shown, p) }})
	require.ErrorIs(t, err, context.Canceled)
	assert.Contains(t, err.Error(), "the question was stopped before it was answered")
	assert.Empty(t, shown, "the built-in planner was not set to work")
	assert.Empty(t, s.threads)
}

func TestAStoppedQuestionOfTheBuiltInPlannerEnds(t *testing.T) {
	s := newShop(nil)
	ctx, stop := context.WithCancel(context.Background())
	steps := 0
	_, err := s.asker(t).Ask(ctx, pipewright.Question{Text: "why did orders_etl fail?", Asker: "ann", Thread: "t", At: now, Watch: func(pipewright.Progress) {
		steps++
		stop()
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.Contains(t, err.Error(), "was stopped")
	assert.Equal(t, 1, steps)
}

func TestASlowModelLeavesTheBuiltInPlannerItsTime(t *testing.T) {
	d := newShop(nil).deps(t)
	d.Budget.Time = time.Minute
	for name, ctx := range map[string]func() (context.Context, context.CancelFunc){
		"the model's own bound": func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
		"the surface's bound": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 300*time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d.Model, d.Limits = waits{make(chan struct{})}, ask.Limits{Time: 20 * time.Millisecond}
			if name == "the surface's bound" {
				d.Limits.Time = time.Minute
			}
			ctx, stop := ctx()
			defer stop()
			a, err := ask.New(d).Ask(ctx, pipewright.Question{Text: "why did orders_etl fail?", Asker: "ann", Thread: "t", At: now})
			require.NoError(t, err)
			assert.Equal(t, "builtin", a.Planner)
			assert.Contains(t, a.Answer, "customer_id")
			assert.Contains(t, a.Answer, "it did not answer within")
		})
	}
}
