package slackbot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Weekly is a moment of the week, in the configured zone.
type Weekly struct {
	Day time.Weekday
	At  time.Duration // after local midnight
}

// last is when that moment was last, at or before now.
func (w Weekly) last(now time.Time) time.Time {
	for back := 0; ; back++ {
		day := now.AddDate(0, 0, -back)
		at := time.Date(day.Year(), day.Month(), day.Day(), 0, int(w.At/time.Minute), 0, 0, now.Location())
		if day.Weekday() == w.Day && !at.After(now) {
			return at
		}
	}
}

// tooOld is how late a digest may be: one that a standstill held up longer is left out.
const tooOld = 48 * time.Hour

// digest posts the week's figures once a week, when that was asked for. A restart
// neither repeats it nor loses it.
func (b *Bot) digest(ctx context.Context) error {
	local := b.parts.Now().In(b.cfg.Zone)
	due := b.cfg.DigestAt.last(local)
	if !b.cfg.Digest || local.Sub(due) > tooOld {
		return nil
	}
	year, n := due.ISOWeek()
	key := fmt.Sprintf("digest/%d-W%02d", year, n)
	if _, err := b.parts.Outbox.Delivery(ctx, outQueue, key); pipewright.KindOf(err) != pipewright.NotFound {
		return err
	}
	v, err := b.overview(ctx)
	if err != nil {
		return err
	}
	figures, err := b.figures(ctx)
	if err != nil {
		return err
	}
	m := message{Kind: postKind, Channel: b.cfg.Channel, Text: v.week.String(), Blocks: slack.Blocks{BlockSet: v.digest(frame{zone: b.cfg.Zone})}, Phase: "digest"}
	for _, f := range figures {
		m.Charts = append(m.Charts, pipewright.Chart{Figure: &f})
	}
	if b.cfg.Charts == ChartsOff {
		m.Charts = nil
	}
	m.Charts = kept(m.Charts)
	if err := b.queue(ctx, key, key, 1, time.Time{}, m); err != nil {
		return err
	}
	return b.pictures(ctx, key, time.Time{}, m)
}

// figures are those that there is enough for.
func (b *Bot) figures(ctx context.Context) ([]pipewright.Figure, error) {
	if b.parts.Figures == nil {
		return nil, nil
	}
	all, err := b.parts.Figures(ctx)
	return slices.DeleteFunc(all, func(f pipewright.Figure) bool { return !f.Drawn() }), err
}

// digest is the week in one message.
func (v overview) digest(f frame) []slack.Block {
	blocks := []slack.Block{header("The week in the pipelines"), section(v.week.String())}
	if most := v.week.most(); most != "" {
		blocks = append(blocks, section("*Most often* "+most))
	}
	if len(v.open) > 0 {
		lines := []string{fmt.Sprintf("*Still open: %d*", len(v.open)+v.more)}
		for _, inc := range v.open[:min(5, len(v.open))] {
			lines = append(lines, brief(inc, f))
		}
		blocks = append(blocks, sections(strings.Join(lines, "\n"), 2)...)
	}
	return within(append(blocks, v.autonomy(f)...), maxBlocks)
}

// most are the three fault classes that there were most of.
func (w week) most() string {
	var classes []pipewright.FaultClass
	for _, c := range pipewright.FaultClasses {
		if w.classes[c] > 0 && c != pipewright.ClassRequested {
			classes = append(classes, c)
		}
	}
	slices.SortStableFunc(classes, func(a, b pipewright.FaultClass) int { return w.classes[b] - w.classes[a] })
	var parts []string
	for _, c := range classes[:min(3, len(classes))] {
		parts = append(parts, fmt.Sprintf("%s (%d)", classWords(c), w.classes[c]))
	}
	return strings.Join(parts, ", ")
}
