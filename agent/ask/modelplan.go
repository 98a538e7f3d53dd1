package ask

import (
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// thought is one question while the model plans it: a turn of its own, so that
// nothing of it is left when the built-in planner takes over.
type thought struct {
	*turn
	limits    Limits
	patience  time.Duration // how long the model may take
	nonce     string
	messages  []Message
	offered   []ToolSpec
	can       []tools.Tool      // what was offered
	shown     []shown           // e1 is the first
	ids       map[string]string // id in the conversation, by evidence
	seen      map[string]int    // calls made, by call
	repeats   int
	incidents []pipewright.Incident
	left      map[string]int // sentences that were left out, by reason
	ceiling   float64        // of confidence, 1 unless the second look lowered it
	day       Used           // spent today, this question included
	used      Used
}

// acting intents are only ever understood from the person's own words, by the grammar.
// For help and policy there is nothing to read.
var grammarOnly = []pipewright.Intent{"act", "approve", "deny", "undo", "pause", "resume", "help", "policy"}

// plan answers the turn: by the model when there is one and the question is one it may
// answer, else by the grammar. The answer says when the model was wanted and did not serve.
func (t *turn) plan(ctx context.Context) (*turn, context.CancelFunc, error) {
	none := func() {}
	if t.done {
		return t, none, nil
	}
	if t.a.deps.Model == nil || slices.Contains(grammarOnly, t.intent) {
		return t, none, t.byGrammar()
	}
	m := t.think(ctx)
	why := m.answer()     //nolint:contextcheck // the thought carries this context, within its own limit of time
	if ctx.Err() != nil { // whoever asked has gone: nothing is read for them any more
		return t, none, ctx.Err()
	}
	if why == "" {
		m.turn.ctx = t.ctx
		m.remember(context.WithoutCancel(ctx))
		return m.turn, none, m.turn.answerAlso()
	}
	// The model may have used up the time; the grammar gets its own.
	fresh, stop := context.WithTimeout(ctx, t.a.deps.Budget.Time)
	t.ctx = fresh
	err := t.byGrammar()
	m.usage(&t.ans.Usage)
	t.gap("the model did not serve (%s), so the built-in planner answered", why)
	if err == nil {
		t.remember(context.WithoutCancel(ctx))
	}
	return t, stop, err
}

// byGrammar answers with the built-in planner.
func (t *turn) byGrammar() error {
	if err := t.answer(); err != nil {
		return err
	}
	return t.answerAlso()
}

// think starts a thought beside the turn.
func (t *turn) think(ctx context.Context) *thought {
	own := *t
	own.ctx, own.ans, own.lines, own.cited = ctx, t.blank(), nil, map[string]string{}
	own.ans.Planner, own.ans.Intent = "model", t.intent
	if t.also != nil && slices.Contains(reads, t.also.top().intent) {
		own.also, own.second = nil, "" // the model reads the whole message
	}
	limits := t.a.deps.Limits.complete()
	return &thought{turn: &own, limits: limits, nonce: limits.Nonce(), ids: map[string]string{}, seen: map[string]int{}, left: map[string]int{}, ceiling: 1}
}

// answer lets the model plan and phrase, and grounds what it says. It returns why the
// model did not serve, empty when it did.
func (m *thought) answer() (why string) {
	m.patience = m.share()
	ctx, stop := context.WithTimeout(m.ctx, m.patience)
	defer stop()
	m.ctx = ctx
	if why := m.begin(); why != "" {
		return why
	}
	d, why := m.converse()
	if why != "" {
		return why
	}
	if err := m.ground(d); err != nil {
		return m.reason(err)
	}
	m.usage(&m.ans.Usage)
	if len(m.lines) == 0 && len(d.claims) == 0 {
		return "it found nothing to say"
	}
	if len(m.lines) == 0 {
		return "nothing that it said was supported by evidence"
	}
	m.account()
	return ""
}

// share is how long the model may take: of the time that the surface gives, the built-in
// planner is left its own, or half of what is there.
func (m *thought) share() time.Duration {
	most := m.limits.Time
	if until, ok := m.ctx.Deadline(); ok {
		left := time.Until(until)
		most = min(most, max(left-m.a.deps.Budget.Time, left/2))
	}
	return most
}

func (m *thought) begin() (why string) {
	if s := m.a.deps.Spend; s != nil {
		var err error
		if m.day, err = s.Spent(m.ctx, m.a.deps.Clock()); err != nil {
			return "what it cost today cannot be read"
		}
	}
	m.offer()
	if err := m.open(); err != nil {
		return "its prompt could not be written"
	}
	return ""
}

// account says what was left out of the model's words, and why.
func (m *thought) account() {
	for _, reason := range sortedKeys(m.left) {
		m.gap("%s of the model left out: %s", times(m.left[reason], "sentence"), reason)
	}
}
