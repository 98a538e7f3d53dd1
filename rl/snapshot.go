package rl

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// format is the version of snapshots that this code writes and reads. Version 1 had
// other counts.
const format = 2

// mostBytes bounds a snapshot.
const mostBytes = 2 << 20

// snapshot is what a model has learned, in canonical order: the same prior,
// settings and episodes give the same bytes on one architecture.
type snapshot struct {
	Format   int         `json:"pipewright_policy"`
	Prior    string      `json:"prior"` // hash of the prior in numbers
	Hyper    Hyper       `json:"hyper"`
	Episodes int         `json:"episodes"`
	Last     string      `json:"last,omitempty"`
	Counts   []float64   `json:"counts"`
	Cells    []cellRow   `json:"cells"`
	Clocks   []clockRow  `json:"clocks"`
	Tallies  []talliedBy `json:"tallies"`
}

type cellRow struct {
	Level int     `json:"l"`
	Verb  int     `json:"v"`
	One   string  `json:"a"`
	Two   string  `json:"b,omitempty"`
	Mu    float64 `json:"mu"`
	Var   float64 `json:"s2"`
	Last  int     `json:"n"`
}

type clockRow struct {
	Verb    int     `json:"v"`
	Stage   string  `json:"a,omitempty"`
	N       float64 `json:"n"`
	Sum     float64 `json:"x"`
	Squares float64 `json:"xx"`
}

type talliedBy struct {
	Verb  int    `json:"v"`
	Error string `json:"a,omitempty"`
	tally
}

// Name is the hash of a prior as the learner sees it.
func (p Prior) Name() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic("rl: a prior cannot be encoded: " + err.Error()) // Check leaves only finite numbers and strings
	}
	return nameOf(b)
}

func nameOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Snapshot returns the model as bytes and their name, "sha256:...". It fails
// when it would be over 2 MB.
func (m *Model) Snapshot() (data []byte, name string, err error) {
	s := snapshot{Format: format, Prior: m.prior.Name(), Hyper: m.hyper, Episodes: m.episodes, Last: m.last, Counts: m.now}
	for _, at := range slices.SortedFunc(maps.Keys(m.cells), place.compare) {
		t := m.cells[at]
		s.Cells = append(s.Cells, cellRow{at.level, at.verb, at.one, at.two, t.mu, t.v, t.last})
	}
	for _, at := range slices.SortedFunc(maps.Keys(m.clocks), clock.compare) {
		t := m.clocks[at]
		s.Clocks = append(s.Clocks, clockRow{at.verb, at.stage, t.n, t.sum, t.squares})
	}
	for _, at := range slices.SortedFunc(maps.Keys(m.tallies), place.compare) {
		s.Tallies = append(s.Tallies, talliedBy{at.verb, at.one, *m.tallies[at]})
	}
	if data, err = json.Marshal(s); err != nil {
		return nil, "", fmt.Errorf("write the policy: %w", err)
	}
	if len(data) > mostBytes {
		return nil, "", fmt.Errorf("write the policy: it has %d bytes, over the %d that are kept: shorten the signatures of the contexts", len(data), mostBytes)
	}
	return data, nameOf(data), nil
}

// Restore makes the model of a snapshot. The prior must be the one it was made
// with; with another one, rebuild it from the journal.
func Restore(data []byte, p Prior) (*Model, error) {
	s, err := parse(data)
	if err != nil {
		return nil, err
	}
	if s.Prior != p.Name() {
		return nil, fmt.Errorf("read the policy: it was learned with another fault catalogue (%.19s, here %.19s); rebuild it from the journal", s.Prior, p.Name())
	}
	m, err := NewModel(p, s.Hyper)
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	if len(s.Counts) != len(m.now) {
		return nil, fmt.Errorf("read the policy: it has %d counts and the fault catalogue %d; rebuild it from the journal", len(s.Counts), len(m.now))
	}
	m.now, m.episodes, m.last = s.Counts, s.Episodes, s.Last
	return m, m.fill(s)
}

// fill checks and takes over the tables.
func (m *Model) fill(s snapshot) error {
	for i, n := range s.Counts {
		if n < 0 || n > mostCount || n < m.base[i]*1e-6 {
			return fmt.Errorf("read the policy: count %d is %g; counts are not negative and grow from the catalogue's %g", i, n, m.base[i])
		}
	}
	for _, c := range s.Cells {
		if c.Level < 0 || c.Level > byHarm || !m.has(c.Verb) || c.Var < 0 || c.Var > 100 || math.Abs(c.Mu) > 50 {
			return fmt.Errorf("read the policy: the cell %+v is out of bounds", c)
		}
		m.cells[place{c.Level, c.Verb, c.One, c.Two}] = &term{c.Mu, c.Var, c.Last}
	}
	for _, c := range s.Clocks {
		if !m.has(c.Verb) || c.N <= 0 || c.N > mostCount || math.Abs(c.Sum) > 50*c.N || c.Squares < 0 || c.Squares > 2500*c.N {
			return fmt.Errorf("read the policy: the durations %+v are out of bounds", c)
		}
		m.clocks[clock{c.Verb, c.Stage}] = &timing{c.N, c.Sum, c.Squares}
	}
	for _, c := range s.Tallies {
		m.tallies[place{level: ByError, verb: c.Verb, one: c.Error}] = &c.tally
	}
	return nil
}

// mostCount is more than a journal of centuries holds.
const mostCount = 1e18

func (m *Model) has(verb int) bool { return verb >= 0 && verb < len(m.prior.Verbs) }

func parse(data []byte) (s snapshot, err error) {
	if err := json.Unmarshal(data, &s); err != nil {
		if len(bytes.TrimSpace(data)) == 0 || data[0] != '{' {
			return s, fmt.Errorf("read the policy: this is not a policy")
		}
		return s, fmt.Errorf("read the policy: it is cut off or damaged after %d bytes; rebuild it from the journal", len(data))
	}
	switch {
	case s.Format > format:
		return s, fmt.Errorf("read the policy: its version is %d and this program reads up to %d: use a newer pipewright", s.Format, format)
	case s.Format < 1:
		return s, fmt.Errorf("read the policy: this is not a policy")
	case s.Format < format:
		return s, fmt.Errorf("read the policy: its version is %d and this program has %d; rebuild it from the journal", s.Format, format)
	}
	return s, nil
}

// Rebuild is the model of a prior, settings and a log of episodes: the same
// ones give the same bits.
func Rebuild(p Prior, h Hyper, log []Episode) (*Model, error) {
	m, err := NewModel(p, h)
	if err != nil {
		return nil, err
	}
	for _, e := range log {
		if err := m.Learn(e); err != nil {
			return nil, err
		}
	}
	return m, nil
}
