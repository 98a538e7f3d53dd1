package ask

import (
	"github.com/pipewright/pipewright/tools"
)

// ruledOut answers "what did you rule out": every cause that an incident's diagnosis
// excluded, with why.
func (t *turn) ruledOut() error {
	inc, ok, err := t.oneIncident(t.span0(24))
	if err != nil || !ok {
		return err
	}
	t.ans.Resources = append(t.ans.Resources, inc.Resource)
	e := citationOf(tools.Result{}, inc)
	d := inc.Diagnosis
	if d == nil || len(d.RuledOut) == 0 {
		t.claim(e, "Nothing was ruled out in %s", inc.ID)
		return nil
	}
	if top, sure := d.Top(); sure {
		t.claim(e, "In %s %s of %s was found most likely (%.2f); ruled out were", inc.ID, top.Cause, top.Resource, top.Confidence)
	} else {
		t.claim(e, "In %s no cause is sure; ruled out were", inc.ID)
	}
	t.ans.RuledOut = append(t.ans.RuledOut, d.RuledOut...)
	for i, r := range d.RuledOut {
		if i == t.most(8) {
			t.say("  and %d more; say \"more\".", len(d.RuledOut)-i)
			break
		}
		t.claim(e, "  %s: %s", r.Cause, r.Why)
	}
	return nil
}
