package when

import (
	"regexp"
	"strings"
	"time"
)

// parts are the parts of a day as hours from its midnight. Nights reach into the
// next morning.
var parts = map[string][2]int{
	"morning": {5, 12}, "afternoon": {12, 18}, "evening": {18, 24}, "night": {18, 30},
}

var isoMoment = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}`)

var isoForms = []string{"2006-01-02t15:04:05z07:00", "2006-01-02t15:04z07:00", "2006-01-02t15:04:05-0700", "2006-01-02t15:04:05", "2006-01-02t15:04"}

// moment reads a point or period at i. A lone number is a clock time only after a
// preposition, which the caller has seen.
func (p *parser) moment(i int) (m moment, next int, ok bool) {
	i = p.skip(i, "the", "about", "around", "roughly")
	for _, read := range []func(int) (moment, int, bool){p.iso, p.ago, p.partial, p.calendar, p.dayAndClock, p.clockAndDay} {
		if m, next, ok := read(i); ok {
			return m, next, true
		}
	}
	if p.at(i, "now") {
		return moment{start: p.now, end: p.now, exact: true}, i + 1, true
	}
	return m, i, false
}

// iso reads a full date and time as one word.
func (p *parser) iso(i int) (m moment, next int, ok bool) {
	w := p.word(i)
	if !isoMoment.MatchString(w) {
		return m, i, false
	}
	up := strings.ToUpper(w)
	for _, form := range isoForms {
		if t, err := time.ParseInLocation(strings.ToUpper(form), up, p.now.Location()); err == nil {
			t = t.In(p.now.Location())
			return moment{start: t, end: t, exact: true}, i + 1, true
		}
	}
	return m, i, false
}

// ago reads "5 minutes ago" and "two days back". A length is a point give or take
// half its unit; a day or more back is that whole day.
func (p *parser) ago(i int) (m moment, next int, ok bool) {
	n, u, next, ok := p.amount(i)
	if !ok || !p.at(next, "ago", "back", "earlier") || p.at(next, "earlier") && p.prev != nil {
		return m, i, false
	}
	return p.agoBy(n, u), next + 1, true
}

func (p *parser) agoBy(n float64, u unit) moment {
	t := u.add(p.now, -n)
	if u.length == 0 {
		return dayOf(t)
	}
	return moment{start: t, end: t, clock: nil, exact: true}
}

// partial reads the parts of days: "last night", "this morning", "yesterday evening",
// "overnight", "in the morning".
func (p *parser) partial(i int) (m moment, next int, ok bool) {
	switch {
	case p.at(i, "last", "past") && p.at(i+1, "night", "evening"):
		m, next = p.lastNight(p.word(i+1)), i+2
	case p.at(i, "overnight"):
		m, next = p.lastNight("night"), i+1
	case p.at(i, "tonight"):
		m, next = p.tonight(), i+1
	case p.at(i, "this", "earlier") && parts[p.word(i+1)] != [2]int{}:
		m, next = p.part(midnight(p.now), p.word(i+1)), i+2
		if m.start.After(p.now) && p.at(i+1, "morning") { // in the small hours it is the morning already
			m.start = midnight(p.now)
		}
	case p.at(i, "morning", "afternoon", "evening", "night") && p.at(i-1, "the") && p.at(i-2, "in", "during"):
		m, next = p.part(midnight(p.now), p.word(i)), i+1
	default:
		return p.dayPart(i)
	}
	return p.clockWithin(m, next)
}

// dayPart reads "yesterday morning" and "Monday night".
func (p *parser) dayPart(i int) (m moment, next int, ok bool) {
	d, j, ok := p.day(i)
	if !ok {
		return m, i, false
	}
	j = p.skip(j, "in", "the", "during")
	if parts[p.word(j)] == [2]int{} {
		return m, i, false
	}
	return p.clockWithin(p.part(d.start, p.word(j)), j+1)
}

func (p *parser) part(day time.Time, name string) moment {
	h := parts[name]
	at := func(n int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), n, 0, 0, 0, day.Location())
	}
	return moment{start: at(h[0]), end: at(h[1]), whole: true}
}

// lastNight is the night that ended this morning or, before six in the morning, the one that still lasts.
func (p *parser) lastNight(name string) moment {
	return p.part(midnight(p.now).AddDate(0, 0, -1), name)
}

// tonight is the night that lasts or comes next.
func (p *parser) tonight() moment {
	if p.now.Hour() < 6 {
		return p.lastNight("night")
	}
	return p.part(midnight(p.now), "night")
}

// clockWithin narrows a part of a day to a clock time said after it: "last night at 3".
func (p *parser) clockWithin(m moment, next int) (moment, int, bool) {
	j := p.skip(next, "at", "around", "about")
	c, k, ok := p.clock(j)
	if !ok || (c.bare && j == next) {
		return m, next, true
	}
	if t, ok := c.within(m); ok {
		return moment{start: t, end: t, exact: true, clock: &c}, k, true
	}
	return m, next, true
}

// within is the clock's instant in a period; without am or pm, either half of the day.
func (c clock) within(m moment) (time.Time, bool) {
	for _, add := range []int{0, 12} {
		for _, d := range []int{0, 1} {
			cc := c
			cc.h += add
			t := cc.on(m.start.AddDate(0, 0, d))
			if cc.h < 24 && (add == 0 || c.half == "" && c.h <= 12) && !t.Before(m.start) && t.Before(m.end) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// calendar reads "this week", "last month", "the weekend", "this hour".
func (p *parser) calendar(i int) (m moment, next int, ok bool) {
	if p.at(i, "weekend") || p.at(i, "last", "this", "past") && p.at(i+1, "weekend") {
		back := (int(p.now.Weekday()) + 1) % 7 // days since Saturday
		start := midnight(p.now).AddDate(0, 0, -back)
		return moment{start: start, end: start.AddDate(0, 0, 2), whole: true, period: true}, p.skip(i, "last", "this", "past") + 1, true
	}
	back := 0
	switch {
	case p.at(i, "this", "current"):
	case p.at(i, "last", "previous"):
		back = 1
	default:
		return m, i, false
	}
	start, u, ok := p.startOf(p.word(i + 1))
	if !ok || back == 1 && u.length > 0 {
		return m, i, false
	}
	start = u.add(start, -float64(back))
	return moment{start: start, end: u.add(start, 1), whole: true, period: true}, i + 2, true
}

// startOf is when the running hour, week, month or year began.
func (p *parser) startOf(word string) (time.Time, unit, bool) {
	t := midnight(p.now)
	switch word {
	case "hour":
		return time.Date(t.Year(), t.Month(), t.Day(), p.now.Hour(), 0, 0, 0, t.Location()), hour, true
	case "week":
		return t.AddDate(0, 0, -(int(t.Weekday())+6)%7), week, true
	case "month":
		return t.AddDate(0, 0, 1-t.Day()), month, true
	case "year":
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, t.Location()), year, true
	}
	return t, unit{}, false
}

// dayAndClock reads a day and the clock time after it, if any.
func (p *parser) dayAndClock(i int) (m moment, next int, ok bool) {
	d, next, ok := p.day(i)
	if !ok {
		return m, i, false
	}
	j := p.skip(next, "at", "around", "about")
	c, k, found := p.clock(j)
	if !found || c.bare && (j == next || unitWords[p.word(k)].name != "") {
		return d, next, true
	}
	t := c.on(d.start)
	return moment{start: t, end: t, exact: true, clock: &c}, k, true
}

// clockAndDay reads a clock time and the day after it, if any.
func (p *parser) clockAndDay(i int) (m moment, next int, ok bool) {
	i = p.skip(i, "at")
	c, next, ok := p.clock(i)
	if !ok || c.bare && (unitWords[p.word(next)].name != "" || !p.prepositionBefore(i)) {
		return m, i, false
	}
	j := p.skip(next, "on", "of", "in", "the")
	if part, name := parts[p.word(p.skip(j, "this"))], p.word(p.skip(j, "this")); part != [2]int{} {
		k := p.skip(j, "this") + 1
		cc := p.clockInPart(c, name)
		if d, after, said := p.day(k); said {
			t := cc.on(d.start)
			return moment{start: t, end: t, exact: true, clock: &cc}, after, true
		}
		t := cc.near(p.now, p.future)
		return moment{start: t, end: t, exact: true, clock: &cc}, k, true
	}
	if d, k, said := p.dayOrNight(j); said {
		if t, ok := c.within(d); ok {
			return moment{start: t, end: t, exact: true, clock: &c}, k, true
		}
		t := c.on(d.start)
		if t.Before(d.start) {
			t = c.on(d.start.AddDate(0, 0, 1))
		}
		return moment{start: t, end: t, exact: true, clock: &c}, k, true
	}
	t := c.near(p.now, p.future)
	return moment{start: t, end: t, clock: &c}, next, true
}

// clockInPart is three in the afternoon as 15:00.
func (p *parser) clockInPart(c clock, part string) clock {
	if c.half == "" && c.h < 12 && (part == "afternoon" || part == "evening" || part == "night" && c.h >= 6) {
		c.h += 12
	}
	return c
}

func (p *parser) dayOrNight(i int) (moment, int, bool) {
	if p.at(i, "last") && p.at(i+1, "night") {
		return p.lastNight("night"), i + 2, true
	}
	return p.day(i)
}

func (p *parser) prepositionBefore(i int) bool {
	return p.at(i-1, "at", "around", "about", "since", "from", "between", "and", "to", "until", "till", "before", "after", "by", "past", "@", "til")
}
