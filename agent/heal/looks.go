package heal

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// look is something that an incident shows or does not show. The diagnosis has
// weighed it already, by the catalogue; the learner only learns how often it
// really comes with a cause.
type look struct {
	name  string
	level func(catalogue.Cause) float64 // chance to show it
}

const (
	// strayLook is the chance of a signal or a change that a cause does not list;
	// by chance something else changed or broke at the same time.
	strayLook = .05
	// blankProbe is that of a probe of which a cause says nothing.
	blankProbe = .5
)

// Signs are the signals and changes by which incidents differ.
var (
	signalSigns = []pipewright.SignalKind{pipewright.RunFailedSignal, pipewright.RunOverdueSignal, pipewright.ThresholdSignal,
		pipewright.AnomalySignal, pipewright.SchemaDiffSignal, pipewright.HeartbeatSignal, pipewright.LogErrorSignal}
	changeSigns = []pipewright.ChangeKind{pipewright.ChangeSchema, pipewright.ChangeConfig, pipewright.ChangeVersion}
)

func signalLook(k pipewright.SignalKind) string { return "signal " + string(k) }
func changeLook(k pipewright.ChangeKind) string { return "change " + string(k) }

// features lists the looks: signals, changes, and the catalogue's probes by name.
func features(cat *catalogue.Catalogue) (out []look) {
	for _, k := range signalSigns {
		out = append(out, look{signalLook(k), func(c catalogue.Cause) float64 {
			i := slices.IndexFunc(c.Shows.Signals, func(s catalogue.SignalSign) bool { return s.Kind == k })
			if i < 0 {
				return strayLook
			}
			return c.Shows.Signals[i].Level.P()
		}})
	}
	for _, k := range changeSigns {
		out = append(out, look{changeLook(k), func(c catalogue.Cause) float64 { return changeLevel(c, k) }})
	}
	for _, probe := range probes(cat) {
		out = append(out, look{"probe " + probe, func(c catalogue.Cause) float64 {
			i := slices.IndexFunc(c.Checks, func(k catalogue.Check) bool { return k.Probe == probe })
			if i < 0 {
				return blankProbe
			}
			return c.Checks[i].Level.P()
		}})
	}
	return out
}

// changeLevel is the chance that a kind of change comes with a cause.
func changeLevel(c catalogue.Cause, k pipewright.ChangeKind) float64 {
	p := strayLook
	for _, s := range c.Shows.Changes {
		if s.Kind == k {
			p = max(p, s.Level.P())
		}
	}
	return p
}

func probes(cat *catalogue.Catalogue) (out []string) {
	for _, c := range cat.Causes {
		for _, k := range c.Checks {
			if !slices.Contains(out, k.Probe) {
				out = append(out, k.Probe)
			}
		}
	}
	slices.Sort(out)
	return out
}

// seen is what an incident shows of the signals and changes.
func seen(inc pipewright.Incident) (out []rl.Seen) {
	say := func(name string, is bool) {
		value := no
		if is {
			value = yes
		}
		out = append(out, rl.Seen{Feature: name, Value: value})
	}
	for _, k := range signalSigns {
		say(signalLook(k), slices.ContainsFunc(inc.Signals, func(s pipewright.Signal) bool { return s.Kind == k }))
	}
	for _, k := range changeSigns {
		say(changeLook(k), slices.ContainsFunc(inc.Diagnosis.Changes, func(c pipewright.Change) bool { return c.Kind == k }))
	}
	return out
}
