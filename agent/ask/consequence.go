package ask

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// What comes of saying yes, of saying no, and of doing nothing.

// consequence answers "what if I approve it" and "what if we leave it"; false when neither
// was asked.
func (t *turn) consequence(inc pipewright.Incident) (bool, error) {
	switch {
	case len(t.wanted()) > 0:
		return false, nil // another action was asked about
	case t.r.in("deny", base, ing, third) || t.r.has("$letbe") || t.r.says("nobody", "nothing", "leave", "ignore"):
		return true, t.ifNothing(inc)
	case t.r.in("approve", base, ing, third) || t.r.says("approval"):
		return t.ifApproved(inc), nil
	}
	return false, nil
}

// ifApproved tells what an approval would set going; false when none is waited for.
func (t *turn) ifApproved(inc pipewright.Incident) bool {
	if inc.State != pipewright.Waiting || inc.Action == nil || inc.Decision == nil {
		return false
	}
	d, e := inc.Decision, citationOf(tools.Result{}, inc)
	t.claim(e, "With your approval of %s, %s runs on %s (%s)%s", inc.Approval, inc.Action.Kind, inc.Action.Target, inc.Action.Risk, oddsOf(d))
	if d.DryRun != "" {
		t.claim(e, "  it would do: %s", firstLine(d.DryRun, 300))
	}
	if d.Expected > 0 {
		t.claim(e, "  it takes about %s, and is then verified by what was measured wrong", roughly(time.Duration(d.Expected*float64(time.Second))))
	}
	undo := "nothing undoes it"
	if d.Undo != "" {
		undo = "undo: " + firstLine(d.Undo, 200)
	}
	t.claim(e, "  %s", undo)
	if r := d.Rerun; r != nil && r.Verdict == pipewright.RerunUnsafe {
		t.claim(e, "  it is not safe to run again: %s", r.Why)
	}
	t.say("The guards are asked again just before. Say \"approve %s\" or \"deny %s\".", inc.Approval, inc.Approval)
	t.ans.Verdict = pipewright.ActionRequired
	return true
}

// ifNothing tells what Pipewright does by itself when nobody does anything, and what became
// of the like before.
func (t *turn) ifNothing(inc pipewright.Incident) error {
	e := citationOf(tools.Result{}, inc)
	t.ans.Verdict = pipewright.NoAction
	switch {
	case inc.State == pipewright.Waiting:
		t.ans.Verdict = pipewright.ActionRequired
		t.claim(e, "If nobody approves it, nothing runs in %s: %s ends%s as denied, and a person is told", inc.ID, inc.Approval, t.dueWords(inc))
	case inc.State == pipewright.Escalated:
		t.ans.Verdict = pipewright.ActionRequired
		t.claim(e, "Nothing more is tried by itself in %s: it stays open until a person settles it or what was measured wrong is gone", inc.ID)
	case !inc.State.Live() || inc.State == pipewright.Resolved:
		t.claim(e, "%s is over (%s): there is nothing to do", inc.ID, inc.State)
		return nil
	case inc.Action != nil:
		t.claim(e, "Without a word from you %s goes on by itself: %s on %s is %s%s", inc.ID, inc.Action.Kind, inc.Action.Target, inc.State, t.dueWords(inc))
	default:
		t.claim(e, "Without a word from you %s is looked into further%s", inc.ID, t.dueWords(inc))
	}
	return t.leftAlone(inc)
}

func (t *turn) dueWords(inc pipewright.Incident) string {
	if inc.Due.IsZero() || !inc.Due.After(t.now) {
		return ""
	}
	return ", next at " + t.clock(inc.Due)
}

// leftAlone tells what became of earlier incidents of the class in which nothing was run.
func (t *turn) leftAlone(inc pipewright.Incident) error {
	res, err := t.call("list_incidents", within(map[string]any{}, pipewright.Window{Start: t.now.AddDate(0, 0, -30), End: t.now}))
	if err != nil {
		return err
	}
	same, open := 0, 0
	var took []time.Duration
	var cited []pipewright.Evidence
	for _, other := range as[[]pipewright.Incident](res.Data) {
		if other.ID == inc.ID || other.Class != inc.Class || len(other.Attempts) > 0 {
			continue
		}
		same++
		if len(cited) < 3 {
			cited = append(cited, citationOf(res, other)...)
		}
		if other.EndedAt.IsZero() {
			open++
			continue
		}
		took = append(took, other.EndedAt.Sub(other.OpenedAt))
	}
	if same == 0 {
		t.say("No earlier incident of %s was left alone in the past 30 days, so how such a one ends is not known.", strings.ReplaceAll(string(inc.Class), "_", " "))
		return nil
	}
	slices.Sort(took)
	say := fmt.Sprintf("In the past 30 days Pipewright ran nothing in %s of %s: %d of them ended, by itself or by a person's hand", times(same, "other incident"), inc.Class, len(took))
	if len(took) > 0 {
		say += fmt.Sprintf(", after %s in the middle", roughly(took[len(took)/2]))
	}
	if open > 0 {
		say += fmt.Sprintf("; %d still open", open)
	}
	t.claim(cited, "%s", say)
	return nil
}
