package gym_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

func TestTheCatalogueAndTheGymKnowTheSameCauses(t *testing.T) {
	var known []string
	probes := map[string]bool{}
	for _, c := range catalogue.Default().Causes {
		if known = append(known, c.Name); !slices.Contains(gym.Causes(), c.Name) {
			continue // only the whole plant has it
		}
		for _, check := range c.Checks {
			probes[check.Probe] = true
		}
	}
	assert.Subset(t, known, gym.Causes())
	assert.GreaterOrEqual(t, len(gym.Causes()), 24)

	offered := map[string]bool{}
	g, err := gym.New(gym.Options{Seed: 1, Incidents: 300})
	require.NoError(t, err)
	for c, ok := g.Next(); ok; c, ok = g.Next() {
		for _, p := range c.Probes {
			offered[p] = true
		}
	}
	for p := range probes {
		assert.True(t, offered[p], "no stage of the gym answers %s", p)
	}
}

// TestTheCatalogueReadsWhatTheGymWrites: most cases with a line that tells
// something have one that some cause's signature matches, and the true cause is
// often, not always, among those.
func TestTheCatalogueReadsWhatTheGymWrites(t *testing.T) {
	cat := catalogue.Default()
	told, right, several := 0, 0, 0
	for seed := range uint64(4) {
		g, err := gym.New(gym.Options{Seed: 900 + seed, Incidents: 300, Logs: true})
		require.NoError(t, err)
		for c, ok := g.Next(); ok; c, ok = g.Next() {
			var match []string
			for _, cause := range cat.Causes {
				if slices.ContainsFunc(cause.Shows.Logs, func(s catalogue.LogSignature) bool { return slices.ContainsFunc(c.Logs, s.Matches) }) {
					match = append(match, cause.Name)
				}
			}
			if len(match) == 0 {
				continue
			}
			told++
			if slices.Contains(match, g.Truth(c.N)[0]) {
				right++
			}
			if len(match) > 1 {
				several++
			}
		}
	}
	t.Logf("of 1200 cases %d show a signature; in %d the true cause is among those, in %d there are several", told, right, several)
	assert.Greater(t, float64(right)/float64(told), .6)
	assert.Greater(t, float64(several)/float64(told), .3)
}

// TestProbesAgree: what the catalogue takes for the usual answer is what the
// gym gives where the probe's cause is not at work.
func TestProbesAgree(t *testing.T) {
	yes, asked := map[string]int{}, map[string]int{}
	for seed := range uint64(3) {
		g, err := gym.New(gym.Options{Seed: 70 + seed, Incidents: 400})
		require.NoError(t, err)
		for c, ok := g.Next(); ok; c, ok = g.Next() {
			for _, p := range c.Probes {
				asked[p]++
				if g.Probe(p).Says == "yes" {
					yes[p]++
				}
			}
		}
	}
	for p, n := range asked {
		assert.Equal(t, catalogue.UsuallyYes(p), yes[p] > n/2, "%s: %d of %d yes", p, yes[p], n)
	}
}
