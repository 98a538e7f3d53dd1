package trial

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Row is what one policy is worth after a number of incidents.
type Row struct {
	Policy     string             `json:"policy"`
	Worlds     int                `json:"worlds"`
	Incidents  int                `json:"incidents"`
	Return     float64            `json:"return"`
	ScoreR     float64            `json:"score_r"` // rules 0, informed ceiling 1
	ScoreO     float64            `json:"score_o"` // always-escalate 0, oracle 1
	MTTR       float64            `json:"mttr_minutes"`
	AutoShare  float64            `json:"auto_share"`
	AutoOK     float64            `json:"auto_success"`
	Harm       float64            `json:"harm_per_1000_incidents"` // by actions that no person approved
	HarmAll    float64            `json:"harm_all_per_1000"`
	Asks       float64            `json:"asks_per_100"`
	SLO        float64            `json:"slo"` // healthy within 60 minutes
	ECE        float64            `json:"ece"` // of plans that began without a person, ten bins
	Cause      float64            `json:"cause_accuracy"`
	BelowRules int                `json:"worlds_below_rules"`
	R2         int                `json:"r2_without_approval"`
	Repeats    int                `json:"repeats_of_harm"`
	CI95       map[string]float64 `json:"ci95"` // half widths, by bootstrap over worlds
}

// measure is one number of a row as a function of the worlds chosen.
type measure struct {
	name string
	of   func(r *Row) *float64
	by   func(p, rules, ceiling, escalate, oracle *tally) float64
}

func per(a, b float64) float64 { return a / max(b, 1e-9) }

var measures = []measure{
	{"return", func(r *Row) *float64 { return &r.Return }, func(p, _, _, _, _ *tally) float64 { return per(p.ret, p.n) }},
	{"score_r", func(r *Row) *float64 { return &r.ScoreR }, func(p, rules, ceiling, _, _ *tally) float64 {
		return ratio(p, rules, ceiling)
	}},
	{"score_o", func(r *Row) *float64 { return &r.ScoreO }, func(p, _, _, escalate, oracle *tally) float64 {
		return ratio(p, escalate, oracle)
	}},
	{"mttr_minutes", func(r *Row) *float64 { return &r.MTTR }, func(p, _, _, _, _ *tally) float64 { return per(p.minutes, p.n) }},
	{"auto_share", func(r *Row) *float64 { return &r.AutoShare }, func(p, _, _, _, _ *tally) float64 { return per(p.auto, p.n) }},
	{"auto_success", func(r *Row) *float64 { return &r.AutoOK }, func(p, _, _, _, _ *tally) float64 { return per(p.autoOK, p.auto) }},
	{"harm_per_1000_incidents", func(r *Row) *float64 { return &r.Harm }, func(p, _, _, _, _ *tally) float64 { return 1000 * per(p.harmAlone, p.n) }},
	{"harm_all_per_1000", func(r *Row) *float64 { return &r.HarmAll }, func(p, _, _, _, _ *tally) float64 { return 1000 * per(p.harm, p.n) }},
	{"asks_per_100", func(r *Row) *float64 { return &r.Asks }, func(p, _, _, _, _ *tally) float64 { return 100 * per(p.asks, p.n) }},
	{"slo", func(r *Row) *float64 { return &r.SLO }, func(p, _, _, _, _ *tally) float64 { return per(p.slo, p.n) }},
	{"ece", func(r *Row) *float64 { return &r.ECE }, func(p, _, _, _, _ *tally) float64 { return p.ece() }},
	{"cause_accuracy", func(r *Row) *float64 { return &r.Cause }, func(p, _, _, _, _ *tally) float64 { return per(p.right, p.guessed) }},
}

// ratio is where a policy stands between two others, by mean return.
func ratio(p, low, high *tally) float64 {
	a, b := per(low.ret, low.n), per(high.ret, high.n)
	return (per(p.ret, p.n) - a) / (b - a)
}

// resamples is how many bootstrap samples of worlds give an interval.
const resamples = 400

// Rows are the measures of frozen copies, by policy and checkpoint. Online are
// those of what the policies did themselves, between checkpoints.
func (r *Report) Rows() []Row { return r.rows(func(s *stage) *tally { return &s.test }) }

// Online is like Rows; a row's Incidents is the checkpoint at its end.
func (r *Report) Online() []Row { return r.rows(func(s *stage) *tally { return &s.online }) }

func (r *Report) rows(pick func(*stage) *tally) []Row {
	var out []Row
	for _, name := range r.names {
		for k, after := range r.Options.Checkpoints {
			out = append(out, r.row(name, k, after, pick))
		}
	}
	return out
}

func (r *Report) row(name string, k, after int, pick func(*stage) *tally) Row {
	row := Row{Policy: name, Worlds: r.Options.Worlds, Incidents: after, CI95: map[string]float64{}}
	at := func(policy string, w int) *tally {
		if policy != name {
			return &r.stages[policy][w][k].test
		}
		return pick(&r.stages[policy][w][k])
	}
	worlds := make([]int, r.Options.Worlds)
	for w := range worlds {
		worlds[w] = w
		p, rules := at(name, w), &r.stages["rules"][w][k].test
		row.BelowRules += int(count(per(p.ret, p.n) < per(rules.ret, rules.n)))
		row.R2 += int(p.r2)
		row.Repeats += int(p.repeats)
	}
	pool := func(worlds []int) [5]tally {
		var sums [5]tally
		for i, policy := range append([]string{name}, "rules", "ceiling", "always-escalate", "oracle") {
			for _, w := range worlds {
				t := at(policy, w)
				if i > 0 {
					t = &r.stages[policy][w][k].test
				}
				sums[i].merge(t)
			}
		}
		return sums
	}
	all := pool(worlds)
	for _, m := range measures {
		*m.of(&row) = m.by(&all[0], &all[1], &all[2], &all[3], &all[4])
	}
	bootstrap(&row, worlds, pool)
	return row
}

// bootstrap fills in the half widths: 1.96 deviations of each measure over
// samples of worlds drawn with replacement.
func bootstrap(row *Row, worlds []int, pool func([]int) [5]tally) {
	if len(worlds) < 2 {
		return
	}
	rng := rand.New(rand.NewPCG(1, uint64(len(worlds))))
	sum, squares := make([]float64, len(measures)), make([]float64, len(measures))
	drawn := slices.Clone(worlds)
	for range resamples {
		for i := range drawn {
			drawn[i] = worlds[rng.IntN(len(worlds))]
		}
		t := pool(drawn)
		for i, m := range measures {
			x := m.by(&t[0], &t[1], &t[2], &t[3], &t[4])
			sum[i], squares[i] = sum[i]+x, squares[i]+x*x
		}
	}
	for i, m := range measures {
		mean := sum[i] / resamples
		row.CI95[m.name] = 1.96 * math.Sqrt(max(squares[i]/resamples-mean*mean, 0))
	}
}
