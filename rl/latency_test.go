package rl

import (
	"slices"
	"testing"
	"time"
)

// latencies reports the median and the 99th percentile of single calls.
func latencies(b *testing.B, n int, call func(i int)) {
	took := make([]time.Duration, 0, 20000)
	for i := range n {
		call(i) // warm
	}
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		call(i % n)
		if len(took) < cap(took) {
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-us")
}
