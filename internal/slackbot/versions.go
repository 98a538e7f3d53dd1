package slackbot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Which version of the learned policy decides: people are told when that changes.

// tellMoves posts the moves of policy versions that change who decides, each once, also
// after a restart. What is only compared in the shadow stands on the home tab.
func (b *Bot) tellMoves(ctx context.Context) error {
	if b.parts.Moves == nil {
		return nil
	}
	moves, err := b.parts.Moves(ctx)
	if err != nil {
		return err
	}
	now, err := b.parts.World(ctx)
	if err != nil {
		return err
	}
	for _, m := range moves {
		say := sayMove(m)
		if say == "" || now.Sub(m.At) > tooOld {
			continue
		}
		key := fmt.Sprintf("policy/%s/%s/%d", m.Stage, m.Version, m.At.Unix())
		if _, err := b.parts.Outbox.Delivery(ctx, outQueue, key); pipewright.KindOf(err) != pipewright.NotFound {
			if err != nil {
				return err
			}
			continue
		}
		news := message{Kind: postKind, Channel: b.cfg.Channel, Text: say, Blocks: slack.Blocks{BlockSet: []slack.Block{section(say)}}}
		if err := b.queue(ctx, key, key, 1, time.Time{}, news); err != nil {
			return err
		}
	}
	return nil
}

// sayMove is a move in one paragraph: what decides from now on, why, and the way back; ""
// when nothing changes for anybody.
func sayMove(m pipewright.PolicyMove) string {
	say := ""
	switch m.Stage {
	case pipewright.PolicyCanary:
		say = fmt.Sprintf("🐤 Policy %s is on trial: it decides for %s and what is downstream of it", version(m), code(string(m.Pipeline)))
	case pipewright.PolicyActive:
		say = fmt.Sprintf("🧭 Policy %s decides from now on", version(m))
	case pipewright.PolicyBack:
		say = fmt.Sprintf("↩️ Policy %s no longer decides: the one before it does again", version(m))
	case pipewright.BreakerReset:
		return fmt.Sprintf("🔌 %s closed the breaker: what was asked about because plans had failed may run alone again, where its mode is auto", plain(m.By))
	default:
		return ""
	}
	if m.Stage != pipewright.PolicyBack {
		say += learnedFrom(m)
	}
	if m.By != "" {
		say += ", by " + plain(m.By)
	}
	say += because(m) + ". No rung is raised by this."
	if m.Stage != pipewright.PolicyBack {
		say += " Back: `pipewright policy rollback`."
	}
	return say
}

// version names a policy version, shortened.
func version(m pipewright.PolicyMove) string {
	if m.Version == "" {
		return "that was active"
	}
	return code(cut(m.Version, 15))
}

func learnedFrom(m pipewright.PolicyMove) string {
	if m.Episodes == 0 {
		return ""
	}
	return ", learned from " + counted(m.Episodes, "incident")
}

func because(m pipewright.PolicyMove) string {
	if len(m.Reasons) == 0 {
		return ""
	}
	return ": " + plain(strings.TrimSuffix(firstLine(strings.Join(m.Reasons[:min(2, len(m.Reasons))], "; "), 400), "."))
}

// decides says on the home tab which version decides and what is compared with it.
func (v overview) decides(f frame) string {
	active, trial, shadow := "the catalogue's own odds; nothing that was learned has taken over yet", "", ""
	for _, m := range v.moves {
		switch m.Stage {
		case pipewright.PolicyActive:
			active, trial = fmt.Sprintf("%s since %s%s", version(m), f.at(m.At), learnedFrom(m)), ""
		case pipewright.PolicyBack:
			active, trial = fmt.Sprintf("the version before %s again, since %s%s", version(m), f.at(m.At), because(m)), ""
		case pipewright.PolicyCanary:
			trial = fmt.Sprintf("\n• on trial at %s since %s: %s%s", code(string(m.Pipeline)), f.at(m.At), version(m), learnedFrom(m))
		case pipewright.PolicyShadow:
			shadow = fmt.Sprintf("\n• compared, deciding nothing: %s%s%s", version(m), learnedFrom(m), because(m))
		}
	}
	return "*What decides* " + active + trial + shadow
}
