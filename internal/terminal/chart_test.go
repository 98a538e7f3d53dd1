package terminal_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// errorRate is usual for an hour and high for the last twenty minutes.
func errorRate() pipewright.Chart {
	c := pipewright.Chart{Title: "error_rate of k8s:deployment/fraud-scorer", Unit: "ratio", Evidence: "e3"}
	for i := range 80 {
		v := 0.002 + 0.0003*math.Sin(float64(i))
		if i >= 60 {
			v = 0.22 + 0.02*math.Sin(float64(i))
		}
		c.Points = append(c.Points, pipewright.Sample{At: at.Add(time.Duration(i-60) * time.Minute), Value: v})
		c.Low, c.High = append(c.Low, 0.0014), append(c.High, 0.0029)
	}
	c.Marks = []pipewright.Mark{{At: at, Say: "image 1.8.10 -> 1.8.11"}, {At: at.Add(-24 * time.Hour), Say: "long before"}}
	return c
}

func TestAChartShowsTheCurveItsAxesTheBandAndTheMarks(t *testing.T) {
	got := terminal.Style{Width: 80}.Chart(errorRate())
	for _, part := range []string{"error_rate of k8s:deployment/fraud-scorer, ratio [e3]", " 0 ┤", "0.24 ┤", "02:10", "03:29 UTC", "░ usual 0.0014 to 0.0029", "┊ 03:10 image 1.8.10 -> 1.8.11", "last 0.2"} {
		assert.Contains(t, got, part)
	}
	assert.NotContains(t, got, "long before", "a mark outside of the chart is not drawn at its edge")
	for _, line := range strings.Split(got, "\n") {
		assert.LessOrEqual(t, ansi.StringWidth(line), 80, line)
	}
}

func TestAChartIsHonest(t *testing.T) {
	sample := func(values ...float64) (c pipewright.Chart) {
		for i, v := range values {
			c.Points = append(c.Points, pipewright.Sample{At: at.Add(time.Duration(i) * time.Minute), Value: v})
		}
		return c
	}
	draw := func(c pipewright.Chart) string { return terminal.Style{Width: 60}.Chart(c) }
	assert.Contains(t, draw(sample()), "no samples")
	assert.Contains(t, draw(sample(math.NaN())), "no samples")
	assert.Contains(t, draw(sample(4.2)), "one sample: 4.2 at 03:10")
	assert.Contains(t, draw(sample(5, 5, 5)), "5.5 ┤", "a flat line has room around it")
	assert.Contains(t, draw(sample(990, 1000, 995)), "990 ┤", "the axis does not start at zero when zero is far, and says so")
	assert.NotContains(t, draw(sample(1, 2, 3)), "usual", "no band is made up")
	assert.Contains(t, draw(sample(1.5e7, 2.5e7)), "25.0M ┤")

	gap := sample(1, 2, 1, 2, 1, 2)
	for i := range gap.Points[3:] {
		gap.Points[3+i].At = gap.Points[3+i].At.Add(time.Hour)
	}
	rows := strings.Split(draw(gap), "\n")
	assert.Contains(t, rows[3], strings.Repeat(" ", 20), "where samples are missing nothing is drawn")
}
