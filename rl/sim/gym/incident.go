package gym

import (
	"math/rand/v2"
	"slices"
	"time"
)

// incident is one fault, or two, at one stage: what is really so.
type incident struct {
	n, group, size int
	at             time.Time
	causes         []int // places in faults
	kind           int
	entity         entity
	scene          scene
}

// incidents draws the first count of a world. Nothing that is done about one
// moves another.
func (w *world) incidents(count int) []incident {
	var out []incident
	for _, at := range w.arrivals(count) {
		if len(out) >= count {
			break
		}
		out = append(out, w.strike(len(out), at, count-len(out))...)
	}
	return out
}

// strike draws one fault and where it shows: in one place, or in two or three
// that share what is broken.
func (w *world) strike(n int, at time.Time, most int) []incident {
	r := stream(w.seed, "incident", uint64(n))
	regime := w.regimeAt(n)
	cause := w.draw(r, regime.mix)
	size := 1
	if coin(r, w.sc.Cascades) {
		size = min(2+r.IntN(2), most)
	}
	var group []incident
	var taken []entity
	for i := range size {
		kind, e, ok := w.place(r, cause, taken)
		if !ok {
			break
		}
		taken = append(taken, e)
		inc := incident{n: n + i, group: n, at: at, causes: []int{cause}, kind: kind, entity: e}
		if coin(r, w.sc.Double) {
			inc.causes = append(inc.causes, w.second(r, regime.mix, kind, cause))
		}
		inc.scene = w.broken(inc, &regime.numbers[kind])
		group = append(group, inc)
		at = at.Add(time.Duration(uniform(r, 1, 6) * float64(time.Minute))).Truncate(time.Second)
	}
	for i := range group {
		group[i].size = len(group)
	}
	return group
}

// draw picks a fault by weight among those that can strike something here.
func (w *world) draw(r *rand.Rand, mix []float64) int {
	return pick(r, len(faults), func(i int) float64 {
		if len(w.struck(faults[i])) == 0 {
			return 0
		}
		return mix[i]
	})
}

// pick draws a place by weight. Some weight must be over 0.
func pick(r *rand.Rand, n int, weight func(int) float64) int {
	total := 0.0
	for i := range n {
		total += weight(i)
	}
	x, last := r.Float64()*total, 0
	for i := range n {
		if weight(i) <= 0 {
			continue
		}
		if x -= weight(i); x < 0 {
			return i
		}
		last = i // rounding may leave a rest
	}
	return last
}

// struck lists the kinds of stage here that a fault can strike.
func (w *world) struck(f fault) []int {
	var out []int
	for k := range kinds {
		if f.hits(&kinds[k]) && len(w.entities[k]) > 0 {
			out = append(out, k)
		}
	}
	return out
}

// place picks a resource that a fault can strike, and that it has not yet.
func (w *world) place(r *rand.Rand, cause int, taken []entity) (int, entity, bool) {
	where := w.struck(faults[cause])
	for range 12 {
		k := where[r.IntN(len(where))]
		e := w.entities[k][r.IntN(len(w.entities[k]))]
		if !slices.Contains(taken, e) {
			return k, e, true
		}
	}
	return 0, entity{}, false
}

// second is another fault that strikes the same kind of stage.
func (w *world) second(r *rand.Rand, mix []float64, kind, other int) int {
	return pick(r, len(faults), func(i int) float64 {
		if i == other || !faults[i].hits(&kinds[kind]) {
			return 0
		}
		return mix[i]
	})
}

// broken is the scene when the incident is noticed. What is broken is the same
// throughout a cascade; what could help differs from place to place.
func (w *world) broken(inc incident, p *numbers) scene {
	s := newScene(p, &kinds[inc.kind], inc.at, derive(w.seed, "scene", uint64(inc.n)))
	for _, c := range inc.causes {
		faults[c].strike(&s, stream(w.seed, "strike", uint64(inc.group), uint64(c)))
	}
	s.interrupted(stream(s.seed, "interrupted"))
	return s
}

// interrupted is how far the run had come that failed or hangs.
func (s *scene) interrupted(r *rand.Rand) {
	deep, left := coin(r, .3), coin(r, s.p[pPartialWrite])
	if s.kind.service {
		return
	}
	late := s.reading() == fine && s.working() == fine && s.writingOut() != fine
	s.writing = deep && (late || s.host.hung)
	s.partial = left && late
}
