package terminal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

func TestFiguresInATerminal(t *testing.T) {
	f := pipewright.Figure{
		Kind: pipewright.FigureReliability, Title: "Plans: predicted and recovered", X: "predicted to recover", Steps: []string{"50 to 60 %", "90 to 100 %"}, Counts: []int{9, 31},
		Series: []pipewright.Series{{Name: "recovered", Values: []float64{.4, .9}, Low: []float64{.2, .76}, High: []float64{.6, 1}}, {Name: "predicted", Values: []float64{.5, .94}}},
		Say:    "Over 40 verified plans the predictions were off by 5 points.",
	}
	assert.Equal(t, `Plans: predicted and recovered
  0 to 100 %: ● recovered, ─ its 95 % interval, │ predicted; by predicted to recover
  50 to 60 %  n=9    ··········──────────●────│─────···················· 40 % (20 to 60), predicted 50 %
  90 to 100 % n=31   ······································───────●─│─── 90 % (76 to 100), predicted 94 %
Over 40 verified plans the predictions were off by 5 points.
`, terminal.Style{Width: 110}.Figure(f))

	weeks := pipewright.Figure{
		Kind: pipewright.FigureAutonomy, Title: "Who ended incidents", X: "week from", Steps: []string{"9 Nov", "16 Nov"}, Counts: []int{4, 0},
		Series: []pipewright.Series{{Name: "alone", Values: []float64{.5, 0}}, {Name: "asked", Values: []float64{.25, 0}}, {Name: "person called", Values: []float64{.25, 0}}}, Say: "Of 4 incidents 2 were ended alone.",
	}
	assert.Equal(t, `Who ended incidents
  █ alone, ▒ asked, ░ person called; by week from
  9 Nov  n=4    █████████████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░░░  50 % alone, 25 % asked, 25 % person called
  16 Nov n=0                                                        `+`
Of 4 incidents 2 were ended alone.
`, terminal.Style{Width: 110}.Figure(weeks))

	assert.Equal(t, "Plans: predicted and recovered\n3 plans have a verified outcome so far.\n",
		terminal.Style{}.Chart(pipewright.Chart{Figure: &pipewright.Figure{Title: f.Title, Say: "3 plans have a verified outcome so far."}}))
}
