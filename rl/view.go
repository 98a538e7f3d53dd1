package rl

// view is a step as one hypothesis sees it: the chances before the update and,
// given the result, the share in which the step was aimed right and recovered.
type view struct {
	likelihood float64
	aimed      float64
	truly      float64 // chance that it recovered, given what was seen
}

// view of a step under one hypothesis. With an imperfect verification (Bayes):
//
//	P(seen recovered) = s1 ok + (1-s0)(1-ok-worse)
//	P(recovered | seen) = s1 ok / P(seen recovered)
func (m *Model) view(s Step, v int, who suspect) view {
	ok, worse := m.chances(who.cause, v, s.Minutes)
	aimed := 1.0
	if !(Candidate{Aims: s.Aims}).aimed(who.at) {
		ok, aimed = min(ok, astray), 0
	}
	same := unchanged(ok, worse)
	s1, s0 := s.Sensitivity, s.Specificity
	if s1 == 0 && s0 == 0 {
		s1, s0 = 1, 1
	}
	var out view
	switch s.Result {
	case Recovered:
		out = view{s1*ok + (1-s0)*same, aimed, 0}
		out.truly = s1 * ok / max(out.likelihood, 1e-300)
	case Unchanged:
		out = view{(1-s1)*ok + s0*same, aimed, 0}
		out.truly = (1 - s1) * ok / max(out.likelihood, 1e-300)
	case Worse:
		out = view{worse, aimed, 0}
	default:
		out = view{1, 0, 0}
	}
	return out
}

// learnResidual walks the episode with the model as it was, and corrects the
// terms by what the belief did not predict.
func (m *Model) learnResidual(who []suspect, e Episode) {
	var room [64]suspect
	at := append(room[:0], who...)
	for _, s := range e.Steps {
		if s.Result == Unknown {
			continue
		}
		v := m.verb(s.Verb)
		shift := m.shift(v, e.Context)
		var p, q, y float64
		for h := range at {
			ok, worse := m.chances(at[h].cause, v, s.Minutes)
			if !(Candidate{Aims: s.Aims}).aimed(at[h].at) {
				ok = min(ok, astray)
			}
			p, q = p+at[h].belief*ok, q+at[h].belief*worse
		}
		y = m.seenTruth(at, s, v)
		var cells [Levels]place
		if s.Result != Worse {
			p /= max(1-q, 1e-9) // recovery when it does not harm, as the counts are
			m.adjust(places(cells[:0], v, e.Context, &m.hyper.Tau), sigma(logit(p)+shift.OK), y, e.Weight)
		}
		if harm, ok := m.harmPlace(v, e.Context); ok && !s.Opinion {
			m.adjust(append(cells[:0], harm), sigma(logit(q)+shift.Harm), truth(s.Result == Worse), e.Weight)
		}
	}
}

// seenTruth is the chance that the step recovered given what was seen, under
// the belief, which then moves on.
func (m *Model) seenTruth(at []suspect, s Step, v int) float64 {
	var y float64
	for h := range at {
		seen := m.view(s, v, at[h])
		at[h].belief *= seen.likelihood
		y += at[h].belief * seen.truly
	}
	sum := 0.0
	for h := range at {
		sum += at[h].belief
	}
	normalise(at)
	if sum <= 0 {
		return truth(s.Result == Recovered)
	}
	return y / sum
}
