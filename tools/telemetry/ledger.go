package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const citedIncidents = 12

var incidentArg = tools.Arg{Name: "incident", Type: "string", Purpose: "id of the incident, such as inc-0003"}

// LiveStates are the states of incidents that still need something to happen and
// are not over: resolved ones only wait for their soak.
var LiveStates = []pipewright.State{pipewright.Open, pipewright.Diagnosed, pipewright.Decided, pipewright.Waiting,
	pipewright.Allowed, pipewright.Acting, pipewright.Acted, pipewright.Verifying, pipewright.Escalated}

func (r reader) listIncidents() spec {
	return spec{name: "list_incidents", purpose: "incidents that were live in a window, by resource, oldest first",
		args: []tools.Arg{resourceArg, {Name: "live", Type: "boolean", Purpose: "only those that are not resolved or closed now"}, startArg, endArg, limitArg("the newest that many, 100 unless said")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q := pipewright.IncidentQuery{Window: pipewright.Window{End: in.window().End}, Limit: 1000}
			if in.flag("live") {
				q.States = LiveStates
			}
			if id := in.resource(); id != "" {
				q.Resources = []pipewright.ResourceID{id}
			}
			all, err := r.ledger.Incidents(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			var newest time.Time
			for _, inc := range all {
				newest = inc.OpenedAt
			}
			start := in.window().Start
			found := slices.DeleteFunc(all, func(inc pipewright.Incident) bool {
				return !start.IsZero() && !inc.EndedAt.IsZero() && inc.EndedAt.Before(start)
			})
			if len(found) == 0 {
				what := "incident"
				if in.flag("live") {
					what = "live incident"
				}
				res, err := r.nothing(ctx, in, what, newest)
				res.Data = []pipewright.Incident{}
				return res, err
			}
			found = tail(found, in.bound("limit", 100, 1000))
			return tools.Result{Hits: len(found), Data: found, Evidence: citeIncidents(found, in)}, nil
		}}
}

func (r reader) getIncident() spec {
	return spec{name: "get_incident", purpose: "one incident with its diagnosis, decision and attempts",
		args: []tools.Arg{must(incidentArg)},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			inc, err := r.ledger.Incident(ctx, in.str("incident"))
			if pipewright.KindOf(err) == pipewright.NotFound {
				return r.noIncident(ctx, in)
			}
			if err != nil {
				return tools.Result{}, err
			}
			return tools.Result{Hits: 1, Data: inc, Evidence: citeIncidents([]pipewright.Incident{inc}, in)}, nil
		}}
}

func (r reader) noIncident(ctx context.Context, in input) (tools.Result, error) {
	last, err := r.ledger.Incidents(ctx, pipewright.IncidentQuery{Limit: 1})
	if err != nil {
		return tools.Result{}, err
	}
	why := "no incident was ever opened"
	for _, inc := range last {
		why = "the newest one is " + inc.ID
	}
	return tools.Result{Empty: fmt.Sprintf("there is no incident %s; %s", in.str("incident"), why)}, nil
}

func (r reader) listEvents() spec {
	return spec{name: "list_events", purpose: "the journaled steps of an incident, in order: what was done, why, and who agreed",
		args: []tools.Arg{must(incidentArg), limitArg("the first that many, 200 unless said")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			events, err := r.ledger.Events(ctx, pipewright.EventQuery{Incident: in.str("incident"), Limit: in.bound("limit", 200, 1000)})
			if err != nil {
				return tools.Result{}, err
			}
			if len(events) == 0 {
				return r.noIncident(ctx, in)
			}
			var source pipewright.ResourceID
			var lines []string
			for _, e := range events {
				if source == "" {
					source = e.Resource
				}
				lines = append(lines, SayEvent(e))
			}
			return tools.Result{Hits: len(events), Data: events, Evidence: []pipewright.Evidence{{Source: source, Kind: pipewright.IncidentEvidence, Query: in.query(),
				Start: events[0].At, End: events[len(events)-1].At, Excerpt: strings.Join(lines, "\n")}}}, nil
		}}
}

func (r reader) listApprovals() spec {
	return spec{name: "list_approvals", purpose: "approvals that were asked for, by state and incident: what for, of whom, by whom settled",
		args: []tools.Arg{incidentArg, {Name: "state", Type: "string", Purpose: "state of the approvals", Enum: []string{"pending", "approved", "denied", "expired", "used"}}, limitArg("the newest that many, 100 unless said")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			var states []pipewright.ApprovalState
			if s := in.str("state"); s != "" {
				states = append(states, pipewright.ApprovalState(s))
			}
			all, err := r.ledger.Approvals(ctx, states...)
			if err != nil {
				return tools.Result{}, err
			}
			all = slices.DeleteFunc(all, func(a pipewright.Approval) bool { return in.str("incident") != "" && a.Incident != in.str("incident") })
			if len(all) == 0 {
				what := "approval"
				if s := in.str("state"); s != "" {
					what = s + " approval"
				}
				return tools.Result{Data: []pipewright.Approval{}, Empty: fmt.Sprintf("no %s%s is stored; nobody was asked, or it was settled", what, ofIncident(in))}, nil
			}
			all = tail(all, in.bound("limit", 100, 1000))
			out := []pipewright.Evidence{}
			for _, a := range tail(all, citedIncidents) {
				out = append(out, pipewright.Evidence{Source: a.Action.Target, Kind: pipewright.IncidentEvidence, Query: in.query(), Start: a.AskedAt, End: latest(a.AskedAt, a.At), Excerpt: SayApproval(a)})
			}
			return tools.Result{Hits: len(all), Data: all, Evidence: out}, nil
		}}
}

func ofIncident(in input) string {
	if id := in.str("incident"); id != "" {
		return " of " + id
	}
	return ""
}

func citeIncidents(incidents []pipewright.Incident, in input) []pipewright.Evidence {
	out := []pipewright.Evidence{}
	for _, inc := range slices.Backward(tail(incidents, citedIncidents)) {
		out = append(out, pipewright.Evidence{Source: inc.Resource, Kind: pipewright.IncidentEvidence, Query: in.query(),
			Start: inc.OpenedAt, End: latest(inc.OpenedAt, inc.UpdatedAt), Excerpt: SayIncident(inc)})
	}
	return out
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// SayIncident is an incident in a few lines: title, state, belief and attempts.
func SayIncident(inc pipewright.Incident) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s on %s (%s): %s, opened %s", inc.ID, inc.State, inc.Resource, inc.Class, oneLine(inc.Title, 200), stamp(inc.OpenedAt))
	if inc.Diagnosis != nil {
		if h, ok := inc.Diagnosis.Top(); ok {
			fmt.Fprintf(&b, "\ncause: %s on %s, confidence %.2f", h.Cause, h.Resource, h.Confidence)
		}
	}
	for _, a := range inc.Attempts {
		fmt.Fprintf(&b, "\ntried: %s on %s at %s", a.Action.Kind, a.Action.Target, stamp(a.At))
		if a.Verification != "" {
			fmt.Fprintf(&b, ", %s", a.Verification)
		}
	}
	if inc.Note != "" {
		b.WriteString("\n" + oneLine(inc.Note, 300))
	}
	return b.String()
}

// SayEvent is a journaled step as one line.
func SayEvent(e pipewright.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s", e.Seq, stamp(e.At), e.Incident)
	if e.To != "" {
		fmt.Fprintf(&b, " to %s", e.To)
	}
	if e.Action != nil {
		fmt.Fprintf(&b, ", %s on %s", e.Action.Kind, e.Action.Target)
	}
	if e.Verdict != nil {
		fmt.Fprintf(&b, ", %s by %s: %s", e.Verdict.Ruling, e.Verdict.By, oneLine(e.Verdict.Why, 200))
	}
	if e.Receipt != nil {
		fmt.Fprintf(&b, ", receipt %s: %s", e.Receipt.ID, oneLine(e.Receipt.Say, 200))
	}
	if e.Verification != "" {
		fmt.Fprintf(&b, ", %s", e.Verification)
	}
	if e.Who != "" {
		fmt.Fprintf(&b, ", by %s", e.Who)
	}
	if e.Note != "" {
		fmt.Fprintf(&b, ", %s", oneLine(e.Note, 200))
	}
	return b.String()
}

// SayApproval is an approval as one line.
func SayApproval(a pipewright.Approval) string {
	s := fmt.Sprintf("%s for %s on %s in %s: %s, asked %s", a.ID, a.Action.Kind, a.Action.Target, a.Incident, a.State, stamp(a.AskedAt))
	if a.By != "" {
		s += fmt.Sprintf(", by %s at %s", a.By, stamp(a.At))
	}
	if a.Reason != "" {
		s += ", because " + oneLine(a.Reason, 200)
	}
	return s
}
