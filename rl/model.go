package rl

import "slices"

// Model is what is believed of causes, verbs and looks: the prior and what the
// episodes added. It is a pure function of prior, settings and episodes in
// order. Learn changes it, so one goroutine owns a model that learns; reading is
// safe for many.
type Model struct {
	prior    Prior
	hyper    Hyper
	causes   []Cause // the prior's, then the spare ones
	of       map[string]int
	verbs    map[string]int
	wait     int // the verb that does nothing, -1 when the catalogue has none
	sights   map[Seen]sight
	shape    shape
	base     []float64 // pseudo-counts of the prior
	now      []float64 // base and what was learned
	cells    map[place]*term
	clocks   map[clock]*timing
	tallies  map[place]*tally
	episodes int
	last     string // id of the last episode
}

// sight is a feature with one of its values: where their pseudo-counts by cause begin.
type sight struct {
	feature   int
	look, sum int // of the value, and of all the feature's values
}

// unread stands for a feature or a value that the catalogue does not have.
var unread = sight{feature: -1}

// read finds what was seen, each in its place.
func (m *Model) read(dst []sight, seen []Seen) []sight {
	for _, o := range seen {
		at, known := m.sights[o]
		if !known {
			at = unread
		}
		dst = append(dst, at)
	}
	return dst
}

// tally counts verified runs of a verb for an error class, for people: it takes
// no part in any prediction.
type tally struct {
	Runs int `json:"runs"`
	Held int `json:"held"`
}

// NewModel is the model that has seen nothing.
func NewModel(p Prior, h Hyper) (*Model, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := h.Check(); err != nil {
		return nil, err
	}
	m := &Model{
		prior: p, hyper: h, causes: slices.Clone(p.Causes),
		of: map[string]int{}, verbs: map[string]int{}, sights: map[Seen]sight{},
		cells: map[place]*term{}, clocks: map[clock]*timing{}, tallies: map[place]*tally{},
	}
	for i := range h.Spares {
		m.causes = append(m.causes, m.spare(i))
	}
	for c := range m.causes {
		m.of[m.causes[c].Name] = c
	}
	for v, verb := range p.Verbs {
		m.verbs[verb.Name] = v
	}
	m.wait = m.verb(Wait)
	m.shape = shape{causes: len(m.causes), verbs: len(p.Verbs), width: p.width(), features: len(p.Features)}
	at := 0
	for i, f := range p.Features {
		for _, v := range f.Values {
			m.sights[Seen{f.Name, v}] = sight{i, m.shape.look(0, at), m.shape.lookSum(0, i)}
			at++
		}
	}
	m.base = m.counts()
	m.now = slices.Clone(m.base)
	return m, nil
}

// Episodes is how many were learned from.
func (m *Model) Episodes() int { return m.episodes }

// Causes lists the causes that take part in beliefs, the spare ones last.
func (m *Model) Causes() []Cause {
	var out []Cause
	vacant := m.vacant()
	for c, cause := range m.causes {
		if m.weight(c, vacant) > 0 {
			out = append(out, cause)
		}
	}
	return out
}

// cause finds a cause by name; a name that is not known is the first spare, -1
// without spares.
func (m *Model) cause(name string) int {
	if c, ok := m.of[name]; ok {
		return c
	}
	if m.hyper.Spares > 0 {
		return len(m.prior.Causes)
	}
	return -1
}

// Recovery is the posterior chance that a verb recovers a cause when it does not
// harm it; Harm that it makes it worse.
func (m *Model) Recovery(cause, verb string) Beta {
	c, v := m.cause(cause), m.verb(verb)
	if c < 0 || v < 0 {
		return NewBeta(astray, m.hyper.Recovery)
	}
	return m.recovery(c, v)
}

// Harm is the posterior chance that a verb makes a cause worse.
func (m *Model) Harm(cause, verb string) Beta {
	c, v := m.cause(cause), m.verb(verb)
	if c < 0 || v < 0 {
		return NewBeta(astray, m.hyper.Harm)
	}
	return m.harm(c, v)
}

// Hazard is the posterior rate at which a cause recovers by itself.
func (m *Model) Hazard(cause string) Hazard {
	c := m.cause(cause)
	if c < 0 {
		return NewHazard(0, m.hyper.Hazard)
	}
	return m.hazard(c)
}

// Tally is how many verified runs of a verb there were for an error class, and
// how many of them recovered.
func (m *Model) Tally(verb, errorClass string) (runs, held int) {
	if t := m.tallies[place{level: ByError, verb: m.verb(verb), one: errorClass}]; t != nil {
		return t.Runs, t.Held
	}
	return 0, 0
}

func (m *Model) verb(name string) int {
	if v, ok := m.verbs[name]; ok {
		return v
	}
	return -1
}
