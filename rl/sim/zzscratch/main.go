package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/rl/sim"
)

func main() {
	seed, _ := strconv.Atoi(os.Args[1])
	every, _ := time.ParseDuration(os.Args[2])
	hours, _ := strconv.Atoi(os.Args[3])
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	p := sim.New(sim.Options{Seed: uint64(seed), Start: start, FaultEvery: every, Live: every > 0})
	var res []pipewright.Resource
	series := map[pipewright.ResourceID]map[string][]pipewright.Point{}
	runs := map[pipewright.ResourceID]map[string]pipewright.Run{}
	schemas := map[pipewright.ResourceID][]pipewright.Schema{}
	var lines = map[pipewright.ResourceID][]pipewright.LogLine{}
	after := time.Time{}
	active := map[string]time.Time{}
	for now := start; now.Before(start.Add(time.Duration(hours) * time.Hour)); now = now.Add(2 * time.Minute) {
		p.Advance(now)
		b := p.Observe(after, now)
		after = now
		if len(b.Resources) > 0 {
			res = b.Resources
		}
		for _, pt := range b.Points {
			if series[pt.Resource] == nil {
				series[pt.Resource] = map[string][]pipewright.Point{}
			}
			series[pt.Resource][pt.Metric] = append(series[pt.Resource][pt.Metric], pt)
		}
		for _, r := range b.Runs {
			if runs[r.Resource] == nil {
				runs[r.Resource] = map[string]pipewright.Run{}
			}
			runs[r.Resource][r.ID+strconv.Itoa(r.Attempt)] = r
		}
		for _, s := range b.Schemas {
			schemas[s.Resource] = append(schemas[s.Resource], s)
		}
		for _, l := range b.Lines {
			if l.Level != pipewright.Info && l.At.After(start.Add(-time.Hour)) {
				lines[l.Resource] = append(lines[l.Resource], l)
			}
		}
		if now.Equal(start) {
			continue
		}
		seen := map[string]bool{}
		for _, r := range res {
			f := detect.Facts{Now: now, Resource: r, Series: series[r.ID]}
			for _, run := range runs[r.ID] {
				if run.Started.After(now.Add(-48 * time.Hour)) {
					f.Runs = append(f.Runs, run)
				}
			}
			ss := schemas[r.ID]
			f.Schemas = ss[max(0, len(ss)-2):]
			for _, l := range lines[r.ID] {
				if l.At.After(now.Add(-30 * time.Minute)) {
					f.Lines = append(f.Lines, l)
				}
			}
			for _, s := range detect.Detect(f) {
				seen[s.Fingerprint] = true
				if _, ok := active[s.Fingerprint]; !ok {
					fmt.Println(now.Format("02 15:04"), s.Kind, s.Resource, s.Metric, "|", s.Summary)
					active[s.Fingerprint] = now
				}
			}
		}
		for fp, at := range active {
			if !seen[fp] {
				delete(active, fp)
				_ = at
			}
		}
	}
	for _, f := range p.Truth() {
		if f.Start.After(start.Add(-time.Hour)) {
			fmt.Printf("TRUTH %s %s %s..%s quiet=%v\n", f.Cause, f.Resource, f.Start.Format("15:04"), f.End.Format("15:04"), f.Quiet)
		}
	}
}
