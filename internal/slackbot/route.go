package slackbot

import (
	"context"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// routeOf says where an incident's card goes. The choice is made when the card is
// first posted and kept.
func (c Config) routeOf(inc pipewright.Incident, team string, now time.Time) Route {
	for _, r := range c.Routes {
		if r.matches(inc, team) && (r.Hours == nil || during(*r.Hours, now, c.Zone)) {
			return r
		}
	}
	return Route{Channel: c.Channel}
}

func during(q Quiet, t time.Time, zone *time.Location) bool {
	_, in := q.holds(t, zone)
	return in
}

func (r Route) matches(inc pipewright.Incident, team string) bool {
	if r.Team != "" && r.Team != team || r.Severity != "" && r.Severity != string(inc.Severity) {
		return false
	}
	if beginning, all := strings.CutSuffix(r.Resource, "*"); all {
		return strings.HasPrefix(string(inc.Resource), beginning)
	}
	return r.Resource == "" || r.Resource == string(inc.Resource)
}

// postAt is when something about an incident may be posted: now, or when the quiet
// hours end. What needs a person's word is as severe as its incident.
func (c Config) postAt(severity pipewright.Severity, now time.Time) time.Time {
	for _, q := range c.Quiet {
		least := q.Allow
		if least == "" {
			least = pipewright.SevCritical
		}
		if end, in := q.holds(now, c.Zone); in && least.Worse(severity) {
			return end
		}
	}
	return now
}

// teamOf is the label team of the resource where an incident was first seen.
func (b *Bot) teamOf(ctx context.Context, id pipewright.ResourceID) (string, error) {
	for _, r := range b.cfg.Routes {
		if r.Team != "" {
			known, err := b.parts.Ledger.Resources(ctx)
			for _, have := range known {
				if have.ID == id {
					return have.Labels["team"], err
				}
			}
			return "", err
		}
	}
	return "", nil
}
