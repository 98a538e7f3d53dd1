package slackbot

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackfake"
)

var update = flag.Bool("update", false, "write the golden cards anew")

var opened = time.Date(2026, 11, 20, 3, 10, 0, 0, time.UTC)

const job pipewright.ResourceID = "glue:job/orders_etl"

// incident is one that waits for a person; edit changes what a case is about.
func incident(edit func(*pipewright.Incident)) pipewright.Incident {
	low, mid, high := 0.84, 0.91, 0.96
	a := pipewright.Action{Kind: "glue.scale_up", Target: job, Risk: pipewright.R1, Args: map[string]string{"workers": "20"}}
	inc := pipewright.Incident{ID: "inc-0007", State: pipewright.Waiting, Title: "run jr_42 failed", Resource: job, Class: "resource_exhaustion", Severity: pipewright.SevWarning,
		OpenedAt: opened, Due: opened.Add(30 * time.Minute), Action: &a, Approval: "ap-0003", Seq: 5,
		Signals: []pipewright.Signal{{Resource: job}, {Resource: "redshift:cluster/warehouse"}, {Resource: "feature:store/orders"}},
		Verdict: &pipewright.Verdict{Ruling: pipewright.Ask, By: "bar", Why: "9 of 10 held, predicted 0.87 (0.78 to 0.94), bar 0.90, so I ask"},
		Decision: &pipewright.Decision{Recovery: &mid, Low: &low, High: &high, DryRun: "UpdateJob orders_etl: NumberOfWorkers 10 -> 20\nStartJobRun orders_etl", Undo: "set it back to 10", Expected: 300,
			Alternatives: []pipewright.Alternative{{Action: pipewright.Action{Kind: "glue.retry", Target: job}, Odds: &pipewright.Odds{Recovery: 0.31, Low: 0.2, High: 0.45}, Why: "memory runs out again"}}},
		Diagnosis: &pipewright.Diagnosis{
			Hypotheses: []pipewright.Hypothesis{{Cause: "memory_exhausted", Class: "resource_exhaustion", Resource: job, Confidence: 0.86, Evidence: []string{"e1", "e2"}, Summary: "The executor ran out of heap while it joined."}},
			Evidence: []pipewright.Evidence{{ID: "e1", Source: job, Kind: pipewright.LogEvidence, Lines: []int64{120, 131}, Link: "https://grafana.example.com/d/1?from=1&to=2", Excerpt: "run failed\n  at Join\nCaused by: java.lang.OutOfMemoryError: Java heap space"},
				{ID: "e2", Source: job, Kind: pipewright.MetricEvidence, Link: "https://evil.example.net/", Excerpt: "memory_percent 99.2 at 03:09"}},
			RuledOut: []pipewright.RuledOut{{Cause: "schema_column_renamed", Why: "the schemas of shop.orders are the same"}},
		}}
	if edit != nil {
		edit(&inc)
	}
	return inc
}

func pendingFor(inc pipewright.Incident) *pipewright.Approval {
	return &pipewright.Approval{ID: "ap-0003", Incident: inc.ID, Action: *inc.Action, ActionHash: inc.Action.Hash(), MayApprove: []string{"ana", "oncall"}, State: pipewright.ApprovalPending, Expires: opened.Add(30 * time.Minute)}
}

// hostile is what somebody may write into a log, a column name or a title.
const hostile = "<!channel> <@UBOSS> <https://evil.example.net|click> `x` ```code``` *bold* \x1b[31mred\x1b[0m \u202egnp.exe \u200b & </b> @here approve ap-0003"

var cases = map[string]func() (pipewright.Incident, *pipewright.Approval){
	"open": func() (pipewright.Incident, *pipewright.Approval) {
		return incident(func(i *pipewright.Incident) {
			i.State, i.Diagnosis, i.Decision, i.Action, i.Verdict, i.Approval, i.Seq = pipewright.Open, nil, nil, nil, nil, "", 1
		}), nil
	},
	"waiting": func() (pipewright.Incident, *pipewright.Approval) { i := incident(nil); return i, pendingFor(i) },
	"waiting for what touches data": func() (pipewright.Incident, *pipewright.Approval) {
		i := incident(func(i *pipewright.Incident) { i.Action.Risk = pipewright.R2 })
		return i, pendingFor(i)
	},
	"waiting for what writes twice": func() (pipewright.Incident, *pipewright.Approval) {
		i := incident(func(i *pipewright.Incident) {
			*i.Action = pipewright.Action{Kind: "glue.retry", Target: job, Risk: pipewright.R0}
			i.Decision.Rerun = &pipewright.Rerun{Verdict: pipewright.RerunUnsafe, Target: job, Run: "jr_42", Why: "run jr_42 left 4 500 of 9 000 rows and it appends, so a second run writes rows twice",
				Evidence: []pipewright.Evidence{{ID: "r1", Source: "redshift:table/fact_orders", Excerpt: "4500 rows of partition 02:40"}}}
			i.Verdict.Why = "not safe to run again: " + i.Decision.Rerun.Why
		})
		return i, pendingFor(i)
	},
	"one of two approved": func() (pipewright.Incident, *pipewright.Approval) {
		i := incident(func(i *pipewright.Incident) { i.Action.Risk, i.Decision.Undo = pipewright.R2, "" })
		ap := pendingFor(i)
		ap.Needs, ap.Given = 2, []pipewright.Signature{{By: "ana", As: "oncall", At: opened.Add(time.Minute)}}
		return i, ap
	},
	"inconclusive": func() (pipewright.Incident, *pipewright.Approval) {
		return incident(func(i *pipewright.Incident) {
			i.State, i.Action, i.Decision, i.Note = pipewright.Escalated, nil, nil, "no cause is likely enough"
			i.Diagnosis.Inconclusive, i.Diagnosis.Unknown = true, []string{"the executor's memory over time"}
		}), nil
	},
	"recovered": func() (pipewright.Incident, *pipewright.Approval) {
		return incident(func(i *pipewright.Incident) {
			i.State, i.EndedAt, i.Note = pipewright.Resolved, opened.Add(11*time.Minute), "jr_43 succeeded"
			i.Attempts = []pipewright.Attempt{{Action: *i.Action, At: opened.Add(5 * time.Minute), Approval: "ap-0003", Receipt: &pipewright.Receipt{Say: "20 workers, run jr_43"}, Verification: pipewright.VerifyRecovered}}
		}), nil
	},
	"hostile": func() (pipewright.Incident, *pipewright.Approval) {
		i := incident(func(i *pipewright.Incident) {
			i.Title, i.Verdict.Why, i.Decision.DryRun, i.Decision.Undo = hostile, hostile, hostile, hostile
			i.Action.Args = map[string]string{hostile: hostile}
			i.Diagnosis.Hypotheses[0].Summary, i.Diagnosis.Evidence[0].Excerpt = hostile, hostile
			i.Diagnosis.Evidence[0].Link = "javascript:alert(1)"
			i.Diagnosis.RuledOut[0].Why = hostile
		})
		return i, pendingFor(i)
	},
}

func rendered(t require.TestingT, v view) ([]any, string) {
	b, err := json.MarshalIndent(slack.Blocks{BlockSet: v.blocks}, "", "  ")
	require.NoError(t, err)
	var blocks []any
	require.NoError(t, json.Unmarshal(b, &blocks))
	return blocks, string(b)
}

func TestGoldenCards(t *testing.T) {
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			inc, ap := make()
			blocks, text := rendered(t, card(inc, frame{zone: time.UTC, links: links{"grafana.example.com"}, approval: ap, causes: true}))
			assert.Empty(t, slackfake.Limits(blocks, 50))
			file := filepath.Join("testdata", "cards", strings.ReplaceAll(name, " ", "_")+".json")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(text+"\n"), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.JSONEq(t, string(want), text)
		})
	}
}

func TestNothingFromOutsideWorksOnACard(t *testing.T) {
	inc, ap := cases["hostile"]()
	v := card(inc, frame{zone: time.UTC, links: links{"grafana.example.com"}, approval: ap})
	blocks, _ := rendered(t, v)
	all := append(texts(blocks), v.text)
	require.Greater(t, len(all), 5)
	for _, s := range all {
		for _, bad := range []string{"<!channel", "<@U", "<http", "javascript:", "\x1b", "\u202e", "\u200b"} {
			assert.NotContains(t, s, bad)
		}
		assert.Zero(t, strings.Count(s, "```")%2, s)
	}
}

// texts are all mrkdwn texts in blocks.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, texts(e)...)
		}
	case map[string]any:
		if s, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
			out = append(out, s)
		}
		for _, e := range v {
			out = append(out, texts(e)...)
		}
	}
	return out
}

func TestAButtonCarriesTheHashAndNeverTheAction(t *testing.T) {
	inc, ap := cases["waiting"]()
	blocks, _ := rendered(t, card(inc, frame{approval: ap}))
	value, ok := slackfake.Message{Blocks: blocks}.Button(actApprove)
	require.True(t, ok)
	m, ok := parseMark(value)
	require.True(t, ok)
	assert.Equal(t, mark{Incident: "inc-0007", Approval: "ap-0003", Hash: inc.Action.Hash()}, m)
	assert.NotContains(t, value, "glue")
}

// Whatever an incident holds, its card is one that Slack takes.
func TestEveryCardKeepsToTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(hostile), rapid.Map(rapid.IntRange(0, 5000), func(n int) string { return strings.Repeat("`<&\n", n) }), rapid.Just(""))
		inc := incident(func(i *pipewright.Incident) {
			i.State = rapid.SampledFrom(pipewright.States).Draw(t, "state")
			i.Title, i.Note, i.Verdict.Why = text.Draw(t, "title"), text.Draw(t, "note"), text.Draw(t, "why")
			i.Resource = pipewright.ResourceID(text.Draw(t, "resource"))
			i.Decision.DryRun, i.Decision.Undo = text.Draw(t, "dry run"), text.Draw(t, "undo")
			for n := range rapid.IntRange(0, 60).Draw(t, "args") {
				i.Action.Args[fmt.Sprint(n)] = text.Draw(t, "arg")
			}
			for range rapid.IntRange(0, 20).Draw(t, "attempts") {
				i.Attempts = append(i.Attempts, pipewright.Attempt{Action: *i.Action, At: opened, Receipt: &pipewright.Receipt{Say: text.Draw(t, "say")}})
			}
			i.Diagnosis.Hypotheses[0].Cause, i.Diagnosis.Evidence[0].Excerpt = text.Draw(t, "cause"), text.Draw(t, "excerpt")
		})
		v := card(inc, frame{zone: time.UTC, approval: pendingFor(inc)})
		blocks, _ := rendered(t, v)
		require.Empty(t, slackfake.Limits(blocks, 50))
		require.LessOrEqual(t, len([]rune(v.text)), maxText)
	})
}

func TestAnAnswerOfAnyLengthKeepsToTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(hostile), rapid.Map(rapid.IntRange(0, 9000), func(n int) string { return strings.Repeat("word `<&> ", n) }))
		a := pipewright.Answer{Answer: text.Draw(t, "answer"), Choices: rapid.SliceOf(text).Draw(t, "choices"),
			Evidence:  []pipewright.Evidence{{ID: text.Draw(t, "id"), Excerpt: text.Draw(t, "excerpt"), Link: text.Draw(t, "link")}},
			Proposals: []pipewright.Proposal{{Why: text.Draw(t, "why")}}}
		v, _ := answerView(a, frame{})
		blocks, _ := rendered(t, v)
		require.Empty(t, slackfake.Limits(blocks, 50))
	})
}

func TestLinksLeadOnlyWhereTheyMay(t *testing.T) {
	l := links{"grafana.example.com", "*.aws.amazon.com"}
	for address, want := range map[string]string{
		"https://grafana.example.com/d/1?a=1&b=2":  "<https://grafana.example.com/d/1?a=1&amp;b=2|e1>",
		"https://x.console.aws.amazon.com/":        "<https://x.console.aws.amazon.com/|e1>",
		"https://aws.amazon.com.evil.net/":         "e1",
		"https://evil.net/grafana.example.com":     "e1",
		"https://grafana.example.com@evil.net/":    "e1",
		"javascript:alert(1)":                      "e1",
		"https://grafana.example.com/>|<!channel>": "e1",
		"": "e1",
		"https://grafana.example.com/\u202egnp.html": "e1",
	} {
		assert.Equal(t, want, l.to(address, "e1"), address)
	}
}

func TestWhatAPersonSaidThemselves(t *testing.T) {
	for text, want := range map[string]string{
		"<@UBOT> why did <#C1|orders> fail?":             "why did #orders fail?",
		"&gt; approve it\nno":                            "no",
		"<@UBOT> &gt; approve it":                        "",
		"look ```\napprove it\n``` here":                 "look here",
		"look ``` approve it":                            "look",
		"see <https://x.example.com|the run> &amp; tell": "see “the run” & tell",
		"<!here> ping <@U2|ben>":                         "!here ping @ben",
	} {
		assert.Equal(t, want, own(text, "UBOT"), text)
	}
}
