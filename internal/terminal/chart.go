package terminal

import (
	"fmt"
	"math"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// A chart is drawn in Braille characters, each of two by four dots.
const (
	chartRows    = 5 // rows of characters that the curve may use
	dotsAcross   = 2
	dotsDown     = 4
	brailleBlank = 0x2800
)

// dotBits are the bits of the Braille character's dots, by row and column.
var dotBits = [dotsDown][dotsAcross]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// Chart draws one metric over time: the curve, the band of its usual values as a shade,
// and the moments that matter. The axis of values starts at zero only when zero is near.
// Where samples are missing the curve has a gap.
func (s Style) Chart(c pipewright.Chart) string {
	if c.Figure != nil {
		return s.Figure(*c.Figure)
	}
	p := newPlot(c, s.width())
	title := c.Title
	if title == "" {
		title = c.Metric + " of " + string(c.Resource)
	}
	if c.Unit != "" && !strings.Contains(title, c.Unit) {
		title += ", " + c.Unit
	}
	if c.Evidence != "" {
		title += " [" + c.Evidence + "]"
	}
	head := strings.Join(wrap(title, s.width()), "\n") + "\n"
	switch len(p.points) {
	case 0:
		return head + "  no samples to draw\n"
	case 1:
		return head + fmt.Sprintf("  one sample: %s at %s\n", number(p.points[0].Value), p.clock(p.points[0].At))
	}
	p.trace()
	return head + s.rows(p) + s.timeAxis(p) + s.legend(p)
}

// plot is a chart being drawn. Columns and rows count characters, x and y dots.
type plot struct {
	chart      pipewright.Chart
	points     []pipewright.Sample // those that are numbers
	band       [][2]float64        // of each of them; nil: unknown
	labels     int                 // columns left of the axis
	cols       int
	low, high  float64 // of the axis of values
	start, end time.Time
	dots       [][]rune // by row and column
	odd        []bool   // columns in which a sample left the band
}

func newPlot(c pipewright.Chart, width int) *plot {
	p := &plot{chart: c}
	banded := len(c.Low) == len(c.Points) && len(c.High) == len(c.Points)
	p.low, p.high = math.Inf(1), math.Inf(-1)
	for i, at := range c.Points {
		if !finite(at.Value) {
			continue
		}
		p.points = append(p.points, at)
		p.low, p.high = min(p.low, at.Value), max(p.high, at.Value)
		if banded && finite(c.Low[i]) && finite(c.High[i]) {
			p.band = append(p.band, [2]float64{c.Low[i], c.High[i]})
			p.low, p.high = min(p.low, c.Low[i]), max(p.high, c.High[i])
		}
	}
	if len(p.band) != len(p.points) {
		p.band = nil
	}
	if len(p.points) < 2 {
		return p
	}
	p.scale()
	p.start, p.end = p.points[0].At, p.points[len(p.points)-1].At
	p.labels = max(columns(number(p.low)), columns(number(p.high)), columns(number((p.low+p.high)/2)))
	p.cols = max(width-p.labels-4, 16)
	p.odd = make([]bool, p.cols)
	for range chartRows {
		p.dots = append(p.dots, make([]rune, p.cols))
	}
	return p
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// scale leaves room above and below a flat line, and shows zero when it is near.
func (p *plot) scale() {
	if p.low >= 0 && p.low < p.high/2 {
		p.low = 0
	}
	if p.high == p.low {
		room := math.Abs(p.high) / 10
		if room == 0 {
			room = 1
		}
		p.low, p.high = p.low-room, p.high+room
	}
}

func (p *plot) x(at time.Time) int {
	span := p.end.Sub(p.start)
	if span <= 0 {
		return 0
	}
	return int(math.Round(float64(at.Sub(p.start)) / float64(span) * float64(p.cols*dotsAcross-1)))
}

// y counts dots from the top.
func (p *plot) y(v float64) int {
	return int(math.Round((p.high - v) / (p.high - p.low) * (chartRows*dotsDown - 1)))
}

// trace draws the curve, with gaps where more than three usual distances are missing.
func (p *plot) trace() {
	far := 3 * p.usualStep()
	for i, at := range p.points {
		x, y := p.x(at.At), p.y(at.Value)
		p.dot(x, y)
		if p.band != nil && (at.Value < p.band[i][0] || at.Value > p.band[i][1]) {
			p.odd[x/dotsAcross] = true
		}
		if i > 0 && at.At.Sub(p.points[i-1].At) <= far {
			p.line(p.x(p.points[i-1].At), p.y(p.points[i-1].Value), x, y)
		}
	}
}

// usualStep is the median distance of two samples.
func (p *plot) usualStep() time.Duration {
	var steps []time.Duration
	for i := range p.points[1:] {
		steps = append(steps, p.points[i+1].At.Sub(p.points[i].At))
	}
	return median(steps)
}

func (p *plot) dot(x, y int) { p.dots[y/dotsDown][x/dotsAcross] |= dotBits[y%dotsDown][x%dotsAcross] }

func (p *plot) line(x0, y0, x1, y1 int) {
	steps := max(abs(x1-x0), abs(y1-y0), 1)
	for i := range steps {
		p.dot(x0+(x1-x0)*i/steps, y0+(y1-y0)*i/steps)
	}
}

func abs(n int) int { return max(n, -n) }

// shaded reports whether a cell lies at least partly within the usual band.
func (p *plot) shaded(row, col int) bool {
	if p.band == nil {
		return false
	}
	i := p.nearest(col)
	top, bottom := p.y(p.band[i][1]), p.y(p.band[i][0])
	return row*dotsDown <= bottom && row*dotsDown+dotsDown-1 >= top
}

// nearest is the sample next to the middle of a column.
func (p *plot) nearest(col int) int {
	best, dist := 0, math.MaxInt
	for i, at := range p.points {
		if d := abs(p.x(at.At) - col*dotsAcross); d < dist {
			best, dist = i, d
		}
	}
	return best
}

// marks are the moments within the chart, by column: the first of each.
func (p *plot) marks() map[int]pipewright.Mark {
	out := map[int]pipewright.Mark{}
	for _, m := range p.chart.Marks {
		if m.At.Before(p.start) || m.At.After(p.end) {
			continue
		}
		if col := p.x(m.At) / dotsAcross; out[col].Say == "" {
			out[col] = m
		}
	}
	return out
}
