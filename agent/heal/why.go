package heal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// decider is the record of a decision with who chose. It reads nothing that the loop
// changes, so that a chat may ask while the loop runs.
func (l *Loop) decider(ctx context.Context, d pipewright.Decision) (rl.Record, Chooser, error) {
	rec, ok := readRecord(d)
	if !ok {
		return rec, nil, pipewright.Errorf(pipewright.NotFound, "the decision has no record that can be read: it was asked for by a person, or made by another version of this program")
	}
	id := rec.Choice.Policy
	for _, c := range []Chooser{l.untaught.Chooser, rl.NewRules(rl.Runbook)} {
		if c.ID() == id {
			return rec, c, nil
		}
	}
	content, err := l.Recovery.Policy(ctx, id)
	if err != nil {
		return rec, nil, err
	}
	planner, err := rl.ReadPlanner(content)
	if err != nil {
		return rec, nil, pipewright.Errorf(pipewright.Invalid, "policy %.14s: %w", id, err)
	}
	return rec, planner, nil
}

// Replayed says how far a decision could be made again.
type Replayed struct {
	Same   bool   `json:"same"`             // from the record alone
	Model  bool   `json:"model"`            // and by the model that it names, rebuilt from the journal
	Checks int    `json:"checks,omitempty"` // probes before it that this model chooses again
	Why    string `json:"why,omitempty"`    // what differs, or why the model cannot be rebuilt
}

// Replay makes a journaled decision again: from its record alone, and with the model
// that it names, rebuilt from the journal, if catalogue and journal still lead to it.
// That model also chooses the probes of the diagnosis again; nil when there is none.
func (l *Loop) Replay(ctx context.Context, d pipewright.Decision, of *pipewright.Diagnosis) (r Replayed, err error) {
	rec, c, err := l.decider(ctx, d)
	if err != nil {
		return r, err
	}
	if err := again(d, rec, c); err != nil {
		r.Why = err.Error()
		return r, nil //nolint:nilerr // that it differs is the answer
	}
	r.Same = true
	p, err := l.modelOf(ctx, rec)
	if err == nil {
		p.Chooser = c
		err = p.Replay(d)
	}
	if err == nil && of != nil {
		r.Checks, err = len(of.Checked), p.ReplayChecked(*of)
	}
	if err != nil {
		r.Why = err.Error()
		return r, nil //nolint:nilerr // why the model could not make it again is the answer
	}
	r.Model = true
	return r, nil
}

// again makes the choice and the paragraph again from the record alone, and reports any
// difference.
func again(d pipewright.Decision, rec rl.Record, c Chooser) error {
	choice, err := rec.Again(c)
	if err != nil {
		return err
	}
	was, err := json.Marshal(rec.Choice)
	if err != nil {
		return pipewright.Errorf(pipewright.Invalid, "replay the decision: %w", err)
	}
	if is, err := json.Marshal(choice); err != nil || !bytes.Equal(was, is) {
		return pipewright.Errorf(pipewright.Conflict, "replay the decision: the record's own numbers lead to another choice; it was changed, or the program computes differently")
	}
	planner, ok := c.(*rl.Planner)
	if !ok || rec.Grounds == nil || d.Paragraph == "" { // a later step of an action: the first was explained
		return nil
	}
	e, err := rec.Explain(planner)
	if err == nil && e.Paragraph() != d.Paragraph {
		err = pipewright.Errorf(pipewright.Conflict, "replay the decision: its paragraph is not the one that its record leads to; one of them was changed")
	}
	return err
}

// modelOf is the model that decided, rebuilt from the journal.
func (l *Loop) modelOf(ctx context.Context, rec rl.Record) (Policy, error) {
	if rec.Model == l.untaught.Name {
		return l.untaught, nil
	}
	moves, err := l.Recovery.PolicyMoves(ctx)
	if err != nil {
		return Policy{}, fmt.Errorf("read policy moves: %w", err)
	}
	m := Newest(moves, rec.Model)
	if m == nil {
		return Policy{}, pipewright.Errorf(pipewright.NotFound, "the decision was made with the model %.14s, which this fault catalogue and journal do not lead to", rec.Model)
	}
	log, err := ReadLog(ctx, l.Recovery)
	if err != nil {
		return Policy{}, err
	}
	return Train(l.Catalogue, l.cfg, log.Upto(Mark{m.Seq, m.Feedback}))
}

// Why says in one paragraph, from the numbers of its record only, why a decision was
// made, and which past cases are nearest.
func (l *Loop) Why(ctx context.Context, d pipewright.Decision) (string, error) {
	if d.Paragraph != "" {
		return d.Paragraph, nil
	}
	if _, ok := readRecord(d); !ok {
		return "", pipewright.Errorf(pipewright.NotFound, "the decision has no record that can be read: it was asked for by a person, or made by another version of this program")
	}
	return strings.Join(d.Reasons, " "), nil
}

// WhatIf says what would be decided in the same case if something were different, or
// what is to be expected of another action first: from the decision's record alone, so
// that the numbers are those of its paragraph. Nothing is done.
func (l *Loop) WhatIf(ctx context.Context, d pipewright.Decision, s pipewright.Supposition) (string, error) {
	rec, c, err := l.decider(ctx, d)
	if err != nil {
		return "", err
	}
	if s.Verb != "" {
		return whatIfDone(rec, s), nil
	}
	for _, x := range suppose {
		if x.kind != s.Change {
			continue
		}
		say := x.no
		if s.Happened {
			say = x.yes
		}
		then := rec
		var ok bool
		if then.Choice, ok, err = rec.Suppose(c, say); err != nil {
			return "", err
		}
		if !ok {
			return "that is what was seen: " + sayChoice(rec), nil
		}
		return fmt.Sprintf("If %s, %s; as it is, %s", say, sayChoice(then), sayChoice(rec)), nil
	}
	return "", pipewright.Errorf(pipewright.Invalid, "what if what changed? Say a deploy, a setting or a schema")
}

// whatIfDone says the odds of a verb as the first action.
func whatIfDone(rec rl.Record, s pipewright.Supposition) string {
	var best *rl.Ranked
	for i, r := range rec.Choice.Ranked {
		c := rec.Case.Candidates[r.Arm]
		if c.Verb == string(s.Verb) && (s.Target == "" || c.Target == string(s.Target)) && (best == nil || r.Value > best.Value) {
			best = &rec.Choice.Ranked[i]
		}
	}
	if best == nil {
		return fmt.Sprintf("%s was not weighed in this case: nothing here can do it, or the catalogue knows no cause here that it helps", spell(string(s.Verb)))
	}
	c := rec.Case.Candidates[best.Arm]
	say := fmt.Sprintf("%s on %s first would recover it with chance %.2f (%.2f to %.2f) and make it worse with %.3f", spell(c.Verb), c.Target, best.Recovery, best.Low, best.High, best.Harm)
	if less := rec.Choice.Of(rec.Choice.Arm).Value - best.Value; rec.Choice.Ruling != "" && rec.Choice.Arm >= 0 && best.Arm != rec.Choice.Arm && less > 0 {
		say += fmt.Sprintf("; going on from there as well as possible is worth %.2f less than what was decided, %s", less, sayChoice(rec))
	}
	return say
}

// sayChoice says what a record chose, with its odds.
func sayChoice(rec rl.Record) string {
	c := rec.Choice
	if c.Arm < 0 {
		return "a person is called"
	}
	var steps []string
	for _, a := range c.Plan {
		steps = append(steps, spell(rec.Case.Candidates[a].Verb)+" on "+rec.Case.Candidates[a].Target)
	}
	how := map[rl.Ruling]string{rl.RunAlone: ", alone", rl.AskFirst: ", asked first"}[c.Ruling]
	return fmt.Sprintf("%s%s, predicted %.2f (%.2f to %.2f)", strings.Join(steps, ", then "), how, c.Odds.Recovery, c.Odds.Low, c.Odds.High)
}

func spell(verb string) string { return strings.ReplaceAll(verb, "_", " ") }
