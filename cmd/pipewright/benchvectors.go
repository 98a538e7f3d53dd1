package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pipewright/pipewright/retrieval/vector"
)

const (
	benchDimensions = 384
	benchQueries    = 100
	benchRecalled   = 20 // queries whose true neighbours are worked out
	benchNearest    = 10
)

// benchVectors searches n random vectors: how many of the true ten nearest are found, and
// how long the slowest of a hundred searches takes.
func benchVectors(n int) ([]figure, error) {
	r := rand.New(rand.NewPCG(1, 2))
	s := vector.New(benchDimensions)
	queries := make([][]float32, benchQueries)
	for i := range queries {
		queries[i] = randomVector(r)
	}
	truth := make([][]neighbour, benchRecalled)
	for i := range n {
		v := randomVector(r)
		if _, err := s.Add(v); err != nil {
			return nil, err
		}
		length := product(v, v)
		for q := range truth {
			dot := product(v, queries[q])
			truth[q] = nearer(truth[q], neighbour{i, dot * abs(dot) / length})
		}
	}
	found := 0
	took := make([]time.Duration, benchQueries)
	for i, q := range queries {
		start := time.Now()
		got, err := s.Search(q, benchNearest, nil)
		took[i] = time.Since(start)
		if err != nil {
			return nil, err
		}
		for _, m := range got {
			if i < benchRecalled && slices.ContainsFunc(truth[i], func(t neighbour) bool { return t.index == m.Index }) {
				found++
			}
		}
	}
	slices.Sort(took)
	of := fmt.Sprintf("%d x %d", n, benchDimensions)
	possible := benchRecalled * min(benchNearest, n)
	return []figure{
		{What: "vector search, recall@10", Of: of, Measured: float64(found) / float64(possible), Goal: 0.98},
		{What: "vector search, p50", Of: of, Measured: took[benchQueries/2].Seconds() * 1e3, Unit: "ms"},
		{What: "vector search, p99", Of: of, Measured: took[benchQueries*99/100-1].Seconds() * 1e3, Goal: 30, Unit: "ms"},
	}, nil
}

// neighbour is a vector with how near it is: its cosine, squared, with its sign.
type neighbour struct {
	index int
	near  float32
}

// nearer adds a neighbour to the nearest, in order, and keeps ten.
func nearer(ns []neighbour, one neighbour) []neighbour {
	if len(ns) == benchNearest && ns[len(ns)-1].near >= one.near {
		return ns
	}
	at, _ := slices.BinarySearchFunc(ns, one, func(a, b neighbour) int {
		if a.near >= b.near {
			return -1
		}
		return 1
	})
	ns = slices.Insert(ns, at, one)
	return ns[:min(len(ns), benchNearest)]
}

func randomVector(r *rand.Rand) []float32 {
	v := make([]float32, benchDimensions)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func product(a, b []float32) float32 {
	s := float32(0)
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func abs(x float32) float32 { return max(x, -x) }
