package rl

// view is a step as one suspect sees it, with the chances before the update and,
// given the result, the share in which the step was aimed right and recovered.
type view struct {
	ok, worse  float64
	likelihood float64
	aimed      float64
	truly      float64 // chance that it recovered, given what was seen
}

// lens is a step as a model reads it: its verb, and how well it was verified.
type lens struct {
	*Step
	verb   int
	s1, s0 float64
}

func (m *Model) lens(s *Step) lens {
	l := lens{s, m.verb(s.Verb), s.Sensitivity, s.Specificity}
	if l.s1 == 0 && l.s0 == 0 {
		l.s1, l.s0 = 1, 1
	}
	return l
}

// view of a step under one suspect. With an imperfect verification (Bayes):
//
//	P(seen recovered) = s1 ok + (1-s0)(1-ok-worse)
//	P(recovered | seen) = s1 ok / P(seen recovered)
func (m *Model) view(out *view, s *lens, who suspect) {
	*out = view{aimed: 1}
	out.ok, out.worse = m.chances(who.cause, s.verb, s.Minutes)
	if s.Aims != nil && !(Candidate{Aims: s.Aims}).aimed(who.at) {
		out.ok, out.aimed = min(out.ok, astray), 0
	}
	same := unchanged(out.ok, out.worse)
	switch s.Result {
	case Recovered:
		out.likelihood = s.s1*out.ok + (1-s.s0)*same
		out.truly = s.s1 * out.ok / max(out.likelihood, 1e-300)
	case Unchanged:
		out.likelihood = (1-s.s1)*out.ok + s.s0*same
		out.truly = (1 - s.s1) * out.ok / max(out.likelihood, 1e-300)
	case Worse:
		out.likelihood = out.worse
	default:
		out.likelihood, out.aimed = 1, 0
	}
}

// learnResidual corrects the terms by what belief did not predict of a step, and
// moves belief on by what was seen.
func (m *Model) learnResidual(who []suspect, s *lens, views []view, e *Episode) {
	var p, q, y, sum float64
	for h := range who {
		p, q = p+who[h].belief*views[h].ok, q+who[h].belief*views[h].worse
	}
	for h := range who {
		who[h].belief *= views[h].likelihood
		y += who[h].belief * views[h].truly
		sum += who[h].belief
	}
	normalise(who)
	if y /= sum; sum <= 0 {
		y = truth(s.Result == Recovered)
	}
	var room [Levels]place
	if s.Result != Worse {
		p /= max(1-q, 1e-9) // recovery when it does not harm, as the counts are
		m.correct(places(room[:0], s.verb, e.Context, &m.hyper.Tau), p, y, e.Weight)
	}
	if harm, ok := m.harmPlace(s.verb, e.Context); ok && !s.Opinion {
		m.correct(append(room[:0], harm), q, truth(s.Result == Worse), e.Weight)
	}
}
