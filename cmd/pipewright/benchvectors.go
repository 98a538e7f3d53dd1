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

// vectorSet is random vectors, which are the hardest there are: the same ones each time, with
// the true neighbours of some queries.
type vectorSet struct {
	n       int
	queries [][]float32
	truth   [][]neighbour
}

// newVectorSet draws the vectors and hands each over. The true neighbours of the first
// queries are worked out on the way.
func newVectorSet(n int, each func(v []float32) error) (vectorSet, error) {
	r := rand.New(rand.NewPCG(1, 2))
	set := vectorSet{n: n, queries: make([][]float32, benchQueries), truth: make([][]neighbour, benchRecalled)}
	for i := range set.queries {
		set.queries[i] = randomVector(r)
	}
	for i := range n {
		v := randomVector(r)
		if err := each(v); err != nil {
			return set, err
		}
		length := product(v, v)
		for q := range set.truth {
			dot := product(v, set.queries[q])
			set.truth[q] = nearer(set.truth[q], neighbour{i, dot * abs(dot) / length})
		}
	}
	return set, nil
}

// vectorFigures is how one way of searching did.
type vectorFigures struct{ recall, p50, p99 float64 }

// measure runs every query: how many of the true ten nearest are found, and how long the
// slowest of a hundred searches takes, in milliseconds.
func (set vectorSet) measure(search func(q []float32) ([]int, error)) (f vectorFigures, err error) {
	took := make([]time.Duration, len(set.queries))
	found := 0
	for i, q := range set.queries {
		start := time.Now()
		got, err := search(q)
		took[i] = time.Since(start)
		if err != nil {
			return f, err
		}
		for _, index := range got {
			if i < len(set.truth) && slices.ContainsFunc(set.truth[i], func(t neighbour) bool { return t.index == index }) {
				found++
			}
		}
	}
	slices.Sort(took)
	f.recall = float64(found) / float64(len(set.truth)*min(benchNearest, set.n))
	f.p50, f.p99 = took[len(took)/2].Seconds()*1e3, took[len(took)*99/100-1].Seconds()*1e3
	return f, nil
}

// benchVectors searches n random vectors in the process.
func benchVectors(n int) ([]figure, error) {
	s := vector.New(benchDimensions)
	set, err := newVectorSet(n, func(v []float32) error {
		_, err := s.Add(v)
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := set.measure(func(q []float32) (out []int, err error) {
		got, err := s.Search(q, benchNearest, nil)
		for _, m := range got {
			out = append(out, m.Index)
		}
		return out, err
	})
	of := fmt.Sprintf("%d x %d", n, benchDimensions)
	return []figure{
		{What: "vector search, recall@10", Of: of, Measured: f.recall, Goal: 0.98},
		{What: "vector search, p50", Of: of, Measured: f.p50, Unit: "ms"},
		{What: "vector search, p99", Of: of, Measured: f.p99, Goal: 30, Unit: "ms"},
	}, err
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
