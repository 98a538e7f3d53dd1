package slackbot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
)

func shares() pipewright.Figure {
	f := pipewright.Figure{Kind: pipewright.FigureAutonomy, Title: "Who ended incidents", X: "week from", Y: "share", Say: "Of 6 incidents 4 were ended alone.",
		Series: []pipewright.Series{{Name: "alone"}, {Name: "asked"}, {Name: "person called"}}}
	for i := range 30 {
		f.Steps, f.Counts = append(f.Steps, fmt.Sprintf("week %d", i)), append(f.Counts, 3)
		for n := range f.Series {
			f.Series[n].Values = append(f.Series[n].Values, []float64{.5, .25, .25}[n])
		}
	}
	return f
}

// digested has a digest due at once, with two figures, for one of which there is too little.
func digested(t *testing.T, how slackbot.Charting) *world {
	w := newWorld(t, func(c *slackbot.Config) { c.Digest, c.Charts = true, how })
	began := time.Now()
	w.more = func(p *slackbot.Parts) {
		charted(p)
		p.Now = func() time.Time { return time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC).Add(time.Since(began)) }
		p.Figures = func(context.Context) ([]pipewright.Figure, error) {
			return []pipewright.Figure{{Kind: pipewright.FigureReliability, Title: "Plans", Say: "3 plans have a verified outcome so far"}, shares()}, nil
		}
	}
	w.start()
	w.until("the digest", func() bool { return digestOf(w).TS != "" })
	w.quiet()
	return w
}

func digestOf(w *world) (digest slackfake.Message) {
	for _, m := range w.slack.Messages("C1") {
		if strings.Contains(fmt.Sprint(m.Blocks), "The week in the pipelines") {
			digest = m
		}
	}
	return digest
}

func TestTheDigestShowsWhoEndedIncidents(t *testing.T) {
	w := digested(t, slackbot.ChartsNative)
	text := fmt.Sprint(digestOf(w).Blocks)
	assert.True(t, hasChart(digestOf(w)))
	assert.Contains(t, text, "Of 6 incidents 4 were ended alone", "in words, too")
	assert.Contains(t, text, "week 29")
	assert.NotContains(t, text, "week 9 ", "no more than Slack takes: the newest")
	assert.NotContains(t, text, "3 plans", "nothing is drawn of too little")

	w = digested(t, slackbot.ChartsImage)
	assert.False(t, hasChart(digestOf(w)))
	assert.Len(t, w.pictures("C1"), 1)
	assert.Contains(t, w.pictures("C1")[0], "autonomy-digest")
}

// askedHowWell answers with a figure.
type askedHowWell struct{}

func (askedHowWell) Ask(context.Context, pipewright.Question) (pipewright.Answer, error) {
	f := shares()
	return pipewright.Answer{Answer: f.Say, Charts: []pipewright.Chart{{Figure: &f}}}, nil
}

func TestAFigureThatIsAskedForIsShown(t *testing.T) {
	w := newWorld(t, func(c *slackbot.Config) { c.Charts = slackbot.ChartsImage })
	w.more, w.asker = charted, askedHowWell{}
	w.start()
	ts := w.slack.Say(ana, "C1", "", "<@"+slackfake.BotUser+"> how often do you act alone per week?")
	w.saying("C1", ts, "Of 6 incidents")
	w.until("the picture", func() bool { return len(w.pictures("C1")) == 1 })
	w.quiet()
}
