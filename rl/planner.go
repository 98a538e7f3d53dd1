package rl

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Planner is the policy of the belief planner: it looks a few arms ahead,
// explores a little among arms that are safe and nearly as good, and rules
// whether its plan may run alone. It is safe for concurrent use.
type Planner struct {
	settings Settings
	rules    *Rules
	episodes int
	guarded  bool
	id       string
	content  []byte
}

// Setting is what a Planner stands on beside its settings.
type Setting struct {
	Model    string `json:"model"`             // name of the model's snapshot
	Episodes int    `json:"episodes"`          // that the model has learned from
	Guarded  bool   `json:"guarded,omitempty"` // see Guarded: only plans that agree with the runbook run alone
}

// planned is the content of a Planner's name.
type planned struct {
	Planner  int      `json:"planner"` // version of the algorithm
	Settings Settings `json:"settings"`
	On       Setting  `json:"on"`
}

const algorithm = 1

// NewPlanner makes the policy. Its name is the hash of all it depends on.
func NewPlanner(s Settings, on Setting) (*Planner, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	content, err := json.Marshal(planned{algorithm, s, on}) // maps are written in the order of their keys
	if err != nil {
		return nil, fmt.Errorf("name the policy: %w", err)
	}
	return &Planner{settings: s, rules: NewRules(s.Runbook), episodes: on.Episodes, guarded: on.Guarded,
		id: nameOf(content), content: content}, nil
}

// ReadPlanner is the planner of a Content.
func ReadPlanner(content []byte) (*Planner, error) {
	var p planned
	if err := json.Unmarshal(content, &p); err != nil {
		return nil, fmt.Errorf("read the planner: it is cut off or damaged after %d bytes", len(content))
	}
	if p.Planner != algorithm {
		return nil, fmt.Errorf("read the planner: its version is %d and this program has %d: use another pipewright", p.Planner, algorithm)
	}
	return NewPlanner(p.Settings, p.On)
}

// ID names the policy by its content.
func (l *Planner) ID() string { return l.id }

// Content is the text that ID is the hash of.
func (l *Planner) Content() []byte { return l.content }

// Choose plans. The belief must already hold what the tried arms taught. A
// malformed problem gets Arm -1.
func (l *Planner) Choose(p Problem) Choice {
	if l.episodes < l.settings.MinEpisodes {
		return l.rules.Choose(p)
	}
	c := Choice{Arm: -1, Greedy: -1, Propensity: 1, Policy: l.id, Ruling: CallNow}
	why := p.fault()
	if len(p.Arms) > mostArms {
		why = fmt.Sprintf("%d arms, and %d can be compared", len(p.Arms), mostArms)
	}
	if why != "" {
		c.Why = []string{"The problem is malformed: " + why + "."}
		return c
	}
	t := p.Terms.orDefault()
	c.Escalate = t.Escalation()
	look := lookaheads.Get().(*lookahead) //nolint:errcheck // the pool holds nothing else
	defer lookaheads.Put(look)
	look.all.load(p)
	p.means = &look.all
	l.look(look, p, t, &c)
	if c.Greedy < 0 {
		runOn(p, t, &c)
	}
	proposed := c.Greedy < 0 && l.propose(&c)
	if c.Greedy < 0 {
		c.Value, c.Why = c.Escalate, []string{"No arm is worth more than calling a person."}
		return c
	}
	l.rule(p, t, &c)
	if proposed && c.Ruling == RunAlone {
		c.Ruling = AskFirst
	}
	return c
}

// propose picks what to show the person who is to be called: see Settings.Propose.
func (l *Planner) propose(c *Choice) bool {
	if l.settings.Propose <= 0 {
		return false
	}
	for _, r := range c.Ranked {
		if r.Recovery >= l.settings.Propose {
			c.Plan, c.Arm, c.Greedy, c.Value = []int{r.Arm}, r.Arm, r.Arm, r.Value
			return true
		}
	}
	return false
}

// depth is how many arms may still be planned.
func (l *Planner) depth(p Problem) int {
	if p.Left > 0 {
		return min(p.Left, l.settings.Depth)
	}
	return l.settings.Depth
}

// look values every arm, picks one and plans from it.
func (l *Planner) look(look *lookahead, p Problem, t Terms, c *Choice) {
	depth := l.depth(p)
	look.load(p, t, depth)
	c.Ranked = make([]Ranked, look.na)
	var room [mostArms]lever
	levers := room[:look.na]
	best, greedy := look.esc, -1
	for k, a := range look.arms {
		c.Ranked[k] = alone(p, &look.steps[k], a)
		look.ends[depth][k] = look.ending(k, look.belief, 1)
		c.Ranked[k].Value = look.deeper(depth, k, look.belief, 0, -1e9)
		levers[k] = look.lever(look.ends[depth][k], k, c.Ranked[k], p.pull(a).Shift)
		if c.Ranked[k].Value > best {
			best, greedy = c.Ranked[k].Value, k
		}
	}
	if greedy < 0 {
		sortByValue(c.Ranked)
		return
	}
	pick := l.pick(look, p, c, levers, greedy)
	c.Value = c.Ranked[pick].Value
	c.Plan = look.plan(depth, pick)
	sortByValue(c.Ranked)
}

// mostSafe is how many arms it explores among: the best of those that may be.
const mostSafe = 3

// pick explores among the arms that are safe and nearly as good as the greedy one.
func (l *Planner) pick(look *lookahead, p Problem, c *Choice, levers []lever, greedy int) int {
	floor := max(c.Ranked[greedy].Value-l.settings.Near, look.esc)
	var room [mostArms]lever
	kept := append(room[:0], levers[greedy])
	for k, r := range c.Ranked {
		if k != greedy && r.HarmHigh <= l.settings.Caps[p.pull(r.Arm).Risk] && r.Value > floor {
			kept = append(kept, levers[k])
		}
	}
	slices.SortStableFunc(kept[1:], func(a, b lever) int { return cmp.Compare(b.value(0), a.value(0)) })
	kept = kept[:min(len(kept), mostSafe)]
	for _, k := range kept {
		c.Safe = append(c.Safe, k.arm)
	}
	c.Greedy = look.arms[greedy]
	c.Arm, c.Propensity, c.Explored = explore(kept, c.Greedy, l.settings.Explore, p.Seed)
	return slices.Index(look.arms, c.Arm)
}

// lever says how an arm's value follows from its recovery, with what comes
// after it as it is.
func (l *lookahead) lever(end ending, k int, r Ranked, shift Shift) lever {
	after := l.esc
	if end.same > 0 {
		after = (r.Value - end.now) / end.same
	}
	slope := l.steps[k].factor * (1 - after)
	return lever{arm: r.Arm, base: r.Value - slope*r.Recovery, slope: slope, mean: logit(r.Recovery), sd: math.Sqrt(shift.OKVar)}
}

// rule computes the plan's odds and decides between running alone, asking and
// calling a person.
func (l *Planner) rule(p Problem, t Terms, c *Choice) {
	whole := follow(p, t, c.Plan)
	c.Ask = t.asking(whole.ok, c.Value, whole.prices)
	ok, why := l.gate(p, t, c, whole)
	if !ok && len(c.Plan) < l.longest(p) {
		if longer := l.settings.extend(p, t, whole, l.longest(p)); len(longer.steps) > len(c.Plan) && longer.ok >= l.settings.Bars[p.pull(c.Arm).Risk] {
			tried := *c
			tried.Plan, tried.Value = longer.plan(), longer.value(p, t)
			if passes, say := l.gate(p, t, &tried, longer); passes {
				*c, ok, why = tried, true, say
			}
		}
	}
	c.Why = append(c.Why, why)
	switch {
	case ok:
		c.Ruling = RunAlone
	case c.Ask > c.Escalate, l.settings.Propose > 0 && c.Odds.Recovery >= l.settings.Propose:
		c.Ruling = AskFirst
	case l.propose(c):
		_, why = l.gate(p, t, c, follow(p, t, c.Plan))
		c.Ruling, c.Why = AskFirst, append(c.Why, why)
	default:
		c.Arm, c.Ruling, c.Why = -1, CallNow, append(c.Why, "Calling a person at once is worth more than asking about the plan.")
	}
}

// longest is how many arms an automatic plan may hold.
func (l *Planner) longest(p Problem) int {
	if p.Left > 0 {
		return min(p.Left, maxDepth)
	}
	return l.settings.Depth
}

// gate computes the odds of a choice's plan and passes or holds it.
func (l *Planner) gate(p Problem, t Terms, c *Choice, whole outlook) (bool, string) {
	runs := l.settings.runnable(p, c.Plan)
	o := whole
	if len(runs) > 0 && len(runs) < len(c.Plan) {
		o = follow(p, t, runs)
	}
	c.Odds = Ranked{Arm: c.Arm, Recovery: o.ok, Harm: o.harm, Value: c.Value}
	c.Odds.Low, c.Odds.High, c.Odds.HarmHigh = o.spread(p)
	next := c.Ranked[slices.IndexFunc(c.Ranked, func(r Ranked) bool { return r.Arm == c.Arm })]
	ok, why := l.settings.passes(p, *c, next, len(runs) > 0)
	switch {
	case l.settings.Open:
		return true, "There is no gate."
	case ok && l.guarded && l.rules.Choose(p).Arm != c.Arm:
		return false, "The track record is short and no better than the base rate, and the runbook would do something else."
	}
	return ok, why
}

func sortByValue(r []Ranked) {
	slices.SortStableFunc(r, func(a, b Ranked) int { return cmp.Compare(b.Value, a.Value) })
}
