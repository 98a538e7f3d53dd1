package heal

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Policies by name, as the configuration spells them.
const (
	Planner = "planner" // looks ahead over the belief, learns
	Runbook = "runbook" // hand-written rules; the odds are computed beside them
)

// PolicyNames lists them.
var PolicyNames = []string{Planner, Runbook}

// Settings are the planner's: the bars and bounds of the configuration.
func (cfg Config) Settings() rl.Settings {
	s := rl.Strict()
	s.Propose = worth
	for _, risk := range []pipewright.Risk{pipewright.R0, pipewright.R1, pipewright.R2} {
		s.Bars[string(risk)], s.Caps[string(risk)] = cfg.Bar(risk), cfg.HarmBound(risk)
	}
	s.Slack = lowUnderBar
	return s
}

// Untaught is the policy that knows the catalogue and no outcome yet.
func Untaught(name string, cat *catalogue.Catalogue, cfg Config) (Policy, error) {
	m, err := rl.NewModel(Prior(cat), hyper())
	if err != nil {
		return Policy{}, pipewright.Errorf(pipewright.Invalid, "read the catalogue as a prior: %w", err)
	}
	return policyOf(name, m, cfg)
}

// policyOf is the policy of a model.
func policyOf(name string, m *rl.Model, cfg Config) (Policy, error) {
	_, snapshot, err := m.Snapshot()
	if err != nil {
		return Policy{}, fmt.Errorf("name the model: %w", err)
	}
	p := Policy{Model: m, Name: snapshot}
	switch name {
	case Runbook:
		p.Chooser = rl.NewRules(rl.Runbook)
	case Planner, "":
		if p.Chooser, err = rl.NewPlanner(cfg.Settings(), rl.Setting{Model: snapshot, Episodes: m.Episodes()}); err != nil {
			return Policy{}, pipewright.Errorf(pipewright.Invalid, "make the planner: %w", err)
		}
	default:
		return Policy{}, pipewright.Errorf(pipewright.Invalid, "%q is not a policy; they are %v", name, PolicyNames)
	}
	return p, nil
}
