package slackbot

import (
	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// figureBlock is a figure as Slack draws it: shares as bars, everything else as lines,
// in percent. Intervals are in the picture only.
func figureBlock(f pipewright.Figure) *slack.DataVisualizationBlock {
	from := max(0, len(f.Steps)-nativePoints) // the newest, or the highest
	var labels []string
	for _, step := range f.Steps[from:] {
		labels = append(labels, cut(visible(step), 20))
	}
	var lines []slack.DataVisualizationDataSeries
	for _, s := range f.Series {
		var data []slack.DataVisualizationDataPoint
		for i, v := range s.Values[from:] {
			data = append(data, slack.NewDataVisualizationDataPoint(labels[i], 100*v))
		}
		lines = append(lines, slack.NewDataVisualizationDataSeries(cut(s.Name, 20), data...))
	}
	axes := slack.NewDataVisualizationAxisConfig(labels...).WithXLabel(cut(visible(f.X), 50)).WithYLabel(cut(visible(f.Y)+", %", 50))
	var chart slack.DataVisualizationChart = slack.NewDataVisualizationLineChart(axes, lines...)
	if f.Kind == pipewright.FigureAutonomy {
		chart = slack.NewDataVisualizationBarChart(axes, lines...)
	}
	return slack.NewDataVisualizationBlock(cut(visible(f.Title), 50), chart)
}

// subject names what a chart is about, for a file.
func subject(c pipewright.Chart) string {
	if c.Figure != nil {
		return string(c.Figure.Kind)
	}
	return c.Metric
}

func titleOf(c pipewright.Chart) string {
	if c.Figure != nil {
		return c.Figure.Title
	}
	return c.Metric + " of " + string(c.Resource)
}
