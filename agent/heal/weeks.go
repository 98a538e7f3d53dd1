package heal

import (
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Week is who ended the incidents that opened in a week.
type Week struct {
	From    time.Time                      `json:"from"` // Monday, in the zone
	Ended   Ends                           `json:"ended"`
	Classes map[pipewright.FaultClass]Ends `json:"classes"`
}

// Ends counts incidents by who ended them.
type Ends struct {
	Auto      int `json:"auto"`      // it acted, and nobody was asked
	Asked     int `json:"asked"`     // it acted after a person approved
	Escalated int `json:"escalated"` // a person was called, or was asked and nothing that was approved helped
	Alone     int `json:"alone"`     // it went away before anything was done
}

func (e Ends) total() int { return e.Auto + e.Asked + e.Escalated }

// Weeks counts closed and escalated incidents that nobody asked for by the calendar's
// weeks, without gaps.
func Weeks(incidents []pipewright.Incident, zone *time.Location) (out []Week) {
	incidents = slices.Clone(incidents)
	slices.SortStableFunc(incidents, func(a, b pipewright.Incident) int { return a.OpenedAt.Compare(b.OpenedAt) })
	for _, inc := range incidents {
		end := endOf(inc)
		if end == nil || inc.Class == pipewright.ClassRequested {
			continue
		}
		monday := monday(inc.OpenedAt.In(zone))
		for len(out) == 0 || out[len(out)-1].From.Before(monday) {
			next := monday
			if len(out) > 0 {
				next = out[len(out)-1].From.AddDate(0, 0, 7)
			}
			out = append(out, Week{From: next, Classes: map[pipewright.FaultClass]Ends{}})
		}
		w := &out[len(out)-1]
		end(&w.Ended)
		of := w.Classes[inc.Class]
		end(&of)
		w.Classes[inc.Class] = of
	}
	return out
}

func monday(t time.Time) time.Time {
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, t.Location())
}

// endOf counts who ended an incident; nil while nobody has.
func endOf(inc pipewright.Incident) func(*Ends) {
	last := inc.LastAttempt()
	switch {
	case inc.State != pipewright.Closed && inc.State != pipewright.Escalated:
		return nil
	case last != nil && last.Verification == pipewright.VerifyRecovered && inc.Approval != "":
		return func(e *Ends) { e.Asked++ }
	case last != nil && last.Verification == pipewright.VerifyRecovered:
		return func(e *Ends) { e.Auto++ }
	case last == nil && inc.Approval == "" && inc.State == pipewright.Closed && (inc.Decision == nil || inc.Decision.Gate != string(rl.CallNow)):
		return func(e *Ends) { e.Alone++ }
	}
	return func(e *Ends) { e.Escalated++ }
}

// AutonomyFigure draws who ended incidents, of one class or, with "", of all.
func AutonomyFigure(weeks []Week, class pipewright.FaultClass) pipewright.Figure {
	f := pipewright.Figure{Kind: pipewright.FigureAutonomy, Title: "Who ended incidents", X: "week from", Y: "share"}
	if class != "" {
		f.Title += " of class " + string(class)
	}
	auto, asked, called := pipewright.Series{Name: "alone"}, pipewright.Series{Name: "asked"}, pipewright.Series{Name: "person called"}
	var sum Ends
	for _, w := range weeks {
		e := w.Ended
		if class != "" {
			e = w.Classes[class]
		}
		n := max(float64(e.total()), 1)
		f.Steps, f.Counts = append(f.Steps, w.From.Format("2 Jan")), append(f.Counts, e.total())
		auto.Values, asked.Values, called.Values = append(auto.Values, float64(e.Auto)/n), append(asked.Values, float64(e.Asked)/n), append(called.Values, float64(e.Escalated)/n)
		sum = Ends{sum.Auto + e.Auto, sum.Asked + e.Asked, sum.Escalated + e.Escalated, sum.Alone + e.Alone}
	}
	if sum.total() == 0 {
		f.Steps, f.Counts = nil, nil
		f.Say = "No incident has ended yet that anything was done about."
		return f
	}
	f.Series = []pipewright.Series{auto, asked, called}
	f.Say = fmt.Sprintf("Of %d incidents %d were ended alone, %d after an approval, and for %d a person was called or nobody answered; %d more went away by themselves or were part of another.",
		sum.total(), sum.Auto, sum.Asked, sum.Escalated, sum.Alone)
	return f
}
