package trial

import (
	"context"
	"fmt"
	"time"
)

// Goal is one figure that the learner is held to.
type Goal struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	CI95  float64 `json:"ci95,omitempty"` // half width
	Unit  string  `json:"unit,omitempty"`
	Goal  string  `json:"goal,omitempty"` // ">= 65", "<= 12", "0"
	Met   bool    `json:"met"`
	Of    string  `json:"peer,omitempty"`
	Peer  string  `json:"peer_value,omitempty"` // what Of reached
	// Without is the same figure where no log lines can be seen; nil: not measured.
	Without *Figure `json:"without_logs,omitempty"`
}

// Figure is a value with the half width of its interval.
type Figure struct {
	Value float64 `json:"value"`
	CI95  float64 `json:"ci95,omitempty"`
}

// Beside puts the figures of a bench without log lines beside those of one with them.
func Beside(with, without []Goal) {
	for i := range with {
		if i < len(without) && without[i].What == with[i].What {
			with[i].Without = &Figure{without[i].Value, without[i].CI95}
		}
	}
}

// BenchWork is about how many incidents a bench plays.
func BenchWork(o Options) int {
	n := 0
	for _, e := range experiments(o) {
		n += e.Work()
	}
	return n + o.Worlds*logged
}

// logged is how many incidents candidates are judged on.
const logged = 300

// curved are the policies whose learning curves are shown side by side.
var curved = []string{"planner", "planner-greedy", "planner-probes", "q-coarse", "q-masked"}

// experiments are the trials of a bench: good and poor catalogue, with both gates
// and the classic family, a change of regime, and the guard over a planner's beginning.
func experiments(o Options) []Options {
	good, poor, change := o, o, Regime(o)
	good.Policies = append([]string{"strict", "tiered"}, curved...)
	poor.Quality, poor.Policies = Poor, []string{"planner"}
	change.Policies = []string{"strict"}
	return []Options{good, poor, change, Guarded(o, Good), Guarded(o, Misleading)}
}

// Bench runs every experiment and lists the figures with their goals. now is the
// clock that decisions are timed by.
func Bench(ctx context.Context, o Options, now func() time.Time, tick func(int)) ([]Goal, error) {
	var reports []*Report
	for _, e := range experiments(o) {
		r, err := Run(ctx, e, tick)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	s := &sheet{}
	s.scores(reports[0], reports[1], o.Checkpoints)
	s.gates(reports[0])
	s.calibration(reports[0])
	s.regime(reports[2])
	s.guards(reports[3:])
	p, err := OffPolicy(ctx, o, logged, tick)
	if err != nil {
		return nil, err
	}
	s.promotion(p)
	s.curves(reports[0], o.Checkpoints)
	t, err := Time(o, now)
	if err != nil {
		return nil, err
	}
	s.times(t)
	return s.rows, nil
}

// sheet collects goals.
type sheet struct{ rows []Goal }

// add notes a figure held to at least (">="), at most ("<=") or exactly ("=") a
// goal; op "" has none.
func (s *sheet) add(what string, value, ci float64, unit, op string, goal float64, peer string) {
	g := Goal{What: what, Value: value, CI95: ci, Unit: unit, Peer: peer}
	if peer != "" {
		g.Of = "the study's prototype, on its own table plant"
	}
	switch op {
	case ">=":
		g.Met = value >= goal
	case "<=":
		g.Met = value <= goal
	case "=":
		g.Met = value == goal
	}
	if op != "" {
		g.Goal = fmt.Sprintf("%s %g", op, goal)
	}
	s.rows = append(s.rows, g)
}

// at finds a row.
func at(rows []Row, policy string, after int) Row {
	for _, r := range rows {
		if r.Policy == policy && r.Incidents == after {
			return r
		}
	}
	return Row{CI95: map[string]float64{}}
}

func (s *sheet) scores(good, poor *Report, checkpoints []int) {
	g, p := good.Rows(), poor.Rows()
	goals := map[int][2]float64{0: {65, 35}, 300: {78, 62}, 1000: {84, 72}}
	peers := map[int][2]string{0: {"80", "50"}, 300: {"84", "69"}, 1000: {"88", "77"}}
	below := 0
	for _, n := range checkpoints {
		below = max(below, at(g, "planner", n).BelowRules)
		s.add(fmt.Sprintf("worlds below rules after %d, good catalogue", n), float64(at(g, "planner", n).BelowRules), 0, "", "", 0, "")
		s.add(fmt.Sprintf("worlds below rules after %d, poor catalogue", n), float64(at(p, "planner", n).BelowRules), 0, "", "", 0, "")
		goal, held := goals[n]
		if !held {
			continue
		}
		a, b := at(g, "planner", n), at(p, "planner", n)
		s.add(fmt.Sprintf("score R after %d, good catalogue", n), 100*a.ScoreR, 100*a.CI95["score_r"], "%", ">=", goal[0], peers[n][0])
		s.add(fmt.Sprintf("score R after %d, poor catalogue", n), 100*b.ScoreR, 100*b.CI95["score_r"], "%", ">=", goal[1], peers[n][1])
	}
	s.add("worlds below rules at any checkpoint, good catalogue", float64(below), 0, "", "=", 0, "0")
	o := at(g, "planner", 300)
	s.add("score O after 300, good catalogue", 100*o.ScoreO, 100*o.CI95["score_o"], "%", ">=", 85, "86")
	c := at(g, "ceiling", 300)
	s.add("score O of the informed ceiling", 100*c.ScoreO, 100*c.CI95["score_o"], "%", "", 0, "94")
	last := checkpoints[len(checkpoints)-1]
	s.add("cause accuracy of the planner at the end", 100*at(g, "planner", last).Cause, 100*at(g, "planner", last).CI95["cause_accuracy"], "%", "", 0, "")
	s.add("cause accuracy of the informed ceiling", 100*c.Cause, 100*c.CI95["cause_accuracy"], "%", "", 0, "")
}

func (s *sheet) gates(r *Report) {
	online, rules := r.Online(), at(r.Rows(), "rules", 1000)
	a, b := at(online, "strict", 1000), at(online, "tiered", 1000)
	s.add("strict gate, 301-1000: success of automatic plans", 100*a.AutoOK, 100*a.CI95["auto_success"], "%", ">=", 90, "92-93")
	s.add("strict gate, 301-1000: incidents automated", 100*a.AutoShare, 100*a.CI95["auto_share"], "%", ">=", 30, "33-39")
	s.add("strict gate, 301-1000: harmful automatic actions per 1000", a.Harm, a.CI95["harm_per_1000_incidents"], "", "<=", 12, "10-12")
	s.add("hand rules: harmful actions per 1000", rules.Harm, rules.CI95["harm_per_1000_incidents"], "", "", 0, "45")
	s.add("tiered gate, 301-1000: incidents automated", 100*b.AutoShare, 100*b.CI95["auto_share"], "%", ">=", 70, "76-78")
	s.add("tiered gate, 301-1000: MTTR against rules", per(b.MTTR, rules.MTTR), per(b.CI95["mttr_minutes"], rules.MTTR), "", "<=", .78, "0.69-0.76")
	s.add("tiered gate, 301-1000: asks per 100", b.Asks, b.CI95["asks_per_100"], "", "<=", 20, "19-20")
	r2, repeats := 0, 0
	for _, x := range online {
		if x.Policy == "strict" || x.Policy == "tiered" {
			r2, repeats = r2+x.R2, repeats+x.Repeats
		}
	}
	s.add("R2 without approval, both gates", float64(r2), 0, "", "=", 0, "")
	s.add("repeats of a harmful (class, action) before re-approval", float64(repeats), 0, "", "=", 0, "")
}

func (s *sheet) calibration(r *Report) {
	rows := r.Rows()
	for n, goal := range []float64{.06, .04, .04} {
		after := []int{0, 300, 1000}[n]
		x := at(rows, "planner", after)
		s.add(fmt.Sprintf("plan calibration error after %d", after), x.ECE, x.CI95["ece"], "", "<=", goal, []string{"0.05", "0.03", "0.03"}[n])
	}
}

func (s *sheet) regime(r *Report) {
	online := r.Online()
	before, first, later := at(online, "strict", changeAt-1), at(online, "strict", changeAt+49), at(online, "strict", 2*changeAt)
	s.add("gate success before the regime changes", 100*before.AutoOK, 100*before.CI95["auto_success"], "%", "", 0, "93")
	s.add("gate success, first 50 after the regime changes", 100*first.AutoOK, 100*first.CI95["auto_success"], "%", ">=", 85, "88-90")
	s.add("gate success, from 100 after", 100*later.AutoOK, 100*later.CI95["auto_success"], "%", ">=", 90, "91")
}

// guards shows what the guard is worth where the catalogue is good and where it misleads.
func (s *sheet) guards(reports []*Report) {
	for _, r := range reports {
		for _, name := range r.Options.Policies {
			x := at(r.Online(), name, guarded)
			what := fmt.Sprintf("%s, first %d, %s catalogue: ", name, guarded, r.Options.Quality)
			s.add(what+"success of automatic plans", 100*x.AutoOK, 100*x.CI95["auto_success"], "%", "", 0, "")
			s.add(what+"incidents automated", 100*x.AutoShare, 100*x.CI95["auto_share"], "%", "", 0, "")
			s.add(what+"harmful automatic actions per 1000", x.Harm, x.CI95["harm_per_1000_incidents"], "", "", 0, "")
		}
	}
}

func (s *sheet) promotion(p Promotion) {
	s.add(fmt.Sprintf("off-policy: bad candidates promoted, of %d", p.Bad), float64(p.BadPromoted), 0, "", "=", 0, "0")
	s.add(fmt.Sprintf("off-policy: good candidates (gain %g, %d of them) promoted at %d logged", goodGain, p.Good, logged), 100*per(float64(p.GoodPromoted), float64(p.Good)), 0, "%", ">=", 85, "92-96")
	s.add(fmt.Sprintf("off-policy: all candidates that know more promoted, of %d", p.Some), float64(p.SomePromoted), 0, "", "", 0, "")
}

// curves puts the classic family beside the planner.
func (s *sheet) curves(good *Report, checkpoints []int) {
	rows := good.Rows()
	for _, name := range curved {
		for _, n := range checkpoints {
			x := at(rows, name, n)
			s.add(fmt.Sprintf("curve: %s after %d, score R", name, n), 100*x.ScoreR, 100*x.CI95["score_r"], "%", "", 0, "")
		}
	}
}

func (s *sheet) times(t Times) {
	s.add("decision, median", t.P50, 0, "us", "<=", 60, "29")
	s.add("decision, 99th percentile", t.P99, 0, "us", "<=", 300, "133")
	s.add("update, 99th percentile", t.Update, 0, "us", "<=", 20, "4")
	s.add("replay of 10,000 incidents", t.Replay, 0, "s", "<=", 5, "")
	s.add("replay is bit-identical", count(t.Same), 0, "", "=", 1, "")
}
