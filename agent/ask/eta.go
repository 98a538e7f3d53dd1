package ask

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// etaAsked recognises that somebody wants to know when something is over.
var etaAsked = regexp.MustCompile(`(?i)\b(?:etas?|how (?:much )?long(?:er)? (?:until|till|before|will it (?:take|be))|how much longer|when (?:will|is|are|can|do|does)\b.*\b(?:back|fixed|recovers?|recovered|resolved|over|healthy|working|ready|up again|running again))\b`)

// eta answers when what is broken will be over, first of all: from what is being done,
// what that usually takes, and how long the like of it took before.
func (t *turn) eta() error {
	if !etaAsked.MatchString(t.q.Text) && !t.r.has("$eta") && !t.r.has("$howlong", "$acts") || len(t.ans.Choices) > 0 {
		return nil
	}
	res, err := t.call("list_incidents", map[string]any{})
	if err != nil {
		return err
	}
	all := as[[]pipewright.Incident](res.Data)
	before := t.lines
	t.lines = nil
	for _, inc := range all {
		if t.speaksOf(inc) {
			t.claim(citationOf(res, inc), "%s", t.etaWords(inc, all))
		}
	}
	if len(t.lines) == 0 && len(t.ans.Resources) > 0 {
		t.say("Nothing is open on %s, so there is nothing to wait for.", some(t.ans.Resources, 3))
	}
	t.lines = append(t.lines, before...)
	return nil
}

// speaksOf reports whether a live incident is one that the answer is about.
func (t *turn) speaksOf(inc pipewright.Incident) bool {
	if inc.State == pipewright.Resolved || inc.State == pipewright.Closed {
		return false
	}
	top, _ := topOf(inc)
	return inc.ID == t.next.Incident || len(t.ans.Resources) == 0 || slices.Contains(t.ans.Resources, top.Resource) ||
		slices.ContainsFunc(inc.Resources(), func(id pipewright.ResourceID) bool { return slices.Contains(t.ans.Resources, id) })
}

func (t *turn) etaWords(inc pipewright.Incident, all []pipewright.Incident) string {
	takes := ""
	if d := inc.Decision; d != nil && inc.Action != nil {
		takes = fmt.Sprintf("%s takes about %s", inc.Action.Kind, roughly(time.Duration(d.Expected*float64(time.Second))))
		if d.Recovery != nil {
			takes += fmt.Sprintf(" and is predicted to help with %.2f", *d.Recovery)
		}
	}
	say := ""
	switch last := inc.LastAttempt(); {
	case inc.State == pipewright.Waiting:
		say = fmt.Sprintf("No time can be given for %s: it waits for a person (%s); once that is approved, %s", inc.ID, inc.Approval, takes)
	case inc.State == pipewright.Escalated:
		say = fmt.Sprintf("No time can be given for %s: it needs a person, and nothing is being tried", inc.ID)
	case last != nil && last.Verification == "" && last.Decision != nil:
		over := last.At.Add(time.Duration(last.Decision.Expected * float64(time.Second)))
		say = fmt.Sprintf("%s: %s runs since %s and should show by %s", inc.ID, last.Action.Kind, t.clock(last.At), t.clock(over))
	case !inc.Due.IsZero() && inc.Due.After(t.now):
		say = fmt.Sprintf("%s: the next step is due at %s", inc.ID, t.clock(inc.Due))
		if takes != "" {
			say += "; " + takes
		}
	default:
		say = inc.ID + " is being looked into, nothing is decided yet"
	}
	return say + pastTimes(inc, all)
}

// pastTimes says how long earlier incidents of the class took, when there were some.
func pastTimes(inc pipewright.Incident, all []pipewright.Incident) string {
	var took []time.Duration
	for _, other := range all {
		if other.Class == inc.Class && other.ID != inc.ID && other.State == pipewright.Closed && len(other.Attempts) > 0 && !other.EndedAt.IsZero() {
			took = append(took, other.EndedAt.Sub(other.OpenedAt))
		}
	}
	if len(took) == 0 {
		return ""
	}
	slices.Sort(took)
	return fmt.Sprintf("; %s of %s before took %s in the middle", times(len(took), "incident"), inc.Class, roughly(took[len(took)/2]))
}

// roughly writes a duration for people.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// deriveEnd tells "when will it work again" and "how long until it is fixed" from the
// duration of a run.
func (r *reading) deriveEnd(set func(concept, bool)) {
	works := r.any("again", "$recovered", "fine", "good") || r.says("fixed", "fix", "back", "work", "works", "working", "ready", "done", "recover", "recovered", "up", "resolved", "over", "available", "healthy", "healed", "finish", "finished", "complete", "mended", "running")
	future := r.says("will", "would", "should", "is", "be", "going", "can", "are", "does", "until", "till")
	ends := r.says("when") && future && works && !r.any("change", "$acts") && !r.says("last", "next", "did", "was")
	ends = ends || r.says("eta", "etas") || r.beside("how much longer", "how soon") || r.beside("how long until|till|til|before") ||
		r.beside("how long will it|this|that") && !r.has("$named")
	set("$eta", ends && !r.has("if"))
}
