package retrieval

import (
	"fmt"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/template"
)

// examplesOf is how many words that fill a variable a template's document names.
const examplesOf = 12

// OfTemplate is the document of a template in a window: what is embedded in place of its
// lines. The words that fill its variables are in it, so that one of them is found too.
func OfTemplate(r pipewright.ResourceID, w pipewright.Window, t template.Template) Document {
	var b strings.Builder
	if len(t.Examples) > 0 {
		b.WriteString(t.Examples[0])
	}
	fmt.Fprintf(&b, "\n%s (%d lines)", t.Text, t.Count)
	for _, values := range t.Values {
		fmt.Fprintf(&b, "\n<*>: %s", strings.Join(values[:min(len(values), examplesOf)], ", "))
	}
	d := Document{ID: fmt.Sprintf("template:%s:%s:%d", r, t.ID, w.Start.Unix()), Kind: KindLog, Resource: r, At: w.Start, Text: b.String(), Citation: Citation{Source: string(r)}}
	if len(t.Examples) > 0 {
		d.Meaning = t.Examples[0]
	}
	switch {
	case t.Level >= template.Error:
		d.Level = pipewright.Err
	case t.Level == template.Warning:
		d.Level = pipewright.Warn
	}
	return d
}

// OfRun is the document of a run: its state and its error.
func OfRun(r pipewright.Run) Document {
	text := fmt.Sprintf("run %s of %s, attempt %d, %s", r.ID, r.Resource, r.Attempt, r.State)
	d := Document{ID: fmt.Sprintf("run:%s:%s:%d", r.Resource, r.ID, r.Attempt), Kind: KindRun, Resource: r.Resource, Run: r.ID, At: r.Started, Citation: Citation{Source: string(r.Resource)}}
	if r.Error != "" {
		text += "\n" + r.Error
		d.Level = pipewright.Err
	}
	d.Text = text
	d.Meaning = fmt.Sprintf("run of %s %s\n%s", r.Resource, r.State, r.Error) // what its other runs may share
	d.Terms = Terms(d.Meaning)
	return d
}

// OfChange is the document of a change.
func OfChange(c pipewright.Change) Document {
	text := fmt.Sprintf("%s of %s changed: %s", c.Kind, c.Resource, c.Summary)
	if c.By != "" {
		text += " by " + c.By
	}
	if c.Before != "" || c.After != "" {
		text += fmt.Sprintf("\nbefore: %s\nafter: %s", c.Before, c.After)
	}
	return Document{ID: "change:" + c.ID, Kind: KindChange, Resource: c.Resource, At: c.At, Text: text, Terms: Terms(text), Citation: Citation{Source: string(c.Resource)}}
}

// OfIncident is the document of a past incident: what it was, what was found, what was
// tried and what came of it.
func OfIncident(i pipewright.Incident) Document {
	lines := []string{fmt.Sprintf("%s on %s: %s", i.Class, i.Resource, i.Title)}
	if i.Diagnosis != nil {
		if h, ok := i.Diagnosis.Top(); ok {
			lines = append(lines, fmt.Sprintf("cause: %s on %s, confidence %.2f. %s", h.Cause, h.Resource, h.Confidence, h.Summary))
		}
	}
	for _, a := range i.Attempts {
		lines = append(lines, fmt.Sprintf("tried %s on %s: %s", a.Action.Kind, a.Action.Target, a.Verification))
	}
	lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s. %s", i.State, i.Note)))
	text := strings.Join(lines, "\n")
	return Document{ID: "incident:" + i.ID, Kind: KindIncident, Resource: i.Resource, At: i.OpenedAt, Text: text, Terms: Terms(text), Citation: Citation{Source: i.ID}}
}

// OfWindow is the document of a window of a metric, in words; its vector is its Shape's own.
func OfWindow(name pipewright.SeriesName, w pipewright.Window, s Shape) Document {
	text := fmt.Sprintf("%s of %s %s over %s", name.Metric, name.Resource, s, w.Span())
	return Document{
		ID: fmt.Sprintf("metric:%s:%s:%d", name.Resource, name.Metric, w.Start.Unix()), Kind: KindMetric, Resource: name.Resource, At: w.Start, Until: w.End,
		Text: text, Terms: Terms(text), Shape: s.Vector, Citation: Citation{Source: string(name.Resource)},
	}
}

// maxSection is how many tokens of a runbook one document holds, about.
const maxSection = 350

// OfRunbook cuts a runbook in Markdown into documents: a section each, under the headings
// that lead to it, long sections at blank lines. Code and tables stay in one piece while
// they fit. source is the file's name.
func OfRunbook(source, markdown string) []Document {
	var out []Document
	var path []string // headings, by level
	var body []string
	first, code := 1, false
	flush := func(next int) {
		text := strings.TrimSpace(strings.Join(body, "\n"))
		if text != "" {
			head := strings.Join(append([]string{source}, nonEmpty(path)...), " > ")
			text = head + "\n" + text
			out = append(out, Document{ID: "runbook:" + source + ":" + strconv.Itoa(first), Kind: KindRunbook, Text: text, Terms: Terms(text), Citation: Citation{Source: source, FirstLine: int64(first), LastLine: int64(next - 1)}})
		}
		body, first = nil, next
	}
	for i, line := range strings.Split(markdown, "\n") {
		line = strings.TrimRight(line, "\r")
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		level, title := heading(line)
		switch {
		case level > 0 && !code:
			flush(i + 1)
			for len(path) < level {
				path = append(path, "")
			}
			path = append(path[:level-1], title)
			continue
		case line == "" && !code && Tokens(strings.Join(body, "\n")) > maxSection:
			flush(i + 1)
		}
		body = append(body, line)
	}
	flush(strings.Count(markdown, "\n") + 2)
	return out
}

// heading is the level and the title of a heading, level 0 when the line is none.
func heading(line string) (int, string) {
	level := len(line) - len(strings.TrimLeft(line, "#"))
	if level == 0 || level > 6 || level == len(line) || line[level] != ' ' {
		return 0, ""
	}
	return level, strings.TrimSpace(strings.TrimRight(line[level:], "# "))
}

func nonEmpty(ss []string) (out []string) {
	for _, s := range ss {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
