package gym

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatTheVerbsDo(t *testing.T) {
	const n = 80
	ok, worse, seen := map[string]float64{}, map[string]float64{}, map[string]float64{}
	actions, harms := 0.0, 0.0
	verbs := allVerbs()
	for seed := range uint64(4) {
		c, err := Estimate(Options{Seed: 100 + seed}, 0, n)
		require.NoError(t, err)
		for i, cause := range c.Causes {
			for _, k := range kinds {
				for _, v := range verbs {
					o := c.Odds(k.name, cause, v)
					if !faults[i].hits(&k) || !o.Can {
						continue
					}
					key := cause + " " + string(v)
					ok[key] += o.Recovered
					worse[key] += o.Worse
					seen[key]++
					actions++
					harms += o.Worse
				}
			}
		}
	}
	for _, cause := range Causes() {
		var line []string
		best := 0.0
		for _, v := range verbs {
			key := cause + " " + string(v)
			if seen[key] == 0 {
				continue
			}
			p, h := ok[key]/seen[key], worse[key]/seen[key]
			if minutes, _ := Price(v); minutes < 60 { // what takes long is also waiting
				best = max(best, p)
			}
			if p > .07 || h > .05 {
				line = append(line, fmt.Sprintf("%s %.2f[%.2f]", v, p, h))
			}
		}
		t.Logf("%-22s best %.2f: %s", cause, best, strings.Join(line, "  "))
		assert.Less(t, best, .99, cause)
	}
	t.Logf("harm an action, all verbs on all causes: %.4f", harms/actions)
}
