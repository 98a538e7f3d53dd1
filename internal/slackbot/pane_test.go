package slackbot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
	"github.com/pipewright/pipewright/prompts"
)

func TestTheAssistantPane(t *testing.T) {
	w, s := newWorld(t, hasty), newSlow()
	w.asker = s
	w.start()
	w.failure(1)
	inc, _ := w.failure(2)
	w.card(inc)
	channel, thread := w.slack.OpenPane(ana, "C1")
	w.until("suggestions", func() bool { return len(w.slack.Pane(channel, thread).Prompts) == 4 })
	asks := w.slack.Pane(channel, thread).Prompts
	assert.Contains(t, asks[0], "orders_etl")
	assert.Contains(t, asks, "What waits for me?")
	w.slack.Say(ana, channel, thread, asks[0])
	w.until("it says what it does", func() bool { return strings.Contains(w.slack.Pane(channel, thread).Status, "is looking into it") })
	s.does("search_logs on glue:job/orders_etl")
	w.until("and where", func() bool {
		return strings.Contains(strings.Join(w.slack.Pane(channel, thread).Statuses, ";"), "is looking at the logs of glue:job/orders_etl...")
	})
	close(s.end)
	w.saying(channel, thread, "the heap was full")
	assert.Equal(t, asks[0], w.slack.Pane(channel, thread).Title)
	w.slack.Say(ana, channel, thread, "and now?")
	w.until("a second answer", func() bool { return strings.Count(w.said(channel), "the heap was full") == 2 })
	assert.Equal(t, asks[0], w.slack.Pane(channel, thread).Title, "the title stays")
	w.quiet()
}

func TestThePaneSuggestsFirstWhatIsInTheChannelOneLooksAt(t *testing.T) {
	w := newWorld(t, func(c *slackbot.Config) {
		c.Routes = []slackbot.Route{{Severity: "critical", Channel: "C2"}}
	})
	w.slack.AddChannel("C2")
	w.start()
	for n := 1; n <= 3; n++ {
		inc, _ := w.failure(n)
		w.card(inc)
	}
	channel, thread := w.slack.OpenPane(ana, "")
	w.until("suggestions", func() bool { return len(w.slack.Pane(channel, thread).Prompts) == 4 })
	w.slack.Look(ana, channel, thread, "C1")
	w.quiet()
	assert.Contains(t, w.slack.Pane(channel, thread).Prompts[0], "inc-000")
	w.slack.Fail(slackfake.Fault{Method: "assistant.threads.setSuggestedPrompts", Code: "missing_scope", Needed: "assistant:write"})
	w.slack.OpenPane(ana, "C1")
	w.quiet()
	assert.Contains(t, strings.Join(w.bot.Faults(), " "), "lacks the scope assistant:write")
}

// library is the real prompt library, as cmd hands it over.
type library struct{ *prompts.Library }

func (l library) All() (out []slackbot.Template) {
	for _, p := range l.Prompts() {
		out = append(out, slackbot.Template{Name: p.Name, Usage: p.Usage(), Purpose: p.Purpose})
	}
	return out
}

func (l library) Call(text string) (slackbot.Called, error) {
	c, err := prompts.ShortForm(l.Library, text)
	if err != nil {
		return slackbot.Called{}, err
	}
	r, err := c.Prompt.Render(c.Values)
	return slackbot.Called{Name: c.Name, Inputs: c.Values, Asks: r.Question}, err
}

// parrot answers with what it was asked.
type parrot struct{}

func (parrot) Ask(_ context.Context, q pipewright.Question) (pipewright.Answer, error) {
	return pipewright.Answer{Answer: fmt.Sprintf("asked %q by %q with %v", q.Text, q.Template, q.Inputs)}, nil
}

func TestTemplatesByName(t *testing.T) {
	l, err := prompts.Load([]string{"search_logs", "count_logs", "log_rate", "get_metric", "list_series", "list_runs", "last_good_run", "recent_changes", "schema_history", "lineage", "list_incidents", "get_incident", "list_events", "list_approvals", "list_resources"})
	require.NoError(t, err)
	w := newWorld(t, nil)
	w.asker, w.more = parrot{}, func(p *slackbot.Parts) { p.Templates = library{l} }
	w.start()
	n := 0
	for text, want := range map[string]string{
		"rca glue:job/orders_etl since=2h": `asked "why did glue:job/orders_etl fail in the past 2 hours?" by "root-cause" with map[resource:glue:job/orders_etl since:2h]`,
		"what-changed since=3h":            `by "what-changed" with map[since:3h]`,
		"postmortem inc-0001":              `by "postmortem" with map[incident:inc-0001]`,
		"rca orders_etl since=2h":          `asked "why did orders_etl fail in the last 2h?" by ""`,
		"rca glue:job/orders_etl until=2h": `why did glue:job/orders_etl until=2h fail?`,
		"why did orders fail?":             `asked "why did orders fail?" by ""`,
		"explain inc-0001":                 `asked "explain inc-0001" by ""`,
		"capacity since=2h":                "resource: is needed",
		"postmortem":                       "incident: is needed",
		"rca":                              "resource: is needed",
		"templates":                        "root-cause",
	} {
		w.slack.Slash(ana, "C1", text)
		n++
		w.until("an answer to "+text, func() bool { return len(w.slack.Ephemeral(ana)) == n })
		last := w.slack.Ephemeral(ana)[n-1]
		assert.Contains(t, last.Text+fmt.Sprint(last.Blocks), strings.ReplaceAll(want, "'", "`"), text)
	}
	ts := w.slack.Say(ana, "C1", "", mention+"rca glue:job/orders_etl since=2h")
	w.saying("C1", ts, `by "root-cause"`)
	w.quiet()
}
