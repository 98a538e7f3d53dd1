package ask

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// cite adds evidence to the answer and returns its id. The same evidence keeps its id.
func (t *turn) cite(e pipewright.Evidence) string {
	key := fmt.Sprint(e.Source, "\x00", e.Kind, "\x00", e.Lines, "\x00", e.Excerpt)
	if id, seen := t.cited[key]; seen {
		return id
	}
	e.ID = fmt.Sprintf("e%d", len(t.ans.Evidence)+1)
	e.Start, e.End = e.Start.UTC(), e.End.UTC()
	t.cited[key] = e.ID
	t.ans.Evidence = append(t.ans.Evidence, e)
	return e.ID
}

// claim adds a sentence that evidence supports. Without evidence it is not claimed:
// it goes to what is unknown.
func (t *turn) claim(evidence []pipewright.Evidence, format string, args ...any) {
	if len(evidence) == 0 {
		t.gap(format, args...)
		return
	}
	text := strings.TrimSuffix(fmt.Sprintf(format, args...), ".")
	t.report(pipewright.ProgressClaim, text+".")
	t.lines = append(t.lines, text+" "+t.refs(evidence)+".")
}

// refs cites evidence and returns "[e1, e2]".
func (t *turn) refs(evidence []pipewright.Evidence) string {
	var ids []string
	for _, e := range evidence {
		if id := t.cite(e); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return "[" + strings.Join(ids, ", ") + "]"
}

// say adds a sentence that claims nothing about the world: what was searched, what
// can be done, what was asked.
func (t *turn) say(format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

// empty tells what was searched and why nothing was found, citing the newest record
// when there is one.
func (t *turn) empty(res tools.Result) {
	s := upper(res.Empty)
	if len(res.Evidence) > 0 {
		s += " " + t.refs(res.Evidence[:1])
	}
	t.say("%s.", s)
}

// gap records what is not known.
func (t *turn) gap(format string, args ...any) {
	t.ans.Unknown = append(t.ans.Unknown, fmt.Sprintf(format, args...))
}

// finish joins the sentences: verdict first, then what is not known, then the window.
func (t *turn) finish() {
	if len(t.ans.Unknown) > 0 && t.ans.Intent != "unknown" {
		t.say("Not known: %s.", strings.TrimSuffix(strings.Join(t.ans.Unknown, "; "), "."))
	}
	if w := t.span(t.ans.Window); w != "" {
		t.say("Window: %s.", w)
	}
	if t.second != "" {
		t.say("I also read %q as a second wish; send it on its own and I take it up.", t.second)
	}
	if t.ans.Usage.ModelCalls > 0 {
		t.say("%s.", upper(spending(t.ans.Usage)))
	}
	t.lines = append(t.inTongue(), t.lines...)
	t.ans.Answer = strings.Join(t.lines, "\n")
	if t.ans.Window == (pipewright.Window{}) { // nothing was read over a range: it is about now
		t.ans.Window = pipewright.Window{Start: t.now, End: t.now}
	}
	t.ans.Window = pipewright.Window{Start: t.ans.Window.Start.UTC(), End: t.ans.Window.End.UTC()}
}

// span writes a window in the asker's zone.
func (t *turn) span(w pipewright.Window) string {
	switch {
	case w.Start.IsZero() && w.End.IsZero():
		return ""
	case w.Start.IsZero():
		return "everything before " + t.clock(w.End)
	case w.End.IsZero():
		return "everything since " + t.clock(w.Start)
	}
	return t.clock(w.Start) + " to " + t.clock(w.End)
}

// clock writes a time in the asker's zone.
func (t *turn) clock(at time.Time) string {
	if at.IsZero() {
		return "an unknown time"
	}
	return at.In(t.q.Zone).Format("Mon 2 Jan 15:04 MST")
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// some writes a few resource ids.
func some(ids []pipewright.ResourceID, most int) string {
	var out []string
	for i, id := range ids {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(ids)-most))
			break
		}
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}

// times writes a count with its noun.
func times(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// firstLine is the first line of a text, shortened.
func firstLine(s string, n int) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	r := []rune(s)
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
