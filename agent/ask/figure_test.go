package ask

import (
	"testing"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
)

func TestWhichFigureIsAskedFor(t *testing.T) {
	for text, want := range map[string]pipewright.FigureKind{
		"show me how well calibrated you are": pipewright.FigureReliability, "the reliability diagram please": pipewright.FigureReliability,
		"How reliable are you?": pipewright.FigureReliability, "show me your learning curve": pipewright.FigureLearning,
		"your autonomy over time": pipewright.FigureAutonomy, "how often do you act alone?": pipewright.FigureAutonomy, "autonomy by week": pipewright.FigureAutonomy,
		"what may you do alone": "", "how far does your autonomy go": "", "what will you do without asking": "",
	} {
		kind, ok := figureAsked(text)
		assert.Equal(t, want, kind, text)
		assert.Equal(t, want != "", ok, text)
	}
}
