package chart

import (
	"fmt"
	"strings"

	"github.com/go-analyze/charts"

	pipewright "github.com/pipewright/pipewright"
)

// figureColors are those of a figure's series, in order.
var figureColors = []charts.Color{charts.ColorFromHex("#1264a3"), charts.ColorFromHex("#e0a33e"), charts.ColorFromHex("#c5221f")}

// Figure draws a figure: shares as stacked bars, everything else as points with their
// intervals over what was predicted. One with nothing to draw is Invalid, with what it says.
func Figure(f pipewright.Figure) ([]byte, error) {
	if !f.Drawn() {
		return nil, pipewright.Errorf(pipewright.Invalid, "draw %s: %s", f.Kind, f.Say)
	}
	for _, s := range f.Series {
		if len(s.Values) != len(f.Steps) || len(s.Low) != len(s.High) || len(s.Low) != 0 && len(s.Low) != len(f.Steps) {
			return nil, pipewright.Errorf(pipewright.Invalid, "draw %s: %s has %d values for %d steps", f.Kind, s.Name, len(s.Values), len(f.Steps))
		}
	}
	d := figure{Painter: charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height}), f: f}
	d.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	d.axes()
	if f.Kind == pipewright.FigureAutonomy {
		d.bars()
	} else {
		d.points()
	}
	d.heading()
	png, err := d.Bytes()
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "draw %s: %w", f.Kind, err)
	}
	return png, nil
}

// figure is a picture while it is drawn. Values are shares of 0 to 1.
type figure struct {
	*charts.Painter
	f pipewright.Figure
}

// room is the width of one step, x its middle.
func (d figure) room() float64  { return float64(width-left-right) / float64(len(d.f.Steps)) }
func (d figure) x(step int) int { return left + int((float64(step)+.5)*d.room()) }
func (d figure) h(v float64) int {
	return height - bottom - int(min(max(v, 0), 1)*(height-top-bottom)+.5)
}

func (d figure) axes() {
	for n := range 6 {
		v := float64(n) / 5
		y := d.h(v)
		d.LineStroke([]charts.Point{{X: left, Y: y}, {X: width - right, Y: y}}, grid, 1)
		text := fmt.Sprintf("%.0f %%", 100*v)
		d.Text(text, left-10-d.MeasureText(text, 0, font(13, faint)).Width(), y+5, 0, font(13, faint))
	}
	every := 1 + len(d.f.Steps)*d.widest()/(width-left-right)
	for i, step := range d.f.Steps {
		if i%every == 0 {
			d.centred(step, d.x(i), height-bottom+20, 12)
		}
		if every == 1 {
			d.centred(fmt.Sprintf("n = %d", d.f.Counts[i]), d.x(i), height-bottom+35, 11)
		}
	}
	d.centred(d.f.X, left+(width-left-right)/2, height-6, 12)
}

// widest is the room that a step's name needs, and how many it is of.
func (d figure) widest() (most int) {
	for i, step := range d.f.Steps {
		most = max(most, d.MeasureText(step, 0, font(12, faint)).Width(), d.MeasureText(fmt.Sprintf("n = %d", d.f.Counts[i]), 0, font(11, faint)).Width())
	}
	return most + 8
}

func (d figure) centred(text string, x, y int, size float64) {
	box := d.MeasureText(text, 0, font(size, faint))
	d.Text(text, min(max(x-box.Width()/2, 2), width-box.Width()-2), y, 0, font(size, faint))
}

// points draws every series as a line with dots; intervals stand upright.
func (d figure) points() {
	for n := len(d.f.Series) - 1; n >= 0; n-- { // the first on top
		s, color := d.f.Series[n], figureColors[n%len(figureColors)]
		var line []charts.Point
		for i, v := range s.Values {
			line = append(line, charts.Point{X: d.x(i), Y: d.h(v)})
			if len(s.Low) > 0 {
				low, high := d.h(s.Low[i]), d.h(s.High[i])
				d.LineStroke([]charts.Point{{X: d.x(i), Y: low}, {X: d.x(i), Y: high}}, color, 2)
				for _, y := range []int{low, high} {
					d.LineStroke([]charts.Point{{X: d.x(i) - 5, Y: y}, {X: d.x(i) + 5, Y: y}}, color, 2)
				}
			}
		}
		if len(line) > 1 {
			d.LineStroke(line, color, 2)
		}
		d.Dots(line, color, color, 1, 4)
	}
}

// bars draws the series on top of each other.
func (d figure) bars() {
	half := int(min(d.room()*.35, 45))
	for i := range d.f.Steps {
		from := 0.0
		for n, s := range d.f.Series {
			color := figureColors[n%len(figureColors)]
			if s.Values[i] > 0 {
				d.FilledRect(d.x(i)-half, d.h(from+s.Values[i]), d.x(i)+half, d.h(from), color, color, 0)
			}
			from += s.Values[i]
		}
	}
}

// heading says what is drawn, in a sentence what it shows, and what the colours mean.
func (d figure) heading() {
	d.Text(pipewright.Visible(d.f.Title), left, 24, 0, font(15, ink))
	x := width - right
	for n := len(d.f.Series) - 1; n >= 0; n-- {
		name := d.f.Series[n].Name
		if len(d.f.Series[n].Low) > 0 {
			name += " (95 % interval)"
		}
		x -= d.MeasureText(name, 0, font(13, faint)).Width()
		d.Text(name, x, 24, 0, font(13, faint))
		color := figureColors[n%len(figureColors)]
		d.FilledRect(x-20, 13, x-6, 25, color, color, 0)
		x -= 38
	}
	for i, line := range d.wrapped(d.f.Say, width-left-right) {
		d.Text(line, left, 48+i*17, 0, font(12, faint))
	}
}

// wrapped breaks a text into at most two lines of so many pixels.
func (d figure) wrapped(text string, pixels int) (lines []string) {
	line := ""
	for _, word := range strings.SplitAfter(pipewright.Visible(text), " ") {
		if longer := line + word; len(lines) < 1 && line != "" && d.MeasureText(longer, 0, font(12, faint)).Width() > pixels {
			lines, line = append(lines, line), ""
		}
		line += word
	}
	return append(lines, line)
}
