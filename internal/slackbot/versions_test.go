package slackbot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackfake"
)

func TestAMoveOfThePolicyIsToldWithItsReasonAndTheWayBack(t *testing.T) {
	m := pipewright.PolicyMove{Version: "sha256:43c69d1af0ebb42d", Pipeline: "airflow:dag/orders", At: opened, Episodes: 340, Reasons: []string{"worth 0.06 more than the one that decides (0.02 to 0.10, 412 incidents)", "two", "three"}}
	for stage, says := range map[pipewright.PolicyStage]string{
		pipewright.PolicyCanary: "🐤 Policy `sha256:43c69d1…` is on trial: it decides for `airflow:dag/orders` and what is downstream of it, learned from 340 incidents: worth 0.06 more than the one that decides (0.02 to 0.10, 412 incidents); two. No rung is raised by this. Back: `pipewright policy rollback`.",
		pipewright.PolicyActive: "🧭 Policy `sha256:43c69d1…` decides from now on, learned from 340 incidents",
		pipewright.PolicyBack:   "the one before it does again",
		pipewright.PolicyShadow: "",
	} {
		m.Stage = stage
		say := sayMove(m)
		if says == "" {
			assert.Empty(t, say, "nobody is called for what decides nothing")
			continue
		}
		assert.Contains(t, say, says)
	}
}

func TestTheHomeTabSaysWhatDecides(t *testing.T) {
	f := frame{zone: time.UTC}
	assert.Contains(t, overview{}.decides(f), "the catalogue's own odds")
	v := overview{moves: []pipewright.PolicyMove{
		{Stage: pipewright.PolicyShadow, Version: "sha256:aaaaaaaaaaaa", Episodes: 100},
		{Stage: pipewright.PolicyCanary, Version: "sha256:aaaaaaaaaaaa", Pipeline: "airflow:dag/orders", At: opened},
		{Stage: pipewright.PolicyActive, Version: "sha256:aaaaaaaaaaaa", At: opened.Add(time.Hour)},
		{Stage: pipewright.PolicyShadow, Version: "sha256:bbbbbbbbbbbb", Episodes: 140, Reasons: []string{"too little data: 31 of 300 incidents"}},
	}}
	say := v.decides(f)
	assert.Contains(t, say, "`sha256:aaaaaaa…` since")
	assert.NotContains(t, say, "on trial", "it decides everywhere now")
	assert.Contains(t, say, "compared, deciding nothing: `sha256:bbbbbbb…`, learned from 140 incidents: too little data")
}

// The longest plausible values stay within what Slack takes.
func TestALongHomeTabFitsIntoSlack(t *testing.T) {
	long := strings.Repeat("a_very_long_name/", 60)
	v := overview{week: week{opened: 1}}
	for n := range 40 {
		inc := incident(func(i *pipewright.Incident) {
			i.ID, i.Title, i.Resource = fmt.Sprint("inc-", n, long), long, pipewright.ResourceID("glue:job/"+long)
		})
		ap := pendingFor(inc)
		ap.ID = fmt.Sprintf("ap-%04d", n)
		ap.Action.Target, ap.MayApprove = pipewright.ResourceID("glue:job/"+long), []string{long}
		v.open, v.pending = append(v.open, inc), append(v.pending, *ap)
		v.pauses = append(v.pauses, pipewright.Pause{Resource: pipewright.ResourceID("glue:job/" + long), By: long, Reason: long})
		v.earned = append(v.earned, Autonomy{Class: "stuck", Action: pipewright.ActionKind(long), Env: long, By: long, Rung: pipewright.Auto})
		v.modes = append(v.modes, pipewright.ModeChange{By: long, Rung: pipewright.Auto, Env: long})
		v.moves = append(v.moves, pipewright.PolicyMove{Stage: pipewright.PolicyShadow, Version: long, Reasons: []string{long, long}})
	}
	blocks, _ := rendered(t, view{blocks: v.blocks(frame{zone: time.UTC})})
	assert.Empty(t, slackfake.Limits(blocks, maxViewBlocks))
	blocks, _ = rendered(t, view{blocks: v.digest(frame{zone: time.UTC})})
	assert.Empty(t, slackfake.Limits(blocks, maxBlocks))
}
