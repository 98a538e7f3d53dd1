package sim

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// Whatever is done to it and whenever, the plant goes on, keeps its books and
// can be replayed.
func TestAnySequenceOfActsLeavesAPlantThatGoesOn(t *testing.T) {
	kinds := slices.Sorted(maps.Keys(deeds))
	for seed := uint64(1); seed <= 6; seed++ {
		options := Options{Seed: seed, Start: start, History: 20 * time.Hour, FaultEvery: 8 * minute, Live: true}
		p := New(options)
		rng := p.dice("monkey")
		for i := range 400 {
			p.Advance(p.Now().Add(time.Duration(rng.IntN(150)) * time.Second))
			a := Act{Kind: kinds[rng.IntN(len(kinds))], Key: fmt.Sprint("k", i)}
			for a.Target.System() != a.Kind.System() {
				a.Target = shop[rng.IntN(len(shop))].id
			}
			if a.Kind == "postgres.remap" {
				if tab := p.table(a.Target); tab != nil {
					a.Args = map[string]string{"mapping": rightMap(tab)}
				}
			}
			_, _ = p.Act(a) // refusals are part of it
		}
		require.Greater(t, len(p.Acts()), 50)
		b := p.Observe(time.Time{}, p.Now())
		for _, r := range b.Runs {
			if r.State.Done() {
				require.False(t, r.Ended.Before(r.Started), "%+v", r)
			}
		}
		again := New(options)
		require.NoError(t, again.Replay(p.Acts()))
		again.Advance(p.Now())
		assert.Equal(t, hash(t, b), hash(t, again.Observe(time.Time{}, again.Now())), "seed %d", seed)
	}
}

// Faults that are mended in every way there is leave a healthy plant behind.
func TestAPlantThatIsLeftAloneHealsWithThePeopleWhoRunIt(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		p := New(Options{Seed: seed, Start: start, History: 20 * time.Hour, FaultEvery: -1})
		for i, k := range p.faultKinds {
			if k.free() {
				p.breakBy(k, int64(i), p.dice("all", int64(i)))
			}
		}
		require.Greater(t, p.broken(), 8)
		p.Advance(start.Add(20 * time.Hour))
		assert.Zero(t, p.broken())
		assert.Empty(t, p.sick(), "seed %d", seed)
	}
}

func FuzzAMappingNeverPanics(f *testing.F) {
	f.Add("order_id, customer_id=buyer_id, amount=amount::numeric(10,2)")
	f.Add("=, ::")
	p := calm(1)
	f.Fuzz(func(t *testing.T, mapping string) {
		_, err := p.Act(Act{Kind: "postgres.remap", Target: tableOrders, Key: mapping + "k", Args: map[string]string{"mapping": mapping}})
		if err != nil && pipewright.KindOf(err) == pipewright.Internal {
			t.Fatal(err)
		}
	})
}
