package heal

import (
	"fmt"
	"math"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

const (
	leastPlans = 10 // verified plans before anything is said of how well they were predicted
	bins       = 10
	lastPlans  = 20 // plans over which the learning curve is smoothed
)

// Calibration is how well the chances that were predicted of plans fit what became of
// them.
type Calibration struct {
	Plans int     `json:"plans"`
	ECE   float64 `json:"ece"`        // expected calibration error: mean over plans of |predicted - recovered| by bin
	Brier float64 `json:"brier"`      // mean squared error
	Base  float64 `json:"base_brier"` // that of the mere share of recoveries
	Bins  []Bin   `json:"bins"`       // those that hold a plan
}

// Bin is the plans of which about the same was predicted.
type Bin struct {
	From      float64 `json:"from"`
	To        float64 `json:"to"`
	Plans     int     `json:"plans"`
	Predicted float64 `json:"predicted"` // mean
	Recovered float64 `json:"recovered"` // share
	Low       float64 `json:"low"`       // 95 % Wilson interval of the share
	High      float64 `json:"high"`
}

// BinSum sums the plans of one bin.
type BinSum struct {
	Plans     float64
	Predicted float64
	Recovered float64
}

// Calibrate sorts predictions into ten bins of equal width.
func Calibrate(track []rl.Prediction) Calibration {
	sums, squares := make([]BinSum, bins), 0.0
	for _, t := range track {
		b, y := &sums[min(int(t.Recovery*bins), bins-1)], 0.0
		if t.Recovered {
			y = 1
		}
		b.Plans, b.Predicted, b.Recovered = b.Plans+1, b.Predicted+t.Recovery, b.Recovered+y
		squares += (t.Recovery - y) * (t.Recovery - y)
	}
	return CalibrateSums(sums, squares)
}

// CalibrateSums is Calibrate of bins of equal width that were summed before; squares is
// the sum of squared errors.
func CalibrateSums(sums []BinSum, squares float64) (c Calibration) {
	n, held := 0.0, 0.0
	for _, b := range sums {
		n, held = n+b.Plans, held+b.Recovered
	}
	if n == 0 {
		return c
	}
	c.Plans, c.Brier, c.Base = int(n), squares/n, held/n*(1-held/n)
	for i, b := range sums {
		if b.Plans == 0 {
			continue
		}
		low, high := wilson(b.Recovered, b.Plans)
		c.ECE += math.Abs(b.Predicted-b.Recovered) / n
		c.Bins = append(c.Bins, Bin{From: float64(i) / float64(len(sums)), To: float64(i+1) / float64(len(sums)), Plans: int(b.Plans),
			Predicted: b.Predicted / b.Plans, Recovered: b.Recovered / b.Plans, Low: low, High: high})
	}
	return c
}

// wilson is the 95 % interval of a share of k in n (Wilson 1927).
func wilson(k, n float64) (low, high float64) {
	const z = 1.959964
	p := k / n
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (middle-half)/(1+z*z/n)), min(1, (middle+half)/(1+z*z/n))
}

// Figure is the reliability diagram.
func (c Calibration) Figure() pipewright.Figure {
	f := pipewright.Figure{Kind: pipewright.FigureReliability, Title: "Plans: predicted and recovered", X: "predicted to recover", Y: "recovered"}
	if c.Plans < leastPlans {
		f.Say = tooFew(c.Plans)
		return f
	}
	is, was := pipewright.Series{Name: "recovered"}, pipewright.Series{Name: "predicted"}
	for _, b := range c.Bins {
		f.Steps, f.Counts = append(f.Steps, fmt.Sprintf("%.0f to %.0f %%", 100*b.From, 100*b.To)), append(f.Counts, b.Plans)
		is.Values, is.Low, is.High = append(is.Values, b.Recovered), append(is.Low, b.Low), append(is.High, b.High)
		was.Values = append(was.Values, b.Predicted)
	}
	f.Series = []pipewright.Series{is, was}
	better := "better"
	if c.Brier >= c.Base {
		better = "no better"
	}
	f.Say = fmt.Sprintf("Over %d verified plans the predictions were off by %.0f points on average, and %s than the mere share of recoveries (Brier score %.3f, %.3f).",
		c.Plans, 100*c.ECE, better, c.Brier, c.Base)
	return f
}

func tooFew(plans int) string {
	return fmt.Sprintf("%d plans have a verified outcome so far, and %d are needed before this says anything.", plans, leastPlans)
}

// Learning is how plans were predicted and how they went, over the last ones.
type Learning struct {
	Plans     int     `json:"plans"` // up to this one
	Predicted float64 `json:"predicted"`
	Recovered float64 `json:"recovered"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
}

// mostPoints of a learning curve, its newest aside.
const mostPoints = 15

// Learn follows the track in round steps of plans, and up to the newest. Each point is
// over the lastPlans before it.
func Learn(track []rl.Prediction) (out []Learning) {
	for _, end := range roundSteps(len(track)) {
		l, k := Learning{Plans: end}, 0.0
		last := track[max(0, end-lastPlans):end]
		for _, t := range last {
			l.Predicted += t.Recovery / float64(len(last))
			if t.Recovered {
				k++
			}
		}
		l.Recovered = k / float64(len(last))
		l.Low, l.High = wilson(k, float64(len(last)))
		out = append(out, l)
	}
	return out
}

// roundSteps counts n plans in steps of 5, 10, 20, 50, 100, 200 and so on, and up to n
// itself, in place of a step just before it. Below leastPlans there are none.
func roundSteps(n int) (ends []int) {
	step := 5
	for k := 0; step*mostPoints < n; k++ {
		step = step * []int{4, 4, 5}[k%3] / 2
	}
	for end := step; end <= n-(step+1)/2; end += step {
		if end >= leastPlans {
			ends = append(ends, end)
		}
	}
	if n >= leastPlans {
		ends = append(ends, n)
	}
	return ends
}

// LearningFigure draws the learning curve.
func LearningFigure(points []Learning, plans int) pipewright.Figure {
	f := pipewright.Figure{Kind: pipewright.FigureLearning, Title: fmt.Sprintf("Plans over the last %d, as more were verified", lastPlans), X: "verified plans", Y: "recovered"}
	if len(points) < 2 {
		f.Say = tooFew(plans)
		if plans >= leastPlans {
			f.Say = fmt.Sprintf("%d plans have a verified outcome so far: one point makes no curve.", plans)
		}
		return f
	}
	is, was := pipewright.Series{Name: "recovered"}, pipewright.Series{Name: "predicted"}
	for _, p := range points {
		f.Steps, f.Counts = append(f.Steps, fmt.Sprint(p.Plans)), append(f.Counts, min(p.Plans, lastPlans))
		is.Values, is.Low, is.High = append(is.Values, p.Recovered), append(is.Low, p.Low), append(is.High, p.High)
		was.Values = append(was.Values, p.Predicted)
	}
	f.Series = []pipewright.Series{is, was}
	first, last := points[0], points[len(points)-1]
	f.Say = fmt.Sprintf("Of the first plans %.0f %% recovered and %.0f %% were predicted to; of the last %.0f %% and %.0f %%.",
		100*first.Recovered, 100*first.Predicted, 100*last.Recovered, 100*last.Predicted)
	return f
}
