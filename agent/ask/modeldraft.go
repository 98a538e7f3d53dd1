package ask

import (
	"math"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// draft is the model's answer before it is held against the evidence.
type draft struct {
	verdict    pipewright.AnswerVerdict
	resources  []string
	claims     []draftClaim
	hypotheses []draftHypothesis
	proposals  []draftProposal
	unknown    []string
	choices    []string
}

type draftClaim struct {
	text     string
	evidence []string
}

type draftHypothesis struct {
	cause      string
	resource   string
	confidence float64 // NaN when none was given
}

type draftProposal struct {
	action pipewright.ActionKind
	target pipewright.ResourceID
	args   bool // arguments were given; they are not taken
}

// readDraft reads the agreed form, tolerantly. ok is false when the text has neither a
// claim nor a verdict.
func readDraft(text string) (d draft, ok bool) {
	v, ok := readObject(text)
	if !ok {
		return d, false
	}
	d.verdict = pipewright.AnswerVerdict(textOf(v["verdict"]))
	d.resources, d.unknown, d.choices = textsOf(v["resources"]), textsOf(v["unknown"]), textsOf(v["choices"])
	for _, c := range listOf(v["claims"]) {
		switch c := c.(type) {
		case map[string]any:
			d.claims = append(d.claims, draftClaim{textOf(c["text"]), textsOf(c["evidence"])})
		case string:
			d.claims = append(d.claims, draftClaim{text: c})
		}
	}
	for _, h := range objectsOf(v["hypotheses"]) {
		c, given := h["confidence"].(float64)
		if !given || math.IsNaN(c) || c < 0 || c > 1 {
			c = math.NaN()
		}
		d.hypotheses = append(d.hypotheses, draftHypothesis{textOf(h["cause"]), textOf(h["resource"]), c})
	}
	for _, p := range objectsOf(v["proposals"]) {
		d.proposals = append(d.proposals, draftProposal{pipewright.ActionKind(textOf(p["action"])), pipewright.ResourceID(textOf(p["target"])), p["args"] != nil})
	}
	return d, d.verdict != "" || len(d.claims) > 0
}

func textOf(v any) string { s, _ := v.(string); return strings.TrimSpace(s) }

func listOf(v any) []any {
	list, _ := v.([]any)
	return list[:min(len(list), 40)]
}

func objectsOf(v any) []map[string]any {
	var out []map[string]any
	for _, o := range listOf(v) {
		if m, ok := o.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func textsOf(v any) []string {
	if s, ok := v.(string); ok && s != "" {
		return []string{s}
	}
	var out []string
	for _, o := range listOf(v) {
		switch x := o.(type) {
		case string:
			out = append(out, strings.TrimSpace(x))
		case float64:
			out = append(out, strconv.FormatFloat(x, 'f', -1, 64))
		}
	}
	return out
}
