package ask

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// figureWords say which figure of how well Pipewright does is asked for; the first that
// matches.
var figureWords = []struct {
	kind pipewright.FigureKind
	all  []string
	any  []string
}{
	{pipewright.FigureReliability, nil, []string{"calibrat", "reliab", "trustworthy"}},
	{pipewright.FigureLearning, []string{"curve"}, []string{"learn", "improv", "better", "you"}},
	{pipewright.FigureAutonomy, []string{"autonom"}, []string{"over time", "week", "month", "trend", "plot", "chart", "graph", "curve"}},
	{pipewright.FigureAutonomy, []string{"alone"}, []string{"over time", "by week", "per week", "trend", "how often"}},
}

func figureAsked(text string) (pipewright.FigureKind, bool) {
	text = strings.ToLower(text)
	has := func(word string) bool { return strings.Contains(text, word) }
	for _, f := range figureWords {
		found := true
		for _, w := range f.all {
			found = found && has(w)
		}
		for _, w := range f.any {
			if found && has(w) {
				return f.kind, true
			}
		}
	}
	return "", false
}

// figure answers with a figure, or says why there is none yet.
func (t *turn) figure(kind pipewright.FigureKind) error {
	f, err := t.a.deps.Counsel.Figure(t.ctx, kind, t.r.class, t.q.Zone)
	if err != nil {
		return err
	}
	t.ans.Verdict = pipewright.NoAction
	t.say("%s", f.Say)
	if f.Drawn() {
		t.ans.Charts = append(t.ans.Charts, pipewright.Chart{Title: f.Title, Figure: &f})
	}
	return nil
}
