package tabular

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const forever = 100000

func TestValueIterationOnTheCliff(t *testing.T) {
	for gamma, want := range map[float64]float64{1: -13, .99: -12.247898, .9: -7.458134} {
		v, _ := cliff().Optimal(gamma, forever)
		assert.InDelta(t, want, v[36], 5e-7)
	}
}

func TestValueIterationOnTheLake(t *testing.T) {
	for _, c := range []struct {
		rows           string
		gamma, want    float64
		limit          int
		best, stays, g float64 // success: within the limit, of the greedy policy of .99, and unlimited
	}{
		{lake4, .99, .5420259320, 100, .744190, 0, 14.0 / 17},
		{lake4, .95, .1804715784, 0, 0, 0, 0},
		{lake4, .9, .0688909049, 0, 0, 0, 0},
		{lake8, .99, .4146403618, 200, .913220, .862955, .893841},
		{lake8, .95, .0482502041, 0, 0, 0, 0},
		{lake8, .9, .0064111143, 0, 0, 0, 0},
	} {
		m := lake(c.rows)
		v, greedy := m.Optimal(c.gamma, forever)
		assert.InDelta(t, c.want, v[0], 5e-11)
		if c.limit == 0 {
			continue
		}
		within, _ := m.Optimal(1, c.limit)
		assert.InDelta(t, c.best, within[0], 5e-7)
		assert.InDelta(t, c.g, m.Evaluate(greedy, 1, forever)[0], 5e-7)
		if c.stays > 0 {
			assert.InDelta(t, c.stays, m.Evaluate(greedy, 1, c.limit)[0], 5e-7)
		}
	}
	v, _ := lake(lake8).Optimal(1, forever)
	assert.InDelta(t, 1, v[0], 1e-6, "with all the time in the world the 8 by 8 lake is always crossed")
}

func TestValueIterationOnTheTaxi(t *testing.T) {
	m, starts := taxi()
	v, _ := m.Optimal(1, 200)
	sum, least, most := 0.0, v[starts[0]], v[starts[0]]
	for _, s := range starts {
		sum, least, most = sum+v[s], min(least, v[s]), max(most, v[s])
	}
	assert.Len(t, starts, 300)
	assert.InDelta(t, 7.93, sum/300, 1e-9)
	assert.Equal(t, []float64{3, 15}, []float64{least, most})
	v, _ = m.Optimal(.99, forever)
	sum = 0
	for _, s := range starts {
		sum += v[s]
	}
	assert.InDelta(t, 6.32746431, sum/300, 5e-9)
}

func TestTheMazeTakesFourteenSteps(t *testing.T) {
	v, _ := maze().Optimal(.95, forever)
	want := 1.0
	for range 13 {
		want *= .95
	}
	assert.InDelta(t, want, v[18], 1e-12)
}
