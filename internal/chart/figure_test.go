package chart

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func reliability() pipewright.Figure {
	return pipewright.Figure{
		Kind: pipewright.FigureReliability, Title: "Plans: predicted and recovered", X: "predicted to recover",
		Steps: []string{"40 to 50 %", "50 to 60 %", "60 to 70 %", "70 to 80 %", "80 to 90 %", "90 to 100 %"}, Counts: []int{4, 9, 22, 31, 40, 18},
		Series: []pipewright.Series{
			{Name: "recovered", Values: []float64{.25, .56, .68, .71, .85, .94}, Low: []float64{.05, .27, .47, .53, .71, .74}, High: []float64{.7, .81, .84, .84, .93, .99}},
			{Name: "predicted", Values: []float64{.46, .55, .65, .75, .86, .93}},
		},
		Say: "Over 124 verified plans the predictions were off by 4 points on average, and better than the mere share of recoveries (Brier score 0.171, 0.190).",
	}
}

func weeks() pipewright.Figure {
	f := pipewright.Figure{Kind: pipewright.FigureAutonomy, Title: "Who ended incidents", X: "week from", Say: "Of 60 incidents 31 were ended alone, 19 after an approval, and for 10 a person was called."}
	alone, asked, called := pipewright.Series{Name: "alone"}, pipewright.Series{Name: "asked"}, pipewright.Series{Name: "person called"}
	for i, day := range []string{"5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov", "9 Nov"} {
		f.Steps, f.Counts = append(f.Steps, day), append(f.Counts, 10)
		x := float64(i) / 10
		alone.Values, asked.Values, called.Values = append(alone.Values, .2+x), append(asked.Values, .6-x), append(called.Values, .2)
	}
	f.Series = []pipewright.Series{alone, asked, called}
	return f
}

func pictured(t *testing.T, name string, f pipewright.Figure) image.Image {
	t.Helper()
	raw, err := PNG(pipewright.Chart{Figure: &f}, nil)
	require.NoError(t, err)
	if *keep != "" {
		require.NoError(t, os.WriteFile(filepath.Join(*keep, name+".png"), raw, 0o600))
	}
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	return img
}

func TestAReliabilityDiagramHasIntervalsOverWhatWasPredicted(t *testing.T) {
	img := pictured(t, "reliability", reliability())
	assert.Greater(t, count(img, 0x12, 0x64, 0xa3), 1500, "recovered, with intervals")
	assert.Greater(t, count(img, 0xe0, 0xa3, 0x3e), 500, "predicted")
	f := reliability()
	f.Series[0].Low, f.Series[0].High = nil, nil
	assert.Less(t, count(pictured(t, "without", f), 0x12, 0x64, 0xa3), count(img, 0x12, 0x64, 0xa3))
}

func TestSharesOfAWeekFillItsBar(t *testing.T) {
	img := pictured(t, "autonomy", weeks())
	alone, asked, called := count(img, 0x12, 0x64, 0xa3), count(img, 0xe0, 0xa3, 0x3e), count(img, 0xc5, 0x22, 0x1f)
	assert.InDelta(t, .45/.2, float64(alone)/float64(called), .1)
	assert.InDelta(t, .35/.2, float64(asked)/float64(called), .1)
}

func TestAFigureOfNothingSaysWhyAndIsNotDrawn(t *testing.T) {
	_, err := Figure(pipewright.Figure{Kind: pipewright.FigureReliability, Say: "3 plans have a verified outcome so far"})
	assert.ErrorContains(t, err, "3 plans have a verified outcome so far")
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
	f := reliability()
	f.Steps = f.Steps[:3]
	_, err = Figure(f)
	assert.ErrorContains(t, err, "recovered has 6 values for 3 steps")
	f = weeks()
	f.Steps, f.Counts = f.Steps[:1], f.Counts[:1]
	for i := range f.Series {
		f.Series[i].Values = f.Series[i].Values[:1]
	}
	pictured(t, "one-week", f)
}
