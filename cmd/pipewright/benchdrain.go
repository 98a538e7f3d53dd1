package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"os/exec"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

//go:embed benchdrain.py
var drainScript string

// drained is what drain3 makes of the log of one system: the template of each message, and how
// long it takes for the whole lines.
type drained struct {
	IDs     []string `json:"ids"`
	Texts   []string `json:"texts"`
	Seconds float64  `json:"seconds"`
}

// drain runs drain3 by a Python that has it, with its own defaults and for one system.
func drain(ctx context.Context, python string, s loghubSystem) (drained, error) {
	var out drained
	in, err := json.Marshal(map[string][]string{"content": s.content, "whole": s.whole})
	if err != nil {
		return out, pipewright.Errorf(pipewright.Internal, "write the lines for drain3: %w", err)
	}
	cmd := exec.CommandContext(ctx, python, "-c", drainScript)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &said
	raw, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return out, pipewright.Errorf(pipewright.Invalid, "run drain3 by %s (pip install drain3): %w: %s", python, err, lines[len(lines)-1])
	}
	if err := json.Unmarshal(raw, &out); err != nil || len(out.IDs) != len(s.truth) || len(out.Texts) != len(s.truth) {
		return out, pipewright.Errorf(pipewright.Invalid, "drain3 by %s gave %d templates for %d lines of %s", python, len(out.IDs), len(s.truth), s.name)
	}
	return out, nil
}

// beside adds what drain3 makes of the same lines to the figures of the miner, as their baseline.
func beside(ctx context.Context, python string, systems []loghubSystem, figures []figure) error {
	var sum grouping
	lines, spent := 0, time.Duration(0)
	baseline := map[string]float64{}
	for _, s := range systems {
		d, err := drain(ctx, python, s)
		if err != nil {
			return err
		}
		g := score(d.IDs, d.Texts, s.truth)
		baseline[mineOne+s.name] = g.ga
		sum.ga, sum.fga, sum.pa = sum.ga+g.ga, sum.fga+g.fga, sum.pa+g.pa
		lines += len(s.whole)
		spent += time.Duration(d.Seconds * float64(time.Second))
	}
	n := float64(len(systems))
	baseline[mineGA+"mean"], baseline[mineFGA+"mean"], baseline[minePA+"mean"] = sum.ga/n, sum.fga/n, sum.pa/n
	baseline[mineSpeed+"all"] = float64(lines) / spent.Seconds()
	for i, f := range figures {
		if b, ok := baseline[f.What+f.Of]; ok {
			figures[i].Baseline = b
		}
	}
	return nil
}
