package slackbot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Autonomy is how far an action may go alone, and what earned that.
type Autonomy struct {
	Class  pipewright.FaultClass
	Action pipewright.ActionKind
	Env    string
	Rung   pipewright.Rung
	Held   int    // verified runs that held
	Tried  int    // runs with a verified outcome
	Harm   bool   // it made things worse and nobody has cleared that
	By     string // the person whose word it is; empty: the configuration's
}

const (
	shownPending  = 5
	shownAutonomy = 15
)

// blocks are the home tab.
func (v overview) blocks(f frame) []slack.Block {
	blocks := append([]slack.Block{header("Pipewright")}, v.switches()...)
	if len(v.pending) > 0 {
		blocks = append(blocks, slack.NewDividerBlock(), section(fmt.Sprintf("*Waits for a word: %d*", len(v.pending))))
	}
	shown := map[string]bool{}
	for _, ap := range v.pending[:min(shownPending, len(v.pending))] {
		shown[ap.Incident] = true
		title, d := v.about(ap.Incident)
		blocks = append(blocks, f.waits(ap, title, d)...)
	}
	blocks = append(blocks, slack.NewDividerBlock(), section(fmt.Sprintf("*Open now: %d*", len(v.open)+v.more)))
	for _, inc := range v.open {
		if !shown[inc.ID] {
			blocks = append(blocks, section(brief(inc, f)))
		}
	}
	if len(shown) > 0 {
		blocks = append(blocks, contextLine("Those that wait for a word are above."))
	}
	if v.more > 0 {
		blocks = append(blocks, contextLine(fmt.Sprintf("and %d more", v.more)))
	}
	blocks = append(append(blocks, slack.NewDividerBlock()), v.autonomy(f)...)
	return within(append(blocks, slack.NewDividerBlock(), section(v.week.String())), maxViewBlocks)
}

// about says what an incident is about, and what was decided in it.
func (v overview) about(incident string) (what string, d *pipewright.Decision) {
	for _, inc := range v.open {
		if inc.ID == incident {
			return strings.ReplaceAll(briefly(title(inc), 140), "`", ""), inc.Decision
		}
	}
	return incident, nil
}

// switches are what is paused, and the kill switch or the way back from it.
func (v overview) switches() (blocks []slack.Block) {
	stopped := false
	for _, p := range v.pauses {
		line := "⏸️ paused " + pausedWhat(p) + " by " + plain(p.By)
		if p.Reason != "" {
			line += ": " + plain(firstLine(p.Reason, 200))
		}
		stopped = stopped || p.Resource == ""
		blocks = append(blocks, section(line))
	}
	if stopped {
		return append(blocks, slack.NewActionBlock("pw.switch", button(actResume, "Allow autonomous action again", mark{}.String(), slack.StylePrimary)))
	}
	kill := button(actPause, "Stop all autonomous action", mark{}.String(), slack.StyleDanger)
	kill.Confirm = slack.NewConfirmationBlockObject(plainText("Stop everything?", 100), plainText("Nothing runs, anywhere, neither alone nor approved, until somebody resumes it.", 300), plainText("Stop", 30), plainText("Back", 30))
	return append(blocks, slack.NewActionBlock("pw.switch", kill))
}

// waits is a proposal that waits for a person's word, with the buttons of its card.
func (f frame) waits(ap pipewright.Approval, title string, d *pipewright.Decision) []slack.Block {
	say := fmt.Sprintf("🟡 *%s*\n%s on %s (%s)%s · until %s · %s, %s", noStars(plain(title)), code(string(ap.Action.Kind)), code(string(ap.Action.Target)), riskOf(ap.Action, d), odds(d), f.at(ap.Expires), code(ap.Incident), code(ap.ID))
	if more := signed(ap); len(more) > 0 {
		say += "\n" + more[0]
	}
	return []slack.Block{section(say), slack.NewActionBlock("pw.ap."+cut(ap.ID, 100), settlers(ap.Incident, ap, d)...)}
}

// autonomy says how far it goes alone, and why.
func (v overview) autonomy(f frame) []slack.Block {
	lines := []string{"*How far it goes alone*"}
	for _, a := range v.earned[:min(shownAutonomy, len(v.earned))] {
		lines = append(lines, a.say())
	}
	if len(v.earned) == 0 {
		lines = append(lines, "Nothing was tried yet, so nothing has earned more than the configuration gives.")
	}
	blocks := append(sections(strings.Join(lines, "\n"), 2), section(closed(v.decides(f), maxSection)))
	return append(blocks, modeBlocks(v.modes, f)...)
}

func (a Autonomy) say() string {
	what := code(string(a.Action)) + " for " + classWords(a.Class)
	if a.Env != "" {
		what += " in " + plain(a.Env)
	}
	line := fmt.Sprintf("• *%s* %s: %d of %d held", plain(string(a.Rung)), what, a.Held, a.Tried)
	if a.Harm {
		line += ", and it did harm, so it asks"
	}
	if a.By != "" {
		line += ", set by " + plain(a.By)
	}
	return line
}
