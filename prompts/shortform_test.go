package prompts_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/prompts"
)

func TestShortForms(t *testing.T) {
	l := library(t)
	type values = map[string]string
	for text, want := range map[string]struct {
		name   string
		values values
	}{
		"rca glue:job/orders_etl since=2h":            {"root-cause", values{"resource": "glue:job/orders_etl", "since": "2h"}},
		"  RCA   glue:job/orders_etl 2h ":             {"root-cause", values{"resource": "glue:job/orders_etl", "since": "2h"}},
		"root-cause since=2h glue:job/orders_etl":     {"root-cause", values{"resource": "glue:job/orders_etl", "since": "2h"}},
		"rca resource=s3:bucket/a=b":                  {"root-cause", values{"resource": "s3:bucket/a=b"}},
		"rca s3:bucket/a=b":                           {"root-cause", values{"resource": "s3:bucket/a=b"}},
		"rca glue:job/x 1h it was slow all day":       {"root-cause", values{"resource": "glue:job/x", "since": "1h", "note": "it was slow all day"}},
		`rca glue:job/x note="it was \ slow"`:         {"root-cause", values{"resource": "glue:job/x", "note": `it was \ slow`}},
		"rca glue:job/x note=“it was slow”":           {"root-cause", values{"resource": "glue:job/x", "note": "it was slow"}},
		`rca glue:job/x 1h "since=3h is what I said"`: {"root-cause", values{"resource": "glue:job/x", "since": "1h", "note": "since=3h is what I said"}},
		"pm inc-0003": {"postmortem", values{"incident": "inc-0003"}},
		"what-if k8s:deployment/fraud-scorer roll_back": {"what-if", values{"resource": "k8s:deployment/fraud-scorer", "action": "roll_back"}},
		"handover":                {"handover", values{}},
		`rca note="" glue:job/x`:  {"root-cause", values{"resource": "glue:job/x", "note": ""}},
		"why glue:job/orders_etl": {"root-cause", values{"resource": "glue:job/orders_etl"}},
	} {
		t.Run(text, func(t *testing.T) {
			c, err := prompts.ShortForm(l, text)
			require.NoError(t, err)
			assert.Equal(t, want.name, c.Name)
			assert.Equal(t, want.values, c.Values)
		})
	}
	for text, kind := range map[string]pipewright.ErrorKind{
		"": pipewright.Invalid, "  ": pipewright.Invalid, "nothing": pipewright.NotFound, `"rca`: pipewright.Invalid,
		"rca colour=red": pipewright.Invalid, "rca since=1h since=2h": pipewright.Invalid, "handover 12h and more": pipewright.Invalid,
	} {
		_, err := prompts.ShortForm(l, text)
		assert.Equal(t, kind, pipewright.KindOf(err), "%q", text)
	}
}

func TestWordsOfACommandLine(t *testing.T) {
	p, err := library(t).Prompt("rca")
	require.NoError(t, err)
	v, err := prompts.Values(p, []string{"resource=glue:job/orders_etl", "note=two words", "2h"})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"resource": "glue:job/orders_etl", "note": "two words", "since": "2h"}, v)
}

func FuzzShortForm(f *testing.F) {
	for _, s := range []string{"rca glue:job/x since=2h", `rca "a b" c=d`, "“", "rca\u00a0x"} {
		f.Add(s)
	}
	l := library(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := prompts.ShortForm(l, text)
		if err != nil {
			return
		}
		if _, err := c.Prompt.Render(c.Values); err != nil && pipewright.KindOf(err) != pipewright.Invalid {
			t.Fatal(err)
		}
	})
}
