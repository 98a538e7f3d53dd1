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

// home shows a person the home tab: the kill switch, what waits for a word, what is open,
// how far it may go alone and what earned that, and the week's figures.
func (b *Bot) home(ctx context.Context, user string) error {
	v, err := b.overview(ctx)
	if err != nil {
		return err
	}
	return b.queue(ctx, "home/"+user, "home/"+user, b.parts.Now().UnixNano(), time.Time{},
		message{Kind: homeKind, User: user, Blocks: slack.Blocks{BlockSet: v.blocks(frame{zone: b.cfg.Zone})}})
}

// overview is what the home tab and the digest show.
type overview struct {
	pauses  []pipewright.Pause
	pending []pipewright.Approval
	open    []pipewright.Incident
	more    int // open beside those
	week    week
	modes   []pipewright.ModeChange
	earned  []Autonomy
	moves   []pipewright.PolicyMove
}

func (b *Bot) overview(ctx context.Context) (v overview, err error) {
	now, err := b.parts.World(ctx)
	if err != nil {
		return v, err
	}
	if v.open, v.more, err = b.openNow(ctx); err != nil {
		return v, err
	}
	if v.pauses, err = b.parts.Ledger.Pauses(ctx); err != nil {
		return v, err
	}
	v.pauses = slices.DeleteFunc(v.pauses, func(p pipewright.Pause) bool { return !p.Holds(now) })
	if v.pending, err = b.parts.Ledger.Approvals(ctx, pipewright.ApprovalPending); err != nil {
		return v, err
	}
	v.pending = slices.DeleteFunc(v.pending, func(a pipewright.Approval) bool { return !now.Before(a.Expires) })
	if v.week, err = b.week(ctx, now); err != nil {
		return v, err
	}
	if b.parts.Moves != nil {
		if v.moves, err = b.parts.Moves(ctx); err != nil {
			return v, err
		}
	}
	if v.modes, err = b.parts.Ledger.Modes(ctx); err != nil || b.parts.Autonomy == nil {
		return v, err
	}
	v.earned, err = b.parts.Autonomy(ctx)
	return v, err
}

// week is what happened in seven days.
type week struct {
	classes                            map[pipewright.FaultClass]int
	opened, alone, approved, escalated int
	waiting, unaided                   int           // for a word; over without an action of ours that helped
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
		if w.classes == nil {
			w.classes = map[pipewright.FaultClass]int{}
		}
		w.classes[inc.Class]++
		last := inc.LastAttempt()
		switch {
		case inc.State == pipewright.Escalated:
			w.escalated++
		case inc.State == pipewright.Waiting:
			w.waiting++
		case inc.State == pipewright.Closed && (last == nil || last.Verification != pipewright.VerifyRecovered):
			w.unaided++
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
	s := fmt.Sprintf("*Last 7 days* %s", counted(w.opened, "incident"))
	for _, part := range []struct {
		n   int
		say string
	}{{w.alone, "healed alone"}, {w.approved, "healed with your approval"}, {w.unaided, "over without me"}, {w.waiting, "waiting for a word"}, {w.escalated, "handed to a person"}} {
		if part.n > 0 {
			s += fmt.Sprintf(" · %d %s", part.n, part.say)
		}
	}
	if rest := w.opened - w.alone - w.approved - w.unaided - w.waiting - w.escalated; rest > 0 {
		s += fmt.Sprintf(" · %d under way", rest)
	}
	if w.recovery > 0 {
		s += " · those that are over took " + span(w.recovery) + " in the middle"
	}
	return s
}

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
