package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pipewright/pipewright/agent/heal"
)

// checkPeople checks who is asked, for how long, and who comes next.
func (c *Config) checkPeople(f *faults) {
	h := c.Heal
	if len(h.MayApprove) == 0 {
		f.add("heal.may_approve", "name who may approve, or \"*\" for anybody who can reach this machine")
	}
	for i, s := range h.TwoPeople {
		if _, err := heal.ParseScope(s); err != nil {
			f.add(fmt.Sprintf("heal.two_people[%d]", i), "%s", err)
		}
	}
	if len(h.TwoPeople) > 0 && slices.Contains(h.MayApprove, "*") {
		f.add("heal.two_people", "needs heal.may_approve to name people: with \"*\" one person could pass for two")
	}
	if len(h.TwoPeople) > 0 && len(h.MayApprove) == 1 && h.MayApprove[0] != "*" && !slices.Contains(slices.Collect(maps.Values(c.Slack.Groups)), h.MayApprove[0]) {
		f.add("heal.two_people", "nobody but %s may approve, so nothing that needs two people could ever run: name another in heal.may_approve", h.MayApprove[0])
	}
	const asAsked = "must be longer than 0s, or every question is denied as it is asked"
	if h.ApprovalTTL <= 0 {
		f.add("heal.approval_ttl", asAsked)
	}
	for _, r := range slices.Sorted(maps.Keys(h.ApprovalExpires)) {
		if key := join("heal.approval_expires", string(r)); !knownRisk(r) {
			f.add(key, "the risks are R0, R1 and R2")
		} else if h.ApprovalExpires[r] <= 0 {
			f.add(key, asAsked)
		}
	}
	for _, list := range []struct {
		key   string
		names []string
	}{{"heal.may_promote", h.MayPromote}, {"heal.escalate_to", h.EscalateTo}} {
		for i, name := range list.names {
			if name == "" || name == "*" {
				f.add(fmt.Sprintf("%s[%d]", list.key, i), "name somebody")
			}
		}
	}
}
