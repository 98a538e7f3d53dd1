package slackbot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Charting is how charts are shown.
type Charting string

const (
	ChartsAuto   Charting = "auto"   // as blocks, and as pictures from the day on which Slack refuses one
	ChartsNative Charting = "native" // as blocks that Slack draws
	ChartsImage  Charting = "image"  // as pictures that are uploaded
	ChartsOff    Charting = "off"
)

const (
	keptPoints = 120 // of a chart in a message that waits to be sent; a picture has room for them
	shownMost  = 2   // charts in a message
)

// charting is how charts are shown now.
func (b *Bot) charting(ctx context.Context) Charting {
	how := b.cfg.Charts
	if how == ChartsAuto {
		how = ChartsNative
		if refused, err := b.wasRefused(ctx, chartNote); err != nil || refused {
			how = ChartsImage
		}
	}
	if how == ChartsImage && b.parts.Draw == nil {
		return ChartsOff
	}
	return how
}

// chartNote remembers that this workspace does not take charts as blocks.
const chartNote = "charts refused"

// triedAgain is after how long something that Slack refused is tried again: workspaces
// get new things.
const triedAgain = 7 * 24 * time.Hour

// wasRefused reports whether Slack refused something not long ago.
func (b *Bot) wasRefused(ctx context.Context, note string) (bool, error) {
	var at time.Time
	err := b.recall(ctx, note, &at)
	return b.parts.Now().Sub(at) < triedAgain, err
}

// chartsOf are the charts on an incident's card. A card without them is better than none.
func (b *Bot) chartsOf(ctx context.Context, inc pipewright.Incident) []pipewright.Chart {
	if b.parts.Charts == nil || inc.Diagnosis == nil || inc.Class == pipewright.ClassRequested || b.cfg.Charts == ChartsOff {
		return nil
	}
	charts, err := b.parts.Charts(ctx, inc)
	if err != nil {
		b.log.Warn("slack: a card has no chart", "incident", inc.ID, "err", err)
		return nil
	}
	return kept(charts)
}

// kept are the charts of a message, no larger than they need to be.
func kept(charts []pipewright.Chart) (out []pipewright.Chart) {
	for _, c := range charts[:min(shownMost, len(charts))] {
		switch {
		case c.Figure != nil && c.Figure.Drawn():
			out = append(out, c)
		case len(c.Points) > 1:
			out = append(out, c.Thin(keptPoints))
		}
	}
	return out
}

// phase names the picture of an incident's card: one before anything was done, one when
// it is over. In between the blocks of the card show how it goes on.
func phase(inc pipewright.Incident) string {
	switch inc.State {
	case pipewright.Resolved, pipewright.Closed:
		return "after"
	case pipewright.Decided, pipewright.Waiting, pipewright.Escalated, pipewright.Acting:
		return "before"
	}
	return ""
}

// pictures stores the charts of a message as pictures in its thread, where they cannot
// be blocks.
func (b *Bot) pictures(ctx context.Context, key string, due time.Time, m message) error {
	if len(m.Charts) == 0 || m.Phase == "" || m.Kind != postKind || b.charting(ctx) != ChartsImage {
		return nil
	}
	for i, c := range m.Charts {
		name := fmt.Sprintf("picture/%s/%s/%d", key, m.Phase, i)
		p := message{Kind: fileKind, Channel: m.Channel, Thread: m.Thread, Parent: m.Parent, Text: captionOf(c, frame{zone: b.cfg.Zone}), Charts: []pipewright.Chart{c},
			Name: fmt.Sprintf("%s-%s-%s.png", subject(c), m.Phase, short(name))}
		if p.Thread == "" && p.Parent == "" {
			p.Parent = key
		}
		if err := b.queue(ctx, name, name, 1, due, p); err != nil {
			return err
		}
	}
	return nil
}

// refusedCharts sends a message whose charts Slack does not take without them, as
// pictures from now on. It reports whether charts can have been the reason.
func (b *Bot) refusedCharts(ctx context.Context, d pipewright.Delivery, m message) bool {
	if len(m.Charts) == 0 || b.cfg.Charts != ChartsAuto || b.charting(ctx) != ChartsNative {
		return false
	}
	if err := b.remember(ctx, chartNote, b.parts.Now()); err != nil {
		b.settle(err)
		return false
	}
	b.log.Info("slack: this workspace takes no charts as blocks; they are uploaded as pictures")
	b.settle(b.pictures(ctx, d.Key, b.parts.Now(), m))
	b.again(ctx, d, m)
	return true
}

// withCharts puts charts above the buttons of a message, or above its last line.
func (f frame) withCharts(blocks []slack.Block, charts []pipewright.Chart) []slack.Block {
	at := max(0, len(blocks)-1)
	for i, b := range blocks {
		if b.BlockType() == slack.MBTAction {
			at = i
			break
		}
	}
	var out []slack.Block
	out = append(out, blocks[:at]...)
	for _, c := range charts {
		if block := f.visualization(c); block.Validate() == nil {
			out = append(out, block, contextLine(captionOf(c, f)))
		}
	}
	return within(append(out, blocks[at:]...), maxBlocks)
}

const nativePoints = 20 // Slack's bound on the points of a series

// visualization is a chart as Slack draws it: the values, and both edges of what was
// usual.
func (f frame) visualization(c pipewright.Chart) *slack.DataVisualizationBlock {
	if c.Figure != nil {
		return figureBlock(*c.Figure)
	}
	c = c.Thin(nativePoints)
	labels := f.timeLabels(c)
	line := func(name string, value func(int) float64) slack.DataVisualizationDataSeries {
		var data []slack.DataVisualizationDataPoint
		for i := range c.Points {
			data = append(data, slack.NewDataVisualizationDataPoint(labels[i], value(i)))
		}
		return slack.NewDataVisualizationDataSeries(name, data...)
	}
	lines := []slack.DataVisualizationDataSeries{line("value", func(i int) float64 { return c.Points[i].Value })}
	if c.Banded() {
		lines = append(lines, line("usual at most", func(i int) float64 { return c.High[i] }), line("usual at least", func(i int) float64 { return c.Low[i] }))
	}
	axes := slack.NewDataVisualizationAxisConfig(labels...).WithXLabel("time (" + c.Points[0].At.In(f.in()).Format("MST") + ")").WithYLabel(cut(visible(first(c.Unit, c.Metric)), 50))
	return slack.NewDataVisualizationBlock(cut(visible(c.Metric+" of "+string(c.Resource)), 50), slack.NewDataVisualizationLineChart(axes, lines...))
}

// timeLabels name each point, no two alike.
func (f frame) timeLabels(c pipewright.Chart) (out []string) {
	span, layout := c.Points[len(c.Points)-1].At.Sub(c.Points[0].At), "15:04"
	switch {
	case span > 20*time.Hour:
		layout = "2 Jan 15:04"
	case span < nativePoints*2*time.Minute:
		layout = "15:04:05"
	}
	taken := map[string]bool{}
	for _, p := range c.Points {
		label := p.At.In(f.in()).Format(layout)
		for n := 2; taken[label]; n++ {
			label = fmt.Sprintf("%s (%d)", p.At.In(f.in()).Format(layout), n)
		}
		taken[label] = true
		out = append(out, label)
	}
	return out
}

func (f frame) in() *time.Location {
	if f.zone == nil {
		return time.UTC
	}
	return f.zone
}

// captionOf says in words what a chart shows, for who cannot see it.
func captionOf(c pipewright.Chart, f frame) string {
	if c.Figure != nil {
		return plain(c.Figure.Title + ". " + c.Figure.Say)
	}
	peak, unit, layout := 0, c.Unit, "15:04"
	for i, p := range c.Points {
		if p.Value > c.Points[peak].Value {
			peak = i
		}
	}
	if c.Points[len(c.Points)-1].At.Sub(c.Points[0].At) > 20*time.Hour {
		layout = "2 Jan 15:04"
	}
	if unit != "" {
		unit = " " + unit
	}
	say := fmt.Sprintf("%s of %s: highest %s%s at %s, last %s%s", c.Metric, c.Resource, figure(c.Points[peak].Value), unit, c.Points[peak].At.In(f.in()).Format(layout), figure(c.Points[len(c.Points)-1].Value), unit)
	if c.Banded() {
		say += fmt.Sprintf("; usual there %s to %s", figure(c.Low[peak]), figure(c.High[peak]))
	}
	var marks []string
	for _, m := range c.Marks[:min(6, len(c.Marks))] {
		marks = append(marks, m.Say+" "+m.At.In(f.in()).Format(layout))
	}
	if len(marks) > 0 {
		say += " · " + strings.Join(marks, ", ")
	}
	return plain(say)
}

// figure writes a value with three digits that mean something, or as a whole number.
func figure(v float64) string {
	if v >= 100 || v <= -100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
