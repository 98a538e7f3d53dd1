package when

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// role is what an item does to the range.
type role int

const (
	whole  role = iota // a day or another period
	point              // a moment, give or take
	start              // since
	stop               // until
	closed             // a complete range
	shift              // the range of the turn before, moved
)

// item is one expression of time found in the text.
type item struct {
	role   role
	w      pipewright.Window
	moment moment
	clocks bool // the range was said with clock times only and may be moved to a day
	from   clock
	to     clock
	width  time.Duration
}

// scan reads every expression of time from left to right.
func (p *parser) scan() {
	for i := 0; i < len(p.toks); {
		it, next, ok := p.item(i)
		if !ok {
			i++
			continue
		}
		p.found = append(p.found, it)
		p.use(i, next)
		i = next
	}
}

func (p *parser) item(i int) (item, int, bool) {
	for _, read := range []func(int) (item, int, bool){p.shifted, p.between, p.rolling, p.since, p.before, p.around, p.bare} {
		if it, next, ok := read(i); ok {
			return it, next, true
		}
	}
	return item{}, i, false
}

// between reads "between X and Y", "from X to Y" and "X to Y" of two clock times.
func (p *parser) between(i int) (it item, next int, ok bool) {
	j := i
	led := p.at(i, "between", "from", "btw", "betwixt")
	if led {
		j++
	}
	if w, k, ok := p.dayNumbers(j, led); ok {
		return item{role: closed, w: w}, k, true
	}
	a, j, ok := p.moment(j)
	if !ok || !p.at(j, "and", "to", "until", "till", "til", "through", "-") {
		return it, i, false
	}
	b, k, ok := p.moment(j + 1)
	if !ok || !led && (a.clock == nil || b.clock == nil || p.at(j, "and")) {
		return it, i, false
	}
	it = item{role: closed, w: p.bounds(a, b)}
	if a.clock != nil && b.clock != nil && !a.exact && !b.exact {
		it.clocks = true
		it.from, it.to = share(*a.clock, *b.clock)
		it.w = clockSpan(it.to, it.from.near(p.now, false))
	}
	return it, k, true
}

// share lets "between 2 and 4pm UTC" mean 2pm UTC.
func share(a, b clock) (clock, clock) {
	if a.half == "" && b.half == "pm" && a.h < 12 && a.h+12 <= b.h {
		a.h += 12
	}
	if a.zone == nil {
		a.zone = b.zone
	}
	if b.zone == nil {
		b.zone = a.zone
	}
	return a, b
}

// clockSpan is the range from a moment to the next time that the clock shows b.
func clockSpan(b clock, from time.Time) pipewright.Window {
	end := b.on(from)
	if !end.After(from) {
		end = b.on(from.AddDate(0, 0, 1))
	}
	return pipewright.Window{Start: from, End: end}
}

// bounds joins two moments. A clock without a day takes the other's day.
func (p *parser) bounds(a, b moment) pipewright.Window {
	from, to := a.start, b.end
	switch {
	case a.clock != nil && !a.exact && b.clock == nil:
		from = a.clock.on(b.start)
	case b.clock != nil && !b.exact:
		to = b.clock.on(from)
		if !to.After(from) {
			to = b.clock.on(from.AddDate(0, 0, 1))
		}
	case a.clock != nil && !a.exact && b.exact:
		if from = a.clock.on(to); !from.Before(to) {
			from = a.clock.on(to.AddDate(0, 0, -1))
		}
	}
	if to.Before(from) {
		from, to = b.start, a.end
	}
	return pipewright.Window{Start: from, End: to}
}

// rolling reads "past 24 hours", "the last week", "over 3 days" and "24h".
func (p *parser) rolling(i int) (it item, next int, ok bool) {
	j := p.skip(i, "in", "over", "during", "within", "for", "the", "these", "throughout")
	led := p.at(j, "past", "last", "previous", "recent", "trailing", "preceding")
	if led {
		if it, k, ok := p.lastUnit(j); ok {
			return it, k, true
		}
		j++
	}
	n, u, k, ok := p.amount(j)
	if !ok || p.at(k, "ago", "back", "earlier", "before") {
		return it, i, false
	}
	attached := k == j+1 && u.length >= 0 && lengthShape.MatchString(p.word(j)) && u.name != "second"
	prepared := j > i && !p.at(i, "the", "these")
	if !led && !prepared && !attached || p.at(j, "a", "an") && !led {
		return it, i, false
	}
	return item{role: closed, w: pipewright.Window{Start: u.add(p.now, -n), End: p.now}}, k, true
}

// lastUnit reads a unit without a number: "past hour", "past week". "Last week" is
// the calendar's and is read as a period.
func (p *parser) lastUnit(j int) (it item, next int, ok bool) {
	u, ok := unitWords[p.word(j+1)]
	if !ok || u.name == "second" && !p.at(j, "past") {
		return it, j, false
	}
	if p.at(j, "last", "previous") && (u.days >= 7 || u.months > 0) {
		return it, j, false
	}
	n := 1.0
	if w := p.word(j + 1); w[len(w)-1] == 's' && w != "hrs" {
		n = p.stray(3) // "the last hours"
	}
	half, next := p.andHalf(j + 2)
	return item{role: closed, w: pipewright.Window{Start: u.add(p.now, -n-half), End: p.now}}, next, true
}

// stray is a number that stands elsewhere in the text, for words in disorder.
func (p *parser) stray(otherwise float64) float64 {
	for i, t := range p.toks {
		if !t.used && numberShape.MatchString(t.word) {
			p.use(i, i+1)
			n, _, _ := p.number(i)
			return n
		}
	}
	return otherwise
}

// since reads "since X", "after X", "from X on".
func (p *parser) since(i int) (it item, next int, ok bool) {
	if !p.at(i, "since", "after", "from", "starting") {
		return it, i, false
	}
	m, next, ok := p.moment(p.skip(i+1, "about", "at", "from"))
	if !ok || p.at(i, "after") && p.at(next, "of") {
		return it, i, false
	}
	if p.at(i, "from") && m.whole && !p.at(next, "on", "onward", "onwards", "forward") { // "the errors from yesterday"
		return item{role: whole, moment: m, w: pipewright.Window{Start: m.start, End: m.end}}, next, true
	}
	from := m.start
	if p.at(i, "after") {
		from = m.end
	}
	return item{role: start, w: pipewright.Window{Start: from}, moment: m}, p.skip(next, "on", "onward", "onwards"), true
}

// before reads "until X", "before X", "up to X".
func (p *parser) before(i int) (it item, next int, ok bool) {
	j := i + 1
	switch {
	case p.at(i, "until", "till", "til", "before"):
	case p.at(i, "up") && p.at(i+1, "to"):
		j++
	default:
		return it, i, false
	}
	m, next, ok := p.moment(j)
	if !ok || p.at(i, "up") && m.clock != nil && m.clock.bare { // scale up to 3
		return it, i, false
	}
	return item{role: stop, w: pipewright.Window{End: m.start}, moment: m}, next, true
}

// around reads "at 03:10", "around 3am", "an hour ago", days and periods.
func (p *parser) around(i int) (it item, next int, ok bool) {
	j := p.skip(i, "at", "on", "in", "during", "around", "about", "the", "of", "for", "over", "near", "by")
	n, u, k, isAgo := p.amount(j)
	m, next, ok := p.moment(j)
	if !ok || m.clock != nil && m.clock.bare && !m.exact && !p.at(j-1, "at", "around", "about", "near") {
		return it, i, false
	}
	if m.whole {
		return item{role: whole, moment: m, w: pipewright.Window{Start: m.start, End: m.end}}, next, true
	}
	it = item{role: point, moment: m, width: 5 * time.Minute}
	switch {
	case isAgo && p.at(k, "ago", "back", "earlier") && n > 0:
		it.width = max(u.length/2, time.Minute)
	case m.clock != nil:
		it.width = m.clock.width()
	}
	for ; i < j; i++ {
		if p.at(i, "around", "about", "near") {
			it.width = 30 * time.Minute
		}
	}
	return it, next, !p.at(j, "now")
}

// bare reads "all time", and the night that somebody was away for.
func (p *parser) bare(i int) (it item, next int, ok bool) {
	if p.at(i, "all", "whole", "entire") && p.at(i+1, "time", "history") {
		return item{role: closed, w: pipewright.Window{End: p.now}}, i + 2, true
	}
	if next, ok := p.away(i); ok {
		w := p.periods([]item{{w: pipewright.Window{Start: p.lastNight("night").start, End: p.lastNight("night").end}}})
		return item{role: closed, w: w}, next, true
	}
	return it, i, false
}
