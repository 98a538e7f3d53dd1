package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func TestScratch(t *testing.T) {
	began := time.Now()
	p := New(Options{Seed: 1, Start: start, Live: true})
	fmt.Println("new", time.Since(began))
	b := p.Observe(time.Time{}, start)
	fmt.Println("lines", len(b.Lines), "points", len(b.Points), "runs", len(b.Runs), "schemas", len(b.Schemas), "settings", len(b.Settings), "changes", len(b.Changes))
	began = time.Now()
	p.Advance(start.Add(5 * time.Hour))
	fmt.Println("5h", time.Since(began))
	for _, f := range p.Truth() {
		fmt.Printf("%+v\n", f)
	}
	failed := map[pipewright.ResourceID]int{}
	for _, r := range b.Runs {
		if r.State == pipewright.RunFailed {
			failed[r.Resource]++
		}
	}
	fmt.Println("history failed", failed)
	b = p.Observe(start, p.Now())
	for _, r := range b.Runs {
		if r.State == pipewright.RunFailed {
			fmt.Println(r.Started.Format("15:04:05"), r.Resource, r.Attempt, r.Error)
		}
	}
	require.NotEmpty(t, b.Lines)
}
