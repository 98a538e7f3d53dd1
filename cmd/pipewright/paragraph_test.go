package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Every number of every paragraph of a shift is computed again from the stored record
// alone, by formulas written down here, and no digit of it may be another one.
func TestEveryDigitOfAParagraphFollowsFromItsRecord(t *testing.T) {
	said, flips, digits := 0, 0, 0
	for _, seed := range []uint64{2} {
		s := work(t, seed, 8, "")
		for _, e := range s.events {
			if e.Decision == nil || e.Decision.Paragraph == "" {
				continue
			}
			text, r := e.Decision.Paragraph, readAlone(t, s, *e.Decision)
			want := r.numbers()
			require.Equal(t, want, numbersOf(text), "%d: %s", e.Seq, text)
			said++
			flips += strings.Count(text, " If ")
			for i, c := range text {
				if c < '0' || c > '9' || strings.Count(text[:i], "`")%2 == 1 {
					continue
				}
				other := text[:i] + string('0'+(c-'0'+1)%10) + text[i+1:]
				require.NotEqual(t, want, numbersOf(other), "%d: the digit at %d of %s", e.Seq, i, text)
				digits++
			}
		}
	}
	t.Logf("%d paragraphs, %d with a counterfactual, %d digits", said, flips, digits)
	assert.Greater(t, said, 15)
	assert.Greater(t, flips, 3)
}

// numbersOf lists the numbers of a text in order, names left out.
func numbersOf(text string) []string {
	parts := strings.Split(text, "`")
	var out []string
	for i := 0; i < len(parts); i += 2 {
		out = append(out, digitsOf.FindAllString(parts[i], -1)...)
	}
	return out
}

var digitsOf = regexp.MustCompile(`[-+]?\d+(\.\d+)?`)

// alone is a decision's record as it is stored, and the settings of the policy that it names.
type alone struct {
	rl.Record
	planner *rl.Planner
	bars    map[string]float64
	caps    map[string]float64
	slack   float64
	again   rl.Choice
}

func readAlone(t *testing.T, s shift, d pipewright.Decision) alone {
	t.Helper()
	var r alone
	require.NoError(t, json.Unmarshal(d.Record, &r.Record))
	content := s.policies[r.Choice.Policy]
	require.NotEmpty(t, content, "the policy that the record names is stored")
	var settings struct {
		Settings rl.Settings `json:"settings"`
	}
	require.NoError(t, json.Unmarshal(content, &settings))
	r.bars, r.caps, r.slack = settings.Settings.Bars, settings.Settings.Caps, settings.Settings.Slack
	var err error
	r.planner, err = rl.ReadPlanner(content)
	require.NoError(t, err)
	r.again, err = r.Again(r.planner)
	require.NoError(t, err)
	return r
}

// numbers are those of the paragraph, in its order.
func (r alone) numbers() (out []string) {
	say := func(format string, v float64) { out = append(out, fmt.Sprintf(format, v)) }
	percent := func(p float64) {
		if p >= .995 {
			p = .99 // over 99 %
		}
		say("%.0f", 100*p)
	}
	order := make([]int, len(r.Posed.Belief))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.Posed.Belief[b], r.Posed.Belief[a]) })
	for i, h := range order[:min(2, len(order))] {
		out = append(out, digitsOf.FindAllString(strings.ReplaceAll(r.Case.Hypotheses[h].Cause, "_", " "), -1)...)
		percent(r.Posed.Belief[h])
		for _, c := range r.Grounds.For[i] {
			if i == 0 {
				out = append(out, digitsOf.FindAllString(c.Say, -1)...)
				say("%+.1f", math.Log(c.Ratio))
			}
		}
	}
	first := r.again.Arm
	if first < 0 {
		if len(r.again.Plan) > 0 {
			out = append(out, r.ruled(r.follow(r.Posed.Belief, r.again.Plan))...)
		}
		return slices.Concat(out, r.otherwise(), r.near())
	}
	o := r.follow(r.Posed.Belief, r.again.Plan)
	percent(o.ok)
	say("%.0f", 80)
	percent(o.low)
	percent(o.high)
	say("%.1f", 100*o.harm)
	say("%.1f", 100*o.harmHigh)
	if r.Grounds.Runs > 0 {
		say("%.0f", float64(r.Grounds.Held))
		say("%.0f", float64(r.Grounds.Runs))
	}
	if next := slices.IndexFunc(r.again.Ranked, func(k rl.Ranked) bool { return k.Arm != first }); next >= 0 {
		k := r.again.Ranked[next]
		percent(r.follow(r.Posed.Belief, []int{k.Arm}).ok)
		say("%.2f", r.again.Of(first).Value-k.Value)
	}
	return slices.Concat(out, r.ruled(o), r.otherwise(), r.near())
}

// ruled are the numbers of the sentence that says why it may run alone, or not.
func (r alone) ruled(o odds) []string {
	first := r.again.Plan[0]
	risk, mine := r.Posed.Pulls[first].Risk, r.follow(r.Posed.Belief, []int{first})
	why := r.again.Why[0]
	switch {
	case strings.Contains(why, "passes the bar"), strings.Contains(why, "under the bar of"):
		return []string{fmt.Sprintf("%.0f", 100*o.ok), fmt.Sprintf("%.0f", 100*r.bars[risk])}
	case strings.Contains(why, "over the cap"):
		return []string{fmt.Sprintf("%.1f", 100*mine.harmHigh), fmt.Sprintf("%.1f", 100*r.caps[risk])}
	case strings.Contains(why, "lower bound"):
		return []string{fmt.Sprintf("%.0f", 100*o.low), fmt.Sprintf("%.0f", 100*(r.bars[risk]-r.slack))}
	}
	return nil
}

// otherwise are those of the first supposition under which something else is chosen.
func (r alone) otherwise() []string {
	for _, s := range r.Grounds.Suppositions {
		is, _, err := r.Suppose(r.planner, s.Say)
		if err != nil || is.Greedy == r.again.Greedy && (is.Arm < 0) == (r.again.Arm < 0) {
			continue
		}
		if is.Arm < 0 {
			return nil
		}
		p := r.follow(s.Belief, is.Plan).ok
		return []string{fmt.Sprintf("%.0f", 100*min(p, .99))}
	}
	return nil
}

func (r alone) near() (out []string) {
	for _, n := range r.Grounds.Near {
		sum := 0.0
		for _, s := range n.Shared {
			sum += math.Min(s.Here, s.There)
		}
		if sum >= .995 {
			sum = .99
		}
		out = append(out, digitsOf.FindString(n.Incident), fmt.Sprintf("%.0f", 100*sum))
		out = append(out, digitsOf.FindAllString(n.Action, -1)...)
	}
	return out
}

type odds struct{ ok, harm, low, high, harmHigh float64 }

// follow is what a plan leads to, up to the first arm that may not run alone:
//
//	ok = sum_t reach_t sum_h b_t(h) ok(h),  b_t+1(h) ~ b_t(h) (1 - ok(h) - worse(h))
//
// with the chances of the whole moved by the residual, and its range from 48 draws.
func (r alone) follow(belief []float64, plan []int) (o odds) {
	if n := slices.IndexFunc(plan, func(a int) bool { return r.Posed.Pulls[a].Held }); n > 0 {
		plan = plan[:n]
	}
	b, reach := slices.Clone(belief), 1.0
	var steps []step
	for _, a := range plan {
		s := step{verb: r.Case.Candidates[a].Verb, sd: math.Sqrt(r.Posed.Pulls[a].Shift.OKVar)}
		sum := 0.0
		for h := range b {
			ok, worse := r.chances(a, h)
			s.ok, s.worse = s.ok+b[h]*ok, s.worse+b[h]*worse
			b[h] *= 1 - ok - worse
			sum += b[h]
		}
		for h := range b {
			b[h] /= sum
		}
		shift := r.Posed.Pulls[a].Shift
		s.ok, s.worse = moved(s.ok, s.worse, shift.OK, shift.Harm)
		_, high := moved(s.ok, s.worse, 0, 1.2815515655446004*math.Sqrt(shift.HarmVar))
		o.ok, o.harm, o.harmHigh = o.ok+reach*s.ok, o.harm+reach*s.worse, o.harmHigh+reach*high
		reach *= 1 - s.ok - s.worse
		steps = append(steps, s)
	}
	o.low, o.high = ranged(steps, r.Case.Seed)
	return o
}

type step struct {
	verb          string
	ok, worse, sd float64
}

// chances are the means of the two posteriors.
func (r alone) chances(arm, h int) (ok, worse float64) {
	e := r.Posed.Effects[r.Posed.Of[arm][h]]
	return e[0].A / (e[0].A + e[0].B), e[1].A / (e[1].A + e[1].B)
}

// moved are chances with their log-odds moved; that of recovery where it does no harm.
func moved(ok, worse, by, harmBy float64) (float64, float64) {
	odds := func(p, by float64) float64 { return p * math.Exp(by) / (1 - p + p*math.Exp(by)) }
	w := odds(worse, harmBy)
	return (1 - w) * odds(ok/(1-worse), by), w
}

// ranged are the 10 % and 90 % quantiles; two steps of one verb share their noise.
func ranged(steps []step, seed uint64) (low, high float64) {
	normal, all := rand.New(rand.NewPCG(seed, 1)), make([]float64, 48)
	for i := range all {
		reach, z := 1.0, map[string]float64{}
		for _, s := range steps {
			x := normal.NormFloat64()
			if _, drawn := z[s.verb]; !drawn {
				z[s.verb] = x
			}
			ok, worse := moved(s.ok, s.worse, z[s.verb]*s.sd, 0)
			all[i] += reach * ok
			reach *= 1 - ok - worse
		}
	}
	slices.Sort(all)
	at := func(q float64) float64 {
		i := int(q * 47)
		return all[i] + (q*47-float64(i))*(all[i+1]-all[i])
	}
	return at(.1), at(.9)
}
