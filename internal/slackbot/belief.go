package slackbot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// What is believed to be wrong, with the evidence for it.

// summaryOf is the sentence of the likeliest cause, which may say all that the title does.
func summaryOf(inc pipewright.Incident) string {
	if inc.Diagnosis == nil || inc.Class == pipewright.ClassRequested {
		return ""
	}
	top, sure := inc.Diagnosis.Top()
	if !sure {
		return ""
	}
	return top.Summary
}

func noStars(text string) string { return strings.ReplaceAll(text, "*", "∗") }

// shownEvidence bounds the evidence on a card; "Ask more" has the rest.
const (
	shownEvidence = 4
	shownRuledOut = 3
	shownChecks   = 2
)

// diagnosis tells the cause; the sentence of it is left out where the header said it.
func (f frame) diagnosis(d pipewright.Diagnosis, said string) []slack.Block {
	var lines []string
	top, sure := d.Top()
	switch {
	case sure:
		lines = append(lines, fmt.Sprintf("*Cause* %s (%s) at %s, *%s sure*", code(top.Cause), classWords(top.Class), code(string(top.Resource)), percent(top.Confidence)))
		if top.Summary != "" && top.Summary != said {
			lines = append(lines, plain(firstLine(top.Summary, 300)))
		}
	default:
		lines = append(lines, "*Cause* inconclusive"+others(d.Hypotheses))
	}
	if len(d.Hypotheses) > 0 {
		lines = append(lines, f.evidence(d, d.Hypotheses[0].Evidence)...)
	}
	for _, c := range pipewright.Worthiest(d.Checked, shownChecks) {
		lines = append(lines, "*I checked* "+plain(firstLine(c.Sentence(), 400)))
	}
	for i, r := range d.RuledOut[:min(shownRuledOut, len(d.RuledOut))] {
		if i == 0 {
			lines = append(lines, "*Ruled out*")
		}
		lines = append(lines, fmt.Sprintf("• %s: %s", code(r.Cause), plain(firstLine(r.Why, 200))))
	}
	if !sure && len(d.Unknown) > 0 {
		lines = append(lines, "*Would settle it* "+plain(firstLine(strings.Join(d.Unknown[:min(2, len(d.Unknown))], "; "), 300)))
	}
	return sections(strings.Join(lines, "\n"), 2)
}

func others(hs []pipewright.Hypothesis) string {
	var parts []string
	for _, h := range hs[:min(3, len(hs))] {
		parts = append(parts, code(h.Cause)+" "+percent(h.Confidence))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// evidence is shown once where a log line and the error of its run say the same.
func (f frame) evidence(d pipewright.Diagnosis, ids []string) (lines []string) {
	at := map[string]int{}
	for _, e := range d.Evidence {
		if !slices.Contains(ids, e.ID) {
			continue
		}
		key := fmt.Sprint(e.Source, "\x00", keyLine(e.Excerpt))
		if i, said := at[key]; said {
			lines[i] += ", also [" + plain(e.ID) + "]"
		} else if len(lines) < shownEvidence {
			at[key] = len(lines)
			lines = append(lines, "• "+f.cite(e))
		}
	}
	return lines
}

// cite is one piece of evidence: its id, linked when the link may be followed, where
// it was read and the line that says it.
func (f frame) cite(e pipewright.Evidence) string {
	where := string(e.Source)
	if len(e.Lines) == 2 {
		where = fmt.Sprintf("%s:%d", where, e.Lines[0])
	}
	return fmt.Sprintf("%s %s %s", f.links.to(e.Link, "["+plain(e.ID)+"]"), plain(where), code(cut(keyLine(e.Excerpt), 180)))
}

// keyLine is the line of a record that names the failure: the last "Caused by" or
// error line, else the first.
func keyLine(excerpt string) string {
	lines := strings.Split(excerpt, "\n")
	for i := len(lines) - 1; i > 0; i-- {
		l := strings.TrimSpace(lines[i])
		if strings.HasPrefix(l, "Caused by:") || l != "" && lines[i][0] != ' ' && lines[i][0] != '\t' && strings.Contains(l, "rror") {
			return l
		}
	}
	return lines[0]
}
