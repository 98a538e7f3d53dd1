package gym

import (
	"math"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Odds of a verb under a cause at a stage.
func (c *Ceiling) Odds(stage, cause string, v pipewright.Verb) Odds {
	i, j := slices.Index(c.Causes, cause), slices.Index(c.Verbs, v)
	if rows := c.odds[stage]; i >= 0 && j >= 0 && rows != nil {
		return rows[i][j]
	}
	return Odds{}
}

// Belief over the causes after a case and what was asked (probe to yes or no;
// what is not in it was not asked), by Bayes' rule with the world's own
// frequencies.
func (g *Gym) Belief(c *Ceiling, n int, asked map[string]string) []float64 {
	s := &g.incidents[n].scene
	shown := s.tokens(g.w.sc.Noise, g.opt.Logs)
	logs, top := make([]float64, len(c.Causes)), math.Inf(-1)
	for i := range c.Causes {
		logs[i] = math.Inf(-1)
		if e := c.likely[s.kind.name][i]; e.n > 0 {
			logs[i] = math.Log(c.Prior[i]) - math.Log(float64(len(g.w.struck(faults[i])))) + e.fit(shown, asked)
		}
		top = max(top, logs[i])
	}
	sum := 0.0
	for i := range logs {
		logs[i] = math.Exp(logs[i] - top)
		sum += logs[i]
	}
	for i := range logs {
		logs[i] /= sum
	}
	return logs
}

// fit is the log of the chance of what shows.
func (e emission) fit(shown []string, asked map[string]string) float64 {
	chance := func(token string) float64 { return (e.counts[token] + .3) / (e.n + 1) }
	sum, told := 0.0, false
	for _, t := range shown {
		if strings.HasPrefix(t, "log ") || strings.HasPrefix(t, "signals ") {
			told = told || strings.HasPrefix(t, "log ")
			sum += math.Log(chance(t))
		}
	}
	for _, t := range flags() {
		p := chance(t)
		if !slices.Contains(shown, t) {
			p = 1 - p
		}
		sum += math.Log(p)
	}
	if !told {
		sum += math.Log(max(1-e.told(), .3/(e.n+1)))
	}
	for _, p := range probes { // in order, so that the sum is the same each time
		switch asked[p.name] {
		case "yes":
			sum += math.Log(chance("probe " + p.name))
		case "no":
			sum += math.Log(1 - chance("probe "+p.name))
		}
	}
	return sum
}

// told is the share of scenes with a telling line.
func (e emission) told() float64 {
	n := 0.0
	for t, c := range e.counts { // whole numbers: any order gives the same sum
		if strings.HasPrefix(t, "log ") {
			n += c
		}
	}
	return n / e.n
}

// flags are the tokens that are there or not.
func flags() []string {
	var out []string
	for _, m := range readings {
		out = append(out, "metric "+m.metric+" "+m.is)
	}
	for _, k := range []pipewright.ChangeKind{pipewright.ChangeSchema, pipewright.ChangeConfig, pipewright.ChangeVersion, pipewright.ChangeAction} {
		out = append(out, "change "+string(k))
	}
	return out
}
