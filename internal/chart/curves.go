package chart

import (
	"github.com/go-analyze/charts"

	pipewright "github.com/pipewright/pipewright"
)

// Curve is one line of a picture of curves: a value at each step.
type Curve struct {
	Name   string
	Values []float64
}

// Curves draws lines over the same steps, with a legend. Fewer than two steps,
// or a curve of another length, are Invalid.
func Curves(title string, steps []string, curves []Curve) ([]byte, error) {
	values, names := [][]float64{}, []string{}
	for _, c := range curves {
		if len(c.Values) != len(steps) {
			return nil, pipewright.Errorf(pipewright.Invalid, "draw %s: %s has %d values for %d steps", title, c.Name, len(c.Values), len(steps))
		}
		values, names = append(values, c.Values), append(names, c.Name)
	}
	if len(steps) < 2 || len(curves) == 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "draw %s: there are fewer than two steps", title)
	}
	opt := charts.NewLineChartOptionWithData(values)
	opt.Title.Text = title
	opt.Title.FontStyle = font(15, ink)
	opt.XAxis.Labels = steps
	opt.Legend.SeriesNames = names
	opt.Legend.Padding = charts.Box{Top: 40}
	opt.Symbol = charts.SymbolCircle
	opt.LineStrokeWidth = 2
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height + 80})
	p.FilledRect(0, 0, width, height+80, charts.ColorWhite, charts.ColorWhite, 0)
	if err := p.LineChart(opt); err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "draw %s: %w", title, err)
	}
	png, err := p.Bytes()
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "draw %s: %w", title, err)
	}
	return png, nil
}
