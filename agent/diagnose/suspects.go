package diagnose

import (
	"cmp"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// suspect is a cause over all the places where it may sit.
type suspect struct {
	*hypothesis         // at the most likely place
	belief      float64 // summed over places
	share       float64 // of the most likely place in that
	other       pipewright.ResourceID
}

// suspects sums hypotheses by cause, most believed first.
func suspects(hyps []*hypothesis) []suspect {
	var list []suspect
	index := map[string]int{}
	for _, h := range hyps {
		i, ok := index[h.cause.Name]
		if !ok {
			i = len(list)
			index[h.cause.Name] = i
			list = append(list, suspect{hypothesis: h})
		}
		x := &list[i]
		switch {
		case h.belief > x.hypothesis.belief:
			x.other, x.hypothesis = x.at, h
		case h != x.hypothesis && x.other == "":
			x.other = h.at
		}
		x.belief += h.belief
	}
	for i := range list {
		list[i].share = list[i].hypothesis.belief / max(list[i].belief, 1e-300)
	}
	slices.SortStableFunc(list, func(a, b suspect) int { return cmp.Compare(b.belief, a.belief) })
	return list
}

// inconclusive reports whether the top is too weak, or too close to a cause of
// another class, to act on.
func inconclusive(all []suspect) bool {
	top := all[0]
	if top.spare || top.belief < bar {
		return true
	}
	i := slices.IndexFunc(all, func(x suspect) bool { return x.cause.Class != top.cause.Class })
	return i >= 0 && top.belief-all[i].belief < margin
}

// ruledOut lists causes that have little belief left and something against
// them: those that a reading speaks against first, then those that are only
// silent.
func ruledOut(all []suspect) []pipewright.RuledOut {
	var read, silent []pipewright.RuledOut
	for _, x := range all {
		if x.belief >= out || x.spare {
			continue
		}
		switch f, why := against(x.hypothesis); f {
		case "":
		case logFacet, signalFacet:
			silent = append(silent, pipewright.RuledOut{Cause: x.cause.Name, Why: why})
		default:
			read = append(read, pipewright.RuledOut{Cause: x.cause.Name, Why: why})
		}
	}
	read = append(read, silent...)
	return read[:min(len(read), ruledMost)]
}

// against is the facet that counts most against a hypothesis, with its clause;
// "" when none does.
func against(h *hypothesis) (strongest facet, why string) {
	least := 1.0
	for _, f := range order(h.facets) {
		o, ok := h.worst(f)
		if _, outdone := h.best(f); ok && o.why != "" && o.ratio < least && (!outdone || f == signalFacet) {
			strongest, why, least = f, o.why, o.ratio
		}
	}
	return strongest, why
}

// checkLevel is how often a probe answers yes under a cause, and whether the
// cause names it.
func checkLevel(c catalogue.Cause, probe string) (float64, bool) {
	for _, check := range c.Checks {
		if check.Probe == probe {
			return check.Level.P(), true
		}
	}
	if catalogue.UsuallyYes(probe) {
		return healthyRate, false
	}
	return probeRate, false
}
