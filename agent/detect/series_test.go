package detect

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestLimits(t *testing.T) {
	tests := []struct {
		name   string
		metric string
		values []float64
		at     float64 // minutes from noon; 1: quiet
	}{
		{"well below", "disk_percent", []float64{50, 51, 52, 53}, 1},
		{"over for three samples", "disk_percent", []float64{50, 91, 92, 93}, -2},
		{"over for two samples only", "disk_percent", []float64{50, 50, 91, 93}, 1},
		{"two spikes with a pause", "disk_percent", []float64{91, 91, 50, 91, 91}, 1},
		{"between the levels it holds on", "disk_percent", []float64{91, 92, 93, 88, 87, 88, 87}, -6},
		{"between the levels it does not begin", "disk_percent", []float64{88, 89, 88, 89, 87}, 1},
		{"back at the leave level", "disk_percent", []float64{91, 92, 93, 80, 80, 80}, 1},
		{"back for two samples only", "disk_percent", []float64{91, 92, 93, 80, 80}, -4},
		{"error rate", "error_rate", []float64{0, 0.3, 0.3, 0.2}, -2},
		{"lost heartbeat of a worker", "heartbeat_age_seconds", []float64{20, 290, 350, 410}, -1},
		{"no replica ready", "replicas_ready", []float64{3, 3, 0, 0}, -1},
		{"one replica ready", "replicas_ready", []float64{3, 3, 1, 1}, 1},
		{"a metric without limits", "rows", []float64{1e9, 1e9, 1e9, 1e9}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(facts().measured(tt.metric, tt.values...))
			if tt.at == 1 {
				assert.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, pipewright.ThresholdSignal, got[0].Kind)
			assert.Equal(t, at(tt.at), got[0].At)
			assert.Equal(t, tt.metric, got[0].Metric)
		})
	}
}

func TestAnOldSeriesSaysNothing(t *testing.T) {
	f := facts().measured("disk_percent", 95, 95, 95)
	f.Now, f.Others = f.Now.Add(31*time.Minute), time.Time{}
	assert.Empty(t, Detect(f))
}

func TestAnomalies(t *testing.T) {
	usual := func(metric string, median, spread float64, values ...float64) Facts {
		return facts().usually(metric, median, spread).measured(metric, values...)
	}
	tests := []struct {
		name  string
		facts Facts
		at    float64 // 1: quiet
	}{
		{"as usual", usual("rows", 1000, 50, 990, 1010, 1000, 1020), 1},
		{"far above", usual("rows", 1000, 50, 1000, 2000, 2100, 2050), -2},
		{"far below", usual("rows", 1000, 50, 1000, 10, 20, 0), -2},
		{"above, then below", usual("rows", 1000, 50, 2000, 2000, 0, 0), 1},
		{"two samples only", usual("rows", 1000, 50, 1000, 1000, 2000, 2000), 1},
		{"many spreads but little effect", usual("rows", 1000, 1, 1000, 1100, 1100, 1100), 1},
		{"much effect but few spreads", usual("rows", 1000, 400, 1000, 2000, 2000, 2000), 1},
		{"low latency is good", usual("latency_p99_ms", 200, 5, 200, 20, 20, 20), 1},
		{"high latency is bad", usual("latency_p99_ms", 200, 20, 200, 900, 950, 900), -2},
		{"a constant metric jumps", usual("connections", 20, 0, 20, 80, 80, 80), -2},
		{"a constant metric trembles", usual("connections", 20, 0, 20, 22, 21, 22), 1},
		{"it counts from the first strange sample", usual("rows", 1000, 50, 1000, 1200, 2000, 2000, 2000), -2},
		{"nothing is known of its past", facts().measured("rows", 1, 1, 9e9, 9e9, 9e9), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(tt.facts)
			if tt.at == 1 {
				assert.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, pipewright.AnomalySignal, got[0].Kind)
			assert.Equal(t, at(tt.at), got[0].At)
		})
	}
}

func TestOverTheLimitIsNotAnAnomalyToo(t *testing.T) {
	f := facts().usually("error_rate", 0.001, 0.001).measured("error_rate", 0, 0.3, 0.3, 0.3)
	assert.Equal(t, []pipewright.SignalKind{pipewright.ThresholdSignal}, kinds(Detect(f)))
}

// load is a day and week of traffic: a swing over the day, half of it at the
// weekend, noise, and now and then a single spike.
func load(rng *rand.Rand, at time.Time) float64 {
	day := float64(at.Hour()*60+at.Minute()) / (24 * 60)
	v := 600 - 450*math.Cos(2*math.Pi*day)
	if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		v /= 2
	}
	v *= 1 + 0.08*rng.NormFloat64()
	if rng.IntN(500) == 0 {
		v *= 3
	}
	return v
}

func loadedSeries(rng *rand.Rand, from time.Time, days float64, metric string) []pipewright.Point {
	var out []pipewright.Point
	for i := range int(days * 24 * 60) {
		at := from.Add(time.Duration(i) * time.Minute)
		out = append(out, pipewright.Point{Resource: job, Metric: metric, At: at, Value: load(rng, at)})
	}
	return out
}

// The week after the history must be quiet at every quarter of an hour, whatever
// the day the history began and whichever way the past is summarised.
func TestQuietOnDayAndWeekLoad(t *testing.T) {
	for start := range 7 {
		rng := rand.New(rand.NewPCG(uint64(start), 1))
		from := noon.AddDate(0, 0, start)
		all := loadedSeries(rng, from, 14, "requests_per_second")
		var h History
		fed := 0
		for now := from.AddDate(0, 0, 7); now.Before(from.AddDate(0, 0, 14)); now = now.Add(15 * time.Minute) {
			n := before(all, now)
			for ; fed < n; fed++ {
				h.Add(all[fed].At, all[fed].Value)
			}
			f := facts()
			f.Now, f.Others = now, now
			f.Series["requests_per_second"] = all[max(0, n-300):n]
			f.Past = map[string]Band{"requests_per_second": h.Band(now)}
			require.Empty(t, Detect(f), "with a summary, at %s", now)
			if now.Minute() == 0 {
				f.Series["requests_per_second"], f.Past = all[:n], nil
				require.Empty(t, Detect(f), "from the series, at %s", now)
			}
		}
	}
}

// The first week has no season to compare with and must be quiet too.
func TestQuietInTheFirstWeek(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	all := loadedSeries(rng, noon, 8, "requests_per_second")
	for now := noon.Add(time.Hour); now.Before(noon.AddDate(0, 0, 7)); now = now.Add(30 * time.Minute) {
		f := facts()
		f.Now, f.Others = now, now
		f.Series["requests_per_second"] = all[:before(all, now)]
		require.Empty(t, Detect(f), "at %s", now)
	}
}

func TestSeesAThreefoldLoadAtAnyHour(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	all := loadedSeries(rng, noon, 9, "requests_per_second")
	for now := noon.AddDate(0, 0, 8); now.Before(noon.AddDate(0, 0, 9)); now = now.Add(time.Hour) {
		f := facts()
		f.Now, f.Others = now, now
		series := slices.Clone(all[:before(all, now)])
		for i := len(series) - 10; i < len(series); i++ {
			series[i].Value *= 4
		}
		f.Series["requests_per_second"] = series
		got := Detect(f)
		require.Len(t, got, 1, "at %s", now)
		assert.Equal(t, series[len(series)-10].At, got[0].At)
	}
}

// Noise around a level under the limit never crosses it for long.
func TestQuietOnNoise(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 2))
		f := facts().measured("disk_percent", noise(rng, 500, 78, 3)...).
			measured("error_rate", noise(rng, 500, 0.01, 0.01)...).
			measured("queue_seconds", noise(rng, 500, 60, 40)...).
			usually("latency_p99_ms", 200, 20).measured("latency_p99_ms", noise(rng, 500, 200, 20)...)
		require.Empty(t, Detect(f), "seed %d", seed)
	}
}

func TestBandAgreesHoweverItIsSummarised(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	all := loadedSeries(rng, noon, 10, "x")
	var h History
	for _, p := range all {
		h.Add(p.At, p.Value)
	}
	now := noon.AddDate(0, 0, 10)
	whole, thinned := BandAt(all, now), h.Band(now)
	assert.InEpsilon(t, whole.Median, thinned.Median, 0.05)
	assert.InEpsilon(t, whole.Spread, thinned.Spread, 0.3)
}

func TestHistoryTakesRecordsInAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	all := loadedSeries(rng, noon, 10, "x")
	thinned := all[:0:0]
	for i := 0; i < len(all); i += 10 {
		thinned = append(thinned, all[i])
	}
	var forward, backward History
	for i := range thinned {
		forward.Add(thinned[i].At, thinned[i].Value)
		p := thinned[len(thinned)-1-i]
		backward.Add(p.At, p.Value)
	}
	now := noon.AddDate(0, 0, 10)
	assert.Equal(t, forward.Band(now), backward.Band(now))
	forward.Add(now.AddDate(1, 0, 0), 1)
	assert.False(t, forward.Band(now.AddDate(1, 0, 0)).Known(), "a year of silence leaves no past")
}

func TestBandKnowsNothingOfTooLittle(t *testing.T) {
	assert.False(t, BandAt(nil, noon).Known())
	f := facts().measured("x", steady(600, 5)...)
	assert.False(t, BandAt(f.Series["x"], noon).Known(), "ten hours say nothing about the other fourteen")
	var h History
	assert.False(t, h.Band(noon).Known())
	h.Add(noon, math.NaN())
	assert.False(t, h.Band(noon).Known())
}
