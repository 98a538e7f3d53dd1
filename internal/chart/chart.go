// Package chart draws a pipewright.Chart as a picture, for places that cannot draw one
// themselves: the samples over a true axis of time, the band of what was usual behind
// them, and a dashed line at each moment that matters. It is pure: the same chart and
// zone give the same picture. cmd/pipewright hands it to the Slack bot.
package chart

import (
	"fmt"
	"time"

	"github.com/go-analyze/charts"

	pipewright "github.com/pipewright/pipewright"
)

// Size of a picture and of the plot within it, in pixels. Slack shows a picture about
// 360 pixels wide in a thread and whole when it is opened.
const (
	width, height = 960, 440
	left, right   = 78, 24
	top, bottom   = 88, 62
	most          = 400 // points drawn: more than two pixels each
)

var (
	ink    = charts.ColorFromHex("#1d2733")
	faint  = charts.ColorFromHex("#5b6775")
	grid   = charts.ColorFromHex("#e3e7ec")
	series = charts.ColorFromHex("#1264a3")
	band   = charts.ColorFromHex("#cfe8d6")
	alarm  = charts.ColorFromHex("#c5221f")
	moment = charts.ColorFromHex("#7a4fbf")
)

// PNG draws the chart, with times in the zone. A chart of fewer than two points is Invalid.
func PNG(c pipewright.Chart, zone *time.Location) ([]byte, error) {
	if c.Figure != nil {
		return Figure(*c.Figure)
	}
	if len(c.Points) < 2 || !c.Points[0].At.Before(c.Points[len(c.Points)-1].At) {
		return nil, pipewright.Errorf(pipewright.Invalid, "draw %s of %s: there are fewer than two samples", c.Metric, c.Resource)
	}
	if zone == nil {
		zone = time.UTC
	}
	p := plot{Painter: charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height}), c: c.Thin(most), zone: zone}
	p.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	p.y = rangeOf(p.c)
	p.usual()
	p.values()
	p.times()
	p.line()
	p.marks()
	p.heading()
	png, err := p.Bytes()
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "draw %s of %s: %w", c.Metric, c.Resource, err)
	}
	return png, nil
}

// plot is a picture while it is drawn.
type plot struct {
	*charts.Painter
	c    pipewright.Chart
	y    axis
	zone *time.Location
}

func font(size float64, color charts.Color) charts.FontStyle {
	return charts.FontStyle{FontSize: size, FontColor: color}
}

func (p plot) start() time.Time { return p.c.Points[0].At }
func (p plot) end() time.Time   { return p.c.Points[len(p.c.Points)-1].At }

// x and h are where a time and a value lie, in pixels.
func (p plot) x(at time.Time) int {
	part := float64(at.Sub(p.start())) / float64(p.end().Sub(p.start()))
	return left + int(part*(width-left-right)+0.5)
}

func (p plot) h(v float64) int {
	part := (min(max(v, p.y.low), p.y.high) - p.y.low) / (p.y.high - p.y.low)
	return height - bottom - int(part*(height-top-bottom)+0.5)
}

// usual fills the band of usual values.
func (p plot) usual() {
	if !p.c.Banded() {
		return
	}
	var edge []charts.Point
	for i, s := range p.c.Points {
		edge = append(edge, charts.Point{X: p.x(s.At), Y: p.h(p.c.High[i])})
	}
	for i := len(p.c.Points) - 1; i >= 0; i-- {
		edge = append(edge, charts.Point{X: p.x(p.c.Points[i].At), Y: p.h(p.c.Low[i])})
	}
	p.FillArea(append(edge, edge[0]), band)
}

// values draws the axis of values with its grid.
func (p plot) values() {
	for _, v := range p.y.ticks() {
		y := p.h(v)
		p.LineStroke([]charts.Point{{X: left, Y: y}, {X: width - right, Y: y}}, grid, 1)
		text := p.y.label(v)
		box := p.MeasureText(text, 0, font(13, faint))
		p.Text(text, left-10-box.Width(), y+5, 0, font(13, faint))
	}
}

// times draws the axis of time.
func (p plot) times() {
	step, layout := timeStep(p.end().Sub(p.start()))
	y := height - bottom
	for t := firstTick(p.start(), step, p.zone); !t.After(p.end()); t = t.Add(step) {
		x := p.x(t)
		p.LineStroke([]charts.Point{{X: x, Y: y}, {X: x, Y: y + 5}}, faint, 1)
		text := t.In(p.zone).Format(layout)
		box := p.MeasureText(text, 0, font(13, faint))
		p.Text(text, min(max(x-box.Width()/2, 4), width-box.Width()-4), y+22, 0, font(13, faint))
	}
	p.LineStroke([]charts.Point{{X: left, Y: y}, {X: width - right, Y: y}}, faint, 1)
	text := span(p.start().In(p.zone), p.end().In(p.zone))
	box := p.MeasureText(text, 0, font(12, faint))
	p.Text(text, left+(width-left-right-box.Width())/2, height-14, 0, font(12, faint))
}

// span says which time the picture shows, in its zone.
func span(from, to time.Time) string {
	if from.YearDay() == to.YearDay() && from.Year() == to.Year() {
		return fmt.Sprintf("time, %s (%s)", from.Format("Mon 2 Jan 2006"), from.Format("MST"))
	}
	return fmt.Sprintf("time, %s to %s (%s)", from.Format("2 Jan"), to.Format("2 Jan 2006"), from.Format("MST"))
}

// line draws the samples; those outside the band are red.
func (p plot) line() {
	var points, strange []charts.Point
	for i, s := range p.c.Points {
		at := charts.Point{X: p.x(s.At), Y: p.h(s.Value)}
		points = append(points, at)
		if !p.c.Usual(i) {
			strange = append(strange, at)
		}
	}
	p.LineStroke(points, series, 2)
	if len(strange) > 0 {
		p.Dots(strange, alarm, alarm, 1, 2.5)
	}
}

// marks draws the moments that matter. Words that would overlap go onto the next line.
func (p plot) marks() {
	var free [3]int // where each line of words ends
	for _, m := range p.c.Marks {
		late := m.At.Sub(p.end())
		if m.At.Before(p.start()) || late > p.end().Sub(p.start())/10 {
			continue
		}
		x := min(p.x(m.At), width-right) // just after the last sample is at its end
		text := p.fit(m.Say, 13, (width-left-right)/3)
		box := p.MeasureText(text, 0, font(13, moment))
		from := min(x+4, width-right-box.Width())
		for row := range free {
			if from < free[row] && row < len(free)-1 {
				continue
			}
			p.DashedLineStroke([]charts.Point{{X: x, Y: top - 4 - row*19}, {X: x, Y: height - bottom}}, moment, 1.5, []float64{6, 4})
			p.Text(text, from, top-8-row*19, 0, font(13, moment))
			free[row] = from + box.Width() + 8
			break
		}
	}
}

// heading says what is drawn and in which unit, and what the colours mean.
func (p plot) heading() {
	unit := ""
	if p.c.Unit != "" {
		unit = " (" + p.c.Unit + ")"
	}
	p.Text(p.fit(p.c.Metric+unit+" of "+string(p.c.Resource), 15, width-left-right-290), left, 26, 0, font(15, ink))
	x := width - right - 276
	p.LineStroke([]charts.Point{{X: x, Y: 21}, {X: x + 20, Y: 21}}, series, 2)
	p.Text("value", x+26, 26, 0, font(13, faint))
	if p.c.Banded() {
		p.FilledRect(x+84, 14, x+104, 28, band, band, 0)
		p.Text("usual", x+110, 26, 0, font(13, faint))
		p.Dots([]charts.Point{{X: x + 172, Y: 21}}, alarm, alarm, 1, 3)
		p.Text("outside it", x+182, 26, 0, font(13, faint))
		return
	}
	p.Text("too little history to", x+84, 20, 0, font(11, faint))
	p.Text("say what is usual", x+84, 34, 0, font(11, faint))
}

// fit shortens a text to so many pixels.
func (p plot) fit(text string, size float64, pixels int) string {
	text = pipewright.Visible(text)
	runes := []rune(text)
	for n := len(runes); n > 1 && p.MeasureText(text, 0, font(size, ink)).Width() > pixels; n-- {
		text = string(runes[:n-1]) + "..."
	}
	return text
}
