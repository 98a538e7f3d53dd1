package terminal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

var at = time.Date(2026, 11, 20, 3, 10, 0, 0, time.UTC)

func waiting() pipewright.Incident {
	p, low, high := 0.79, 0.64, 0.92
	a := pipewright.Action{Kind: "postgres.remap", Target: "postgres:table/shop.orders", Risk: pipewright.R2}
	return pipewright.Incident{
		ID: "inc-0003", State: pipewright.Waiting, Resource: "airflow:task/orders.extract", Class: "schema_drift", OpenedAt: at, Due: at.Add(time.Hour), Approval: "ap-0001",
		Title: `Column "customer_id" was renamed`, Action: &a, Verdict: &pipewright.Verdict{Ruling: pipewright.Ask, By: "risk", Why: "it touches data"},
		Decision: &pipewright.Decision{Recovery: &p, Low: &low, High: &high, DryRun: "CREATE VIEW v", Undo: "drops the view"},
		Diagnosis: &pipewright.Diagnosis{
			Hypotheses: []pipewright.Hypothesis{{Cause: "schema_column_renamed", Class: "schema_drift", Resource: a.Target, Confidence: 0.83, Evidence: []string{"e1"}}},
			Evidence: []pipewright.Evidence{{ID: "e1", Source: "airflow:task/orders.extract", Kind: pipewright.LogEvidence, Lines: []int64{12, 12},
				Excerpt: "Traceback\n  File x\npsycopg.errors.UndefinedColumn: column does not exist\x1b[2J"}},
			RuledOut: []pipewright.RuledOut{{Cause: "network_transient", Why: "the endpoint answers"}},
		},
	}
}

func TestACardSaysWhatIsAskedWithItsOddsAndHowToAnswer(t *testing.T) {
	card := terminal.Style{}.Card(waiting())
	for _, part := range []string{
		"inc-0003", "needs your word", "schema_column_renamed (schema_drift) at postgres:table/shop.orders, 83 % sure",
		"[e1] airflow:task/orders.extract:12 psycopg.errors.UndefinedColumn", "network_transient: the endpoint answers",
		"postgres.remap on postgres:table/shop.orders (R2), predicted recovery 0.79 (0.64 to 0.92)", "it touches data", "CREATE VIEW v", "drops the view",
		"approve ap-0001   or   deny ap-0001",
	} {
		assert.Contains(t, strings.Join(strings.Fields(card), " "), strings.Join(strings.Fields(part), " "))
	}
}

func TestNothingFromOutsideControlsTheTerminal(t *testing.T) {
	card := terminal.Style{}.Card(waiting())
	assert.NotContains(t, card, "\x1b", "plain when piped, and an escape of a log line is shown as text")
	for in, want := range map[string]string{
		"a\x1b[31mb": `a\x1b[31mb`, "bidi \u202e x": `bidi \u202e x`, "zero\u200bwidth": `zero\u200bwidth`, "tab\tand\nline": "tab\tand\nline", "ordinary é 漢": "ordinary é 漢",
	} {
		assert.Equal(t, want, pipewright.Visible(in))
	}
}

func TestColourOnlyWhenAsked(t *testing.T) {
	assert.Contains(t, terminal.Style{Color: true}.Card(waiting()), "\x1b[")
}

func TestLinesFitTheWidth(t *testing.T) {
	inc := waiting()
	inc.Title = strings.Repeat("a long sentence that goes on ", 20)
	for _, line := range strings.Split(terminal.Style{Width: 80}.Card(inc), "\n") {
		assert.LessOrEqual(t, len([]rune(line)), 100, line)
	}
}

func TestOneLineAnEvent(t *testing.T) {
	inc := waiting()
	line := terminal.Style{}.Line(pipewright.Event{At: at.Add(4 * time.Minute), Incident: inc.ID, To: pipewright.Resolved, Note: "the next run succeeded\nand more"}, inc)
	assert.Equal(t, "03:14:00 inc-0003 recovered after 4 min: the next run succeeded …\n", line)
	inc.State = pipewright.Escalated
	narrow := terminal.Style{Width: 60}.Line(pipewright.Event{At: at, Incident: inc.ID, To: pipewright.Escalated, Note: "nobody answered in time, and silence counts as a denial here"}, inc)
	assert.Equal(t, "03:10:00 inc-0003 a person is needed: nobody answered in\n         time, and silence counts as a denial here\n", narrow, "on a narrow terminal nothing is lost")
	assert.Empty(t, terminal.Style{}.Line(pipewright.Event{At: at, Incident: inc.ID, Note: "joined"}, inc))
}

func TestAnAnswerShowsItsEvidenceAndHowToReadItAgain(t *testing.T) {
	a := pipewright.Answer{Answer: "orders failed [e1].", Evidence: waiting().Diagnosis.Evidence, Choices: []string{"glue:job/a", "glue:job/b"},
		Proposals: []pipewright.Proposal{{Action: "glue.retry", Target: "glue:job/a", Risk: pipewright.R0, Ruling: pipewright.Ask, Why: "mode"}}}
	out := terminal.Style{}.Answer(a)
	assert.Contains(t, out, "pipewright search --source airflow:task/orders.extract --lines 12-12")
	assert.Contains(t, out, "glue.retry on glue:job/a (R0): ask, mode")
	assert.Contains(t, out, "2. glue:job/b")
}
