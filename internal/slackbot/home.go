package slackbot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// home shows a person the home tab: what is open, what is paused, the week's figures
// and the kill switch.
func (b *Bot) home(ctx context.Context, user string) error {
	now, err := b.parts.World(ctx)
	if err != nil {
		return err
	}
	open, err := b.open10(ctx)
	if err != nil {
		return err
	}
	pauses, err := b.parts.Ledger.Pauses(ctx)
	if err != nil {
		return err
	}
	pauses = slices.DeleteFunc(pauses, func(p pipewright.Pause) bool { return !p.Holds(now) })
	w, err := b.week(ctx, now)
	if err != nil {
		return err
	}
	modes, err := b.parts.Ledger.Modes(ctx)
	if err != nil {
		return err
	}
	f := frame{zone: b.cfg.Zone}
	blocks := within(append(homeBlocks(open, pauses, w, f), modeBlocks(modes, f)...), maxViewBlocks)
	return b.queue(ctx, "home/"+user, "home/"+user, b.parts.Now().UnixNano(), time.Time{}, message{Kind: homeKind, User: user, Blocks: slack.Blocks{BlockSet: blocks}})
}

// week is what happened in seven days.
type week struct {
	opened, alone, approved, escalated int
	recovery                           time.Duration // the median
}

func (b *Bot) week(ctx context.Context, now time.Time) (w week, err error) {
	incidents, err := b.parts.Ledger.Incidents(ctx, pipewright.IncidentQuery{Window: pipewright.Window{Start: now.AddDate(0, 0, -7), End: now.Add(time.Second)}, Limit: 10_000})
	if err != nil {
		return w, err
	}
	var took []time.Duration
	for _, inc := range incidents {
		w.opened++
		last := inc.LastAttempt()
		switch {
		case inc.State == pipewright.Escalated:
			w.escalated++
		case last == nil || last.Verification != pipewright.VerifyRecovered:
		case last.Approval == "":
			w.alone++
		default:
			w.approved++
		}
		if !inc.EndedAt.IsZero() {
			took = append(took, inc.EndedAt.Sub(inc.OpenedAt))
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		w.recovery = took[len(took)/2]
	}
	return w, nil
}

func (w week) String() string {
	s := fmt.Sprintf("*Last 7 days* %d incidents · %d healed alone · %d healed with your approval · %d need a person", w.opened, w.alone, w.approved, w.escalated)
	if w.recovery > 0 {
		s += " · half were over within " + span(w.recovery)
	}
	return s
}

// sortByNeed puts first what waits for a person, then the more severe, then the older.
func sortByNeed(incidents []pipewright.Incident) {
	need := func(inc pipewright.Incident) int {
		switch inc.State {
		case pipewright.Waiting:
			return 0
		case pipewright.Escalated:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(incidents, func(a, b pipewright.Incident) int {
		if c := cmp.Compare(need(a), need(b)); c != 0 {
			return c
		}
		if a.Severity != b.Severity {
			if a.Severity.Worse(b.Severity) {
				return -1
			}
			return 1
		}
		return a.OpenedAt.Compare(b.OpenedAt)
	})
}

// digestHour is when the weekly digest is posted, on Mondays, in the configured zone.
const digestHour = 9

// digest posts the week's figures once a week, when that was asked for.
func (b *Bot) digest(ctx context.Context) error {
	local := b.parts.Now().In(b.cfg.Zone)
	if !b.cfg.Digest || local.Weekday() != time.Monday || local.Hour() < digestHour {
		return nil
	}
	year, n := local.ISOWeek()
	key := fmt.Sprintf("digest/%d-W%02d", year, n)
	if _, err := b.parts.Outbox.Delivery(ctx, outQueue, key); pipewright.KindOf(err) != pipewright.NotFound {
		return err
	}
	now, err := b.parts.World(ctx)
	if err != nil {
		return err
	}
	w, err := b.week(ctx, now)
	if err != nil {
		return err
	}
	return b.queue(ctx, key, key, 1, time.Time{}, message{Kind: postKind, Channel: b.cfg.Channel, Text: w.String(), Blocks: slack.Blocks{BlockSet: []slack.Block{header("The week in the pipelines"), section(w.String())}}})
}
