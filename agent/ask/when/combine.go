package when

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// combine makes one range of the items. Their order in the text does not matter:
// "between 02:00 and 04:00 on Monday" is "on Monday between 02:00 and 04:00".
func (p *parser) combine() (pipewright.Window, bool) {
	by := map[role][]item{}
	for _, it := range p.found {
		by[it.role] = append(by[it.role], it)
	}
	switch {
	case len(by[shift]) > 0:
		p.relative = true
		return by[shift][0].w, true
	case len(by[closed]) > 0:
		return p.onDay(by[closed][0], by[whole]), true
	case len(by[start]) > 0:
		return p.sinceUntil(by[start][0], by[stop], by[whole]), true
	case len(by[stop]) > 0:
		return p.upTo(by[stop][0]), true
	case len(by[point]) > 0:
		return p.points(by[point], by[whole]), true
	case len(by[whole]) > 0:
		return p.periods(by[whole]), true
	}
	return pipewright.Window{}, false
}

// onDay moves a range of clock times to the day that was said elsewhere.
func (p *parser) onDay(it item, days []item) pipewright.Window {
	if !it.clocks || len(days) == 0 {
		return it.w
	}
	d := days[0].moment
	from := it.from.on(d.start)
	if from.Before(d.start) { // in the small hours of a night
		from = it.from.on(d.start.AddDate(0, 0, 1))
	}
	return clockSpan(it.to, from)
}

func (p *parser) sinceUntil(from item, stops, days []item) pipewright.Window {
	w := pipewright.Window{Start: from.w.Start, End: p.now}
	if c := from.moment.clock; c != nil && !from.moment.exact && len(days) > 0 {
		w.Start = c.on(days[0].moment.start)
	}
	if len(stops) > 0 {
		w.End = stops[0].w.End
		if c := stops[0].moment.clock; c != nil && !stops[0].moment.exact {
			w = clockSpan(*c, w.Start)
		}
	}
	if !w.End.After(w.Start) {
		w.End = p.now
	}
	return w
}

// upTo is the day so far: "until 6pm" is from that day's midnight.
func (p *parser) upTo(it item) pipewright.Window {
	w := pipewright.Window{Start: midnight(it.w.End), End: it.w.End}
	if !w.Start.Before(w.End) {
		w.Start = w.Start.AddDate(0, 0, -1)
	}
	return w
}

// points is a moment give or take, or the range between two clock times that
// were said without a preposition.
func (p *parser) points(points, days []item) pipewright.Window {
	a := points[0]
	t := a.moment.start
	if a.moment.clock != nil && !a.moment.exact && len(days) > 0 {
		d := days[0].moment
		if t = a.moment.clock.on(d.start); t.Before(d.start) {
			t = a.moment.clock.on(d.start.AddDate(0, 0, 1))
		}
	}
	if len(points) > 1 {
		b := points[1].moment
		u := b.start
		switch {
		case a.moment.clock == nil || b.clock == nil:
		case !b.exact:
			u = b.clock.on(t)
		case !a.moment.exact:
			t = a.moment.clock.on(u)
		}
		if u.Before(t) {
			t, u = u, t
		}
		return pipewright.Window{Start: t, End: u}
	}
	return pipewright.Window{Start: t.Add(-a.width), End: t.Add(a.width)}
}

// periods is a day or longer. What has begun and not ended ends now.
func (p *parser) periods(items []item) pipewright.Window {
	w := items[0].w
	for _, it := range items[1:] {
		if it.w.Start.Before(w.Start) {
			w.Start = it.w.Start
		}
		if it.w.End.After(w.End) {
			w.End = it.w.End
		}
	}
	if w.Start.Before(p.now) && w.End.After(p.now) {
		w.End = p.now
	}
	return w
}

// shifted reads "the day before", "the previous hour" and "an hour earlier" against the
// range of the turn before.
func (p *parser) shifted(i int) (it item, next int, ok bool) {
	if p.prev == nil || p.prev.Start.IsZero() || p.prev.End.IsZero() {
		return it, i, false
	}
	j := p.skip(i, "the", "a", "an", "one", "same")
	back := func(u unit, n float64) item {
		return item{role: shift, w: pipewright.Window{Start: u.add(p.prev.Start, -n), End: u.add(p.prev.End, -n)}}
	}
	u, isUnit := unitWords[p.word(j)]
	switch {
	case isUnit && p.at(j+1, "before", "earlier", "prior") && !p.at(j+2, "yesterday"):
		return back(u, 1), j + 2, true
	case p.at(j, "previous", "prior", "preceding") && unitWords[p.word(j+1)].name != "":
		return back(unitWords[p.word(j+1)], 1), j + 2, true
	case p.at(j, "time") && p.at(j-1, "same") && p.at(j+1, "yesterday"):
		return back(day, 1), j + 2, true
	case p.at(j, "before") && p.at(j+1, "that") || p.at(j, "just", "right") && p.at(j+1, "before"):
		w := pipewright.Window{Start: p.prev.Start.Add(-p.prev.Span()), End: p.prev.Start}
		return item{role: shift, w: w}, p.skip(j+1, "that", "before"), true
	}
	if n, u, k, found := p.amount(i); found && p.at(k, "earlier", "before") {
		return back(u, n), k + 1, true
	}
	return it, i, false
}

// loose reads the words as a bag, for questions whose words are in disorder: a
// number and a unit are a length back from now, two clock times a range.
func (p *parser) loose() (pipewright.Window, bool) {
	led, isAgo, night, lone := -1, -1, -1, -1
	var u unit
	var n float64
	num := -1
	for i := range p.toks {
		switch {
		case p.at(i, "past", "last", "previous", "recent"):
			led = i
		case p.at(i, "ago"):
			isAgo = i
		case p.at(i, "night"):
			night = i
		case unitWords[p.word(i)].name != "" && p.word(i) != "second":
			u, lone = unitWords[p.word(i)], i
		case numberShape.MatchString(p.word(i)):
			n, _, _ = p.number(i)
			num = i
		case numberWords[p.word(i)] >= 2 && num < 0:
			n, num = numberWords[p.word(i)], i
		}
	}
	switch {
	case lone >= 0 && num >= 0 && isAgo >= 0:
		m := p.agoBy(n, u)
		p.useEach(lone, num, isAgo)
		return p.points([]item{{moment: m, width: max(u.length/2, time.Minute)}}, nil), true
	case lone >= 0 && num >= 0 && (led >= 0 || n > 0):
		p.useEach(lone, num, led)
		return pipewright.Window{Start: u.add(p.now, -n), End: p.now}, true
	case led >= 0 && night >= 0:
		p.useEach(led, night)
		m := p.lastNight("night")
		return p.periods([]item{{w: pipewright.Window{Start: m.start, End: m.end}}}), true
	case led >= 0 && lone >= 0:
		p.useEach(led, lone)
		return pipewright.Window{Start: u.add(p.now, -1), End: p.now}, true
	}
	return pipewright.Window{}, false
}

func (p *parser) useEach(at ...int) {
	for _, i := range at {
		if i >= 0 {
			p.toks[i].used = true
		}
	}
}
