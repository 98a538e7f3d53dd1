package main

import (
	"os"
	"slices"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/trial"
	"github.com/pipewright/pipewright/internal/chart"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// drawCurves writes score R of each policy over the checkpoints as a picture.
func drawCurves(path string, r *trial.Report) error {
	var steps []string
	for _, n := range r.Options.Checkpoints {
		steps = append(steps, strconv.Itoa(n))
	}
	var curves []chart.Curve
	for _, x := range r.Rows() {
		if x.Policy == "oracle" || x.Policy == "always-escalate" {
			continue
		}
		i := slices.IndexFunc(curves, func(c chart.Curve) bool { return c.Name == x.Policy })
		if i < 0 {
			i, curves = len(curves), append(curves, chart.Curve{Name: x.Policy})
		}
		curves[i].Values = append(curves[i].Values, 100*x.ScoreR)
	}
	png, err := chart.Curves("Score R (%) after incidents: hand rules 0, informed ceiling 100", steps, curves)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "draw the curves: %w", err)
	}
	return nil
}

// drawReliability writes the reliability diagram of a policy as a picture.
func drawReliability(path string, r *trial.Report, policy string) error {
	c, err := r.Reliability(policy)
	if err != nil {
		return err
	}
	return writeFigure(path, c.Figure())
}

func loadScenario(path string) (*gym.Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.NotFound, "read the scenario: %w", err)
	}
	return gym.LoadScenario(path, text)
}
