package chart

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

// keep is a folder into which the tests write their pictures, for a person to look at.
var keep = flag.String("keep", "", "write the pictures into this folder")

var begin = time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)

// memory is a metric that leaves its band after two hours and comes back.
func memory(banded bool) pipewright.Chart {
	c := pipewright.Chart{Title: "memory", Resource: "glue:job/orders_etl", Metric: "memory_percent", Unit: "%",
		Marks: []pipewright.Mark{{At: begin.Add(130 * time.Minute), Say: "opened"}, {At: begin.Add(140 * time.Minute), Say: "glue.scale_up"}, {At: begin.Add(152 * time.Minute), Say: "recovered"}}}
	for m := range 240 {
		v := 41 + 4*math.Sin(float64(m)/9)
		if m > 120 && m < 150 {
			v = 97 - float64(m%3)
		}
		c.Points = append(c.Points, pipewright.Sample{At: begin.Add(time.Duration(m) * time.Minute), Value: v})
		if banded {
			c.Low, c.High = append(c.Low, 30+float64(m)/60), append(c.High, 54+float64(m)/60)
		}
	}
	return c
}

func drawn(t *testing.T, name string, c pipewright.Chart) image.Image {
	t.Helper()
	raw, err := PNG(c, time.UTC)
	require.NoError(t, err)
	if *keep != "" {
		require.NoError(t, os.WriteFile(filepath.Join(*keep, name+".png"), raw, 0o600))
	}
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	return img
}

// count is how many pixels have a colour.
func count(img image.Image, r, g, b uint32) (n int) {
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if pr, pg, pb, _ := img.At(x, y).RGBA(); pr>>8 == r && pg>>8 == g && pb>>8 == b {
				n++
			}
		}
	}
	return n
}

func TestThePictureShowsTheLineTheBandAndWhatIsOutside(t *testing.T) {
	img := drawn(t, "memory", memory(true))
	assert.Equal(t, image.Pt(width, height), img.Bounds().Size())
	assert.Greater(t, count(img, 0xcf, 0xe8, 0xd6), 30_000, "the band")
	assert.Greater(t, count(img, 0x12, 0x64, 0xa3), 500, "the line")
	assert.Greater(t, count(img, 0xc5, 0x22, 0x1f), 100, "what is outside the band")
	without := drawn(t, "unknown", memory(false))
	assert.Zero(t, count(without, 0xcf, 0xe8, 0xd6), "nothing is usual without history")
	assert.Zero(t, count(without, 0xc5, 0x22, 0x1f))
}

func TestWhatCannotBeDrawnSaysSo(t *testing.T) {
	for _, c := range []pipewright.Chart{{}, {Points: []pipewright.Sample{{At: begin}}}, {Points: []pipewright.Sample{{At: begin}, {At: begin}}}} {
		_, err := PNG(c, nil)
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
	}
}

func TestRoundAxes(t *testing.T) {
	for name, c := range map[string]struct {
		low, high float64
		want      []string
	}{
		"percent":    {0, 97, []string{"0", "20", "40", "60", "80", "100"}},
		"thousands":  {0, 48_000, []string{"0k", "10k", "20k", "30k", "40k", "50k"}},
		"rates":      {0, 0.043, []string{"0.00", "0.01", "0.02", "0.03", "0.04", "0.05"}},
		"around one": {0.952, 1.043, []string{"0.94", "0.96", "0.98", "1.00", "1.02", "1.04", "1.06"}},
	} {
		a := rounded(c.low, c.high)
		var got []string
		for _, v := range a.ticks() {
			got = append(got, a.label(v))
		}
		assert.Equal(t, c.want, got, name)
	}
}

func TestTimesOnTheAxisDoNotOverlap(t *testing.T) {
	for span, want := range map[time.Duration]struct {
		step   time.Duration
		layout string
	}{
		40 * time.Second: {5 * time.Second, "15:04:05"}, 4 * time.Hour: {30 * time.Minute, "15:04"}, 20 * time.Hour: {3 * time.Hour, "15:04"},
		26 * time.Hour: {6 * time.Hour, "2 Jan 15:04"}, 10 * 24 * time.Hour: {7 * 24 * time.Hour, "2 Jan"}, 400 * 24 * time.Hour: {66 * 24 * time.Hour, "2 Jan"},
	} {
		step, layout := timeStep(span)
		assert.Equal(t, want.step, step, span)
		assert.Equal(t, want.layout, layout, span)
	}
}

// Whatever the samples are, a picture comes out of it.
func TestEverySeriesCanBeDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := pipewright.Chart{Resource: pipewright.ResourceID(rapid.String().Draw(t, "resource")), Metric: rapid.String().Draw(t, "metric")}
		values := rapid.SliceOfN(rapid.Float64Range(-1e15, 1e15), 2, 30).Draw(t, "values")
		step := time.Duration(rapid.Int64Range(1, int64(40*24*time.Hour)).Draw(t, "step"))
		for i, v := range values {
			c.Points = append(c.Points, pipewright.Sample{At: begin.Add(time.Duration(i) * step), Value: v})
		}
		c.Marks = []pipewright.Mark{{At: begin.Add(step), Say: rapid.String().Draw(t, "say")}}
		a := rangeOf(c)
		require.LessOrEqual(t, len(a.ticks()), 12)
	})
	c := memory(true)
	for i := range c.Points {
		c.Points[i].Value, c.Low[i], c.High[i] = 7, 7, 7
	}
	drawn(t, "constant", c)
	c.Points = c.Points[:2]
	c.Points[1].At = begin.AddDate(2, 0, 0)
	c.Low, c.High = nil, nil
	drawn(t, "years", c)
}
