package heal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// Learned is the surface of the requests that the learner itself files.
const Learned = "learner"

// Pointer is which versions decide, folded from the moves.
type Pointer struct {
	Active *pipewright.PolicyMove // nil: the catalogue alone
	Canary *pipewright.PolicyMove // nil: none is on trial
	Was    []pipewright.PolicyMove
}

// Point folds the moves: a version that becomes active comes before those that were,
// going back takes it away again. A canary ends with either.
func Point(moves []pipewright.PolicyMove) (p Pointer) {
	for i, m := range moves {
		switch m.Stage {
		case pipewright.PolicyCanary:
			p.Canary = &moves[i]
		case pipewright.PolicyActive:
			if p.Active != nil {
				p.Was = append(p.Was, *p.Active)
			}
			p.Active, p.Canary = &moves[i], nil
		case pipewright.PolicyBack:
			p.back()
		}
	}
	return p
}

func (p *Pointer) back() {
	if p.Canary != nil {
		p.Canary = nil
		return
	}
	p.Active = nil
	if n := len(p.Was); n > 0 {
		last := p.Was[n-1]
		p.Active, p.Was = &last, p.Was[:n-1]
	}
}

// Newest is the last thing that was said of a version, nil when it was never trained.
func Newest(moves []pipewright.PolicyMove, version string) *pipewright.PolicyMove {
	for i, m := range slices.Backward(moves) {
		if m.Version == version && version != "" {
			return &moves[i]
		}
	}
	return nil
}

// movePolicy moves a version to a stage, if that may be.
func (l *Loop) movePolicy(ctx context.Context, rq pipewright.Request, now time.Time) error {
	if rq.Policy == nil {
		return pipewright.Errorf(pipewright.Invalid, "say which policy version, and where to")
	}
	m := *rq.Policy
	m.At, m.By = now, rq.By()
	if rq.Surface == Learned {
		m.By = ""
	}
	m, say, err := l.mayMove(m)
	if err != nil {
		return err
	}
	if m.Stage == pipewright.PolicyCanary || m.Stage == pipewright.PolicyActive {
		if l.tried, err = l.rebuilt(ctx, &m); err != nil {
			return err
		}
		if say := Faithful(m, l.tried, Prior(l.Catalogue).Name()); say != "" {
			return pipewright.Errorf(pipewright.Conflict, "%s", say)
		}
	}
	was := l.moves
	l.moves = append(slices.Clone(l.moves), m)
	if err := l.pointPolicies(ctx); err != nil {
		l.moves = was
		return err
	}
	rq.Policy, rq.OK, rq.Result = &m, true, say
	if err := l.commit(ctx, Entry{Handled: []pipewright.Request{rq}}); err != nil {
		return err
	}
	l.learnLadder()
	return nil
}

// mayMove checks a move and says what it does.
func (l *Loop) mayMove(m pipewright.PolicyMove) (pipewright.PolicyMove, string, error) {
	p, short := Point(l.moves), name(m.Version)
	switch m.Stage {
	case pipewright.PolicyShadow:
		return m, short + " is in the shadow", nil
	case pipewright.PolicyCanary, pipewright.PolicyActive:
		known := Newest(l.moves, m.Version)
		if known == nil {
			return m, "", pipewright.Errorf(pipewright.NotFound, "there is no policy version %s: `pipewright policy versions` lists them", short)
		}
		if !known.Promote {
			return m, "", pipewright.Errorf(pipewright.Denied, "%s stays in the shadow: %s", short, join(known.Reasons))
		}
		m.Version, m.Seq, m.Feedback, m.Episodes, m.Prior, m.Settings = known.Version, known.Seq, known.Feedback, known.Episodes, known.Prior, known.Settings
		m.Promote, m.Reasons = true, known.Reasons
		if m.Stage == pipewright.PolicyCanary {
			return m, fmt.Sprintf("%s decides for %s and downstream of it", short, m.Pipeline), nil
		}
		return m, short + " is active", nil
	case pipewright.PolicyBack:
		if p.Active == nil && p.Canary == nil {
			return m, "", pipewright.Errorf(pipewright.NotFound, "the policy that knows the catalogue alone is active: there is nothing to go back to")
		}
		p.back()
		m.Version = ""
		if p.Active != nil {
			m.Version = p.Active.Version
		}
		return m, "back to " + name(m.Version) + "; no rung was raised", nil
	case pipewright.BreakerReset:
		if l.evidence == nil || l.evidence.Tripped() == "" {
			return m, "", pipewright.Errorf(pipewright.NotFound, "the breaker is closed: there is nothing to reset")
		}
		return m, "the breaker is closed again; rungs are as their evidence says", nil
	}
	return m, "", pipewright.Errorf(pipewright.Invalid, "%q is not shadow, canary, active, rollback or reset", m.Stage)
}

// name is a version as people see it.
func name(version string) string {
	if version == "" {
		return "the catalogue alone"
	}
	return fmt.Sprintf("%.14s", version)
}

// pointPolicies rebuilds what decides from the journal, where the moves point to.
func (l *Loop) pointPolicies(ctx context.Context) (err error) {
	p := Point(l.moves)
	policy, err := l.version(ctx, p.Active)
	if err != nil {
		return err
	}
	var canary Policy
	if p.Canary != nil {
		if canary, err = l.version(ctx, p.Canary); err != nil {
			return err
		}
	}
	l.policy, l.canary = policy, canary
	for _, p := range []Policy{l.policy, l.canary} {
		if p.Chooser == nil {
			continue
		}
		if err := l.Keep(ctx, p.Chooser.ID(), p.Chooser.Content(), l.now); err != nil {
			return fmt.Errorf("keep what decides: %w", err)
		}
	}
	return nil
}

// version is a policy version as a move names it.
func (l *Loop) version(ctx context.Context, m *pipewright.PolicyMove) (Policy, error) {
	if m == nil {
		return l.untaught, nil
	}
	p, err := l.rebuilt(ctx, m)
	if err != nil {
		return p, err
	}
	switch say := Faithful(*m, p, Prior(l.Catalogue).Name()); {
	case say == "":
	case began(*m, Prior(l.Catalogue).Name()) != "":
		l.Log.Warn(say, "was", m.Version, "is", p.Name)
	default:
		l.Log.Error(say+"; until then the catalogue alone decides", "was", m.Version, "is", p.Name)
		p = l.untaught
	}
	return p, nil
}

// rebuilt is a version from the journal, unless it is at hand.
func (l *Loop) rebuilt(ctx context.Context, m *pipewright.PolicyMove) (Policy, error) {
	for _, p := range []Policy{l.policy, l.canary, l.tried} {
		if p.Chooser != nil && p.Name == m.Version {
			return p, nil
		}
	}
	log, err := ReadLog(ctx, l.Recovery)
	if err != nil {
		return Policy{}, err
	}
	return Train(l.Catalogue, l.cfg, log.Upto(Mark{m.Seq, m.Feedback}))
}

// Faithful says what is wrong with a version that was rebuilt, "" when it is the same to
// the last bit. prior is the name of the catalogue that it was rebuilt with.
func Faithful(m pipewright.PolicyMove, rebuilt Policy, prior string) string {
	why := began(m, prior)
	switch {
	case rebuilt.Name == m.Version:
		return ""
	case why != "":
		return name(m.Version) + " was learned with " + why + "; here it is learned anew from the same journal"
	case rebuilt.Model.Episodes() < m.Episodes:
		return fmt.Sprintf("%s learned from %d incidents, and the journal holds %d of them: it was cut off; restore it from a backup", name(m.Version), m.Episodes, rebuilt.Model.Episodes())
	}
	or := ""
	if len(m.Settings) == 0 {
		or = ", or its learner had other settings, which were not noted then"
	}
	return name(m.Version) + " comes out otherwise from the same journal: it was changed, or this program computes differently" + or +
		"; `pipewright audit verify` says whether it was changed"
}

// began says which other catalogue or settings a version began with, "" when with these.
func began(m pipewright.PolicyMove, prior string) string {
	if m.Prior != prior {
		return "another fault catalogue"
	}
	now := hyper().Named()
	var other []string
	for _, name := range slices.Sorted(maps.Keys(m.Settings)) {
		switch is, known := now[name]; {
		case !known:
			other = append(other, fmt.Sprintf("%s %g, which is gone", name, m.Settings[name]))
		case is != m.Settings[name]:
			other = append(other, fmt.Sprintf("%s %g, now %g", name, m.Settings[name], is))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, had := m.Settings[name]; !had && len(m.Settings) > 0 {
			other = append(other, fmt.Sprintf("no %s, now %g", name, now[name]))
		}
	}
	if len(other) == 0 {
		return ""
	}
	return "other settings of the learner (" + strings.Join(other, "; ") + ")"
}

// VersionCheck is whether the journal still leads to a version.
type VersionCheck struct {
	Version  string `json:"version"`
	Episodes int    `json:"episodes"`
	Anew     bool   `json:"anew,omitempty"`  // it is learned anew, because it
	Began    string `json:"began,omitempty"` // with another fault catalogue or with other settings
	Fault    string `json:"fault,omitempty"` // what is wrong; "" when it is the same to the last bit
}

// CheckVersions rebuilds every version from the journal, the oldest first.
func CheckVersions(ctx context.Context, cat *catalogue.Catalogue, cfg Config, h interface {
	History
	PolicyMoves(ctx context.Context) ([]pipewright.PolicyMove, error)
}) (out []VersionCheck, err error) {
	moves, err := h.PolicyMoves(ctx)
	if err != nil {
		return nil, fmt.Errorf("read policy moves: %w", err)
	}
	log, err := ReadLog(ctx, h)
	if err != nil {
		return nil, err
	}
	prior, done := Prior(cat).Name(), map[string]bool{}
	for _, m := range moves {
		if m.Episodes == 0 || done[m.Version] {
			continue
		}
		done[m.Version] = true
		p, err := Train(cat, cfg, log.Upto(Mark{m.Seq, m.Feedback}))
		if err != nil {
			return nil, err
		}
		c := VersionCheck{Version: m.Version, Episodes: m.Episodes, Began: began(m, prior)}
		if c.Anew = c.Began != ""; !c.Anew {
			c.Fault = Faithful(m, p, prior)
		}
		out = append(out, c)
	}
	return out, nil
}

// policyFor is what decides about an incident: the canary on its pipeline, else the
// active one.
func (l *Loop) policyFor(inc pipewright.Incident) Policy {
	p := Point(l.moves)
	if l.canary.Chooser != nil && p.Canary != nil && l.topo.Distance(p.Canary.Pipeline, inc.Resource, 16) >= 0 {
		return l.canary
	}
	return l.policy
}
