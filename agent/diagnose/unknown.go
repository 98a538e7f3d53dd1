package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// sure is the share of belief in one place from which the place is not doubted.
const sure = .6

// unknown lists what could not be read, what could not tell, what was looked at
// in vain and, when the diagnosis is inconclusive, what would settle it.
func (s *scene) unknown(all []suspect, inconclusive bool) []string {
	list := slices.Clone(s.unread)
	if s.silent() {
		list = append(list, fmt.Sprintf("Looked at the logs, runs, metrics and changes of %s from %s to %s and found nothing stored.",
			s.scopeWords(), s.clock(s.onset.Add(-memory)), s.clock(s.now)))
	}
	list = append(list, s.couldNotTell(all)...)
	if top := all[0]; !top.spare && top.lost {
		list = append(list, fmt.Sprintf("No %s is known upstream of %s, so where the cause sits is not known.", strings.Join(top.cause.Sits, " or "), s.inc.Resource))
	} else if !top.spare && top.share < sure {
		list = append(list, fmt.Sprintf("It is not certain where it sits: %s or %s.", top.at, top.other))
	}
	if inconclusive {
		list = append(list, s.settles(all)...)
	}
	return list[:min(len(list), unknownMost)]
}

// couldNotTell names the probes that the likeliest causes ask for and that
// answered nowhere, each at the first place where it was tried.
func (s *scene) couldNotTell(all []suspect) []string {
	var out, named []string
	for _, a := range s.asked {
		counts := slices.ContainsFunc(all[:min(len(all), 3)], func(x suspect) bool {
			_, names := checkLevel(x.cause, a.name)
			return names && x.belief >= cited
		})
		if a.failed != "" && counts && !slices.Contains(named, a.name) && !s.told(a.name) {
			named = append(named, a.name)
			out = append(out, fmt.Sprintf("%s at %s could not tell: %s.", a.name, a.target, strings.TrimSuffix(a.failed, ".")))
		}
	}
	return out
}

// told reports whether a probe of the name answered anywhere.
func (s *scene) told(probe string) bool {
	return slices.ContainsFunc(s.asked, func(a *asked) bool { return a.name == probe && a.failed == "" })
}

func (s *scene) scopeWords() string { return list(s.order) }

// silent reports whether nothing at all was stored about any resource.
func (s *scene) silent() bool {
	for _, id := range s.order {
		f := s.facts[id]
		if len(f.runs)+len(f.records)+len(f.before.lines)+len(f.shifts)+len(f.changes)+f.schemas > 0 {
			return false
		}
	}
	return true
}

// settles says which readings would separate the rivals, the most telling first.
func (s *scene) settles(all []suspect) []string {
	a, b, ok := rivals(all)
	if !ok {
		return []string{fmt.Sprintf("Nothing in the catalogue fits; the first error of %s, or what changed there, would say more.", s.inc.Resource)}
	}
	type reading struct {
		text  string
		power float64
	}
	var found []reading
	for _, x := range []suspect{a, b} {
		for _, check := range x.cause.Checks {
			text := s.wouldTell(check.Probe, x.at, a.cause.Name, b.cause.Name)
			pa, _ := checkLevel(a.cause, check.Probe)
			pb, _ := checkLevel(b.cause, check.Probe)
			power := math.Abs(math.Log(pa/pb)) + math.Abs(math.Log((1-pa)/(1-pb)))
			if text != "" && !slices.ContainsFunc(found, func(r reading) bool { return r.text == text }) {
				found = append(found, reading{text, power})
			}
		}
	}
	for _, x := range []suspect{a, b} {
		if text := s.metricWouldTell(x, a.cause.Name, b.cause.Name); text != "" {
			found = append(found, reading{text, 1})
		}
	}
	slices.SortStableFunc(found, func(x, y reading) int { return cmp.Compare(y.power, x.power) })
	texts := make([]string, 0, 3)
	for _, r := range found[:min(len(found), 3)] {
		texts = append(texts, r.text)
	}
	if len(texts) == 0 {
		texts = append(texts, fmt.Sprintf("It is %s or %s; nothing that can be read here separates them, so look at %s.", a.cause.Name, b.cause.Name, a.at))
	}
	return texts
}

// rivals are the two likeliest causes, without the spare: of different classes
// when the first is likely enough and only its lead is thin.
func rivals(all []suspect) (a, b suspect, ok bool) {
	named := slices.DeleteFunc(slices.Clone(all), func(x suspect) bool { return x.spare })
	if len(named) == 0 {
		return a, b, false
	}
	i := slices.IndexFunc(named[1:], func(x suspect) bool {
		return named[0].belief < bar || x.cause.Class != named[0].cause.Class
	})
	if i < 0 {
		return a, b, false
	}
	return named[0], named[i+1], true
}

// wouldTell says that a probe's answer would settle it, when it has not
// answered.
func (s *scene) wouldTell(probe string, at pipewright.ResourceID, a, b string) string {
	for _, x := range s.asked {
		if x.name == probe && slices.Contains(s.around(at), x.target) && x.failed == "" {
			return ""
		}
	}
	return fmt.Sprintf("%s at %s would tell %s from %s.", probe, at, a, b)
}

// choice is a group of a metric's pattern; its first word stands for it.
var choice = regexp.MustCompile(`\(([^|)]*)[^)]*\)`)

// metricWouldTell names a metric that the suspect nearly always moves and that
// is not stored for its place.
func (s *scene) metricWouldTell(x suspect, a, b string) string {
	for _, sign := range x.cause.Shows.Metrics {
		has := slices.ContainsFunc(s.facts[x.at].shifts, func(sh shift) bool { return sign.MatchesMetric(sh.metric) })
		if !has && sign.Level.P() >= high {
			name := choice.ReplaceAllString(strings.Trim(sign.Metric, "^$"), "$1")
			return fmt.Sprintf("A reading of %s at %s would tell %s from %s.", name, x.at, a, b)
		}
	}
	return ""
}
