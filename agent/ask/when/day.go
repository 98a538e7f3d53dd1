package when

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// moment is a point or a period on the calendar.
type moment struct {
	start, end time.Time
	whole      bool   // a day or a longer period, not a point
	clock      *clock // a time of day said without its day
	exact      bool   // a full date and time
	period     bool   // longer than a day: a week, a month
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// dayAt is the whole day n days from today.
func (p *parser) dayAt(n int) moment {
	start := midnight(p.now).AddDate(0, 0, n)
	return moment{start: start, end: start.AddDate(0, 0, 1), whole: true}
}

func dayOf(t time.Time) moment {
	start := midnight(t)
	return moment{start: start, end: start.AddDate(0, 0, 1), whole: true}
}

var weekdays = map[string]time.Weekday{
	"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
	"sundays": 0, "mondays": 1, "tuesdays": 2, "wednesdays": 3, "thursdays": 4, "fridays": 5, "saturdays": 6,
}

// shortDays are read only after a word that leads to a day: "sun" and "sat" are words of their own.
var shortDays = map[string]time.Weekday{
	"sun": 0, "mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thur": 4, "thurs": 4, "fri": 5, "sat": 6,
}

var months = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
	"october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
	"sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}

var (
	isoDate  = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	dotDate  = regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.(\d{4})$`)
	ordinal  = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?$`)
	ordinalS = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)$`)
	yearForm = regexp.MustCompile(`^(20\d{2})$`)
)

// day reads a calendar day at i.
func (p *parser) day(i int) (m moment, next int, ok bool) {
	switch {
	case p.at(i, "today"):
		return p.dayAt(0), i + 1, true
	case p.at(i, "yesterday", "yday"):
		return p.dayAt(-1), i + 1, true
	case p.at(i, "tomorrow", "tmrw"):
		return p.dayAt(1), i + 1, true
	case p.at(i, "day") && p.at(i+1, "before") && p.at(i+2, "yesterday"):
		return p.dayAt(-2), i + 3, true
	}
	if m, next, ok := p.weekday(i); ok {
		return m, next, true
	}
	return p.date(i)
}

// weekday reads "Monday", "last Tuesday", "on Fri". Without "last" today counts.
func (p *parser) weekday(i int) (m moment, next int, ok bool) {
	j := i
	last := p.at(j, "last", "previous", "past")
	ahead := p.future || p.at(j, "next")
	lead := last || p.at(j, "this", "next") || p.at(i-1, "on", "since", "until", "till", "from", "between", "and", "to", "before", "after", "of")
	if last || p.at(j, "this", "next") {
		j++
	}
	wd, ok := weekdays[p.word(j)]
	if !ok && lead {
		wd, ok = shortDays[p.word(j)]
	}
	if !ok {
		return m, i, false
	}
	back := (int(p.now.Weekday()) - int(wd) + 7) % 7
	switch {
	case ahead:
		return p.dayAt((7-back-1)%7 + 1), j + 1, true
	case last && back == 0:
		back = 7
	}
	return p.dayAt(-back), j + 1, true
}

// date reads ISO dates, 20.11.2026, "20 Nov", "November 20th 2026" and "the 20th".
func (p *parser) date(i int) (m moment, next int, ok bool) {
	if g := isoDate.FindStringSubmatch(p.word(i)); g != nil {
		return p.civil(g[1], g[2], g[3], i+1)
	}
	if g := dotDate.FindStringSubmatch(p.word(i)); g != nil {
		return p.civil(g[3], g[2], g[1], i+1)
	}
	if mon, named := months[p.word(i)]; named {
		if g := ordinal.FindStringSubmatch(p.word(i + 1)); g != nil {
			return p.named(g[1], mon, i+2)
		}
		return m, i, false
	}
	g := ordinal.FindStringSubmatch(p.word(i))
	j := p.skip(i+1, "of")
	if mon, named := months[p.word(j)]; g != nil && named {
		return p.named(g[1], mon, j+1)
	}
	if g := ordinalS.FindStringSubmatch(p.word(i)); g != nil && p.at(i-1, "the") && !p.future {
		return p.ofMonth(g[1], i+1)
	}
	return m, i, false
}

func (p *parser) civil(y, mo, d string, next int) (moment, int, bool) {
	t, err := time.ParseInLocation("2006-1-2", strings.Join([]string{y, strings.TrimLeft(mo, "0"), strings.TrimLeft(d, "0")}, "-"), p.now.Location())
	return dayOf(t), next, err == nil
}

// named is a day of a named month; without a year the newest one that is not ahead.
func (p *parser) named(d string, mon time.Month, next int) (moment, int, bool) {
	n, _ := strconv.Atoi(d)
	y := p.now.Year()
	said := yearForm.MatchString(p.word(next))
	if said {
		y, _ = strconv.Atoi(p.word(next))
		next++
	}
	t := time.Date(y, mon, n, 0, 0, 0, 0, p.now.Location())
	if !said && t.After(p.now) && !p.future {
		t = time.Date(y-1, mon, n, 0, 0, 0, 0, p.now.Location())
	}
	return dayOf(t), next, t.Day() == n
}

// ofMonth is "the 20th": of this month, or of the one before when it is ahead.
func (p *parser) ofMonth(d string, next int) (moment, int, bool) {
	n, _ := strconv.Atoi(d)
	for back := range 3 {
		t := time.Date(p.now.Year(), p.now.Month()-time.Month(back), n, 0, 0, 0, 0, p.now.Location())
		if t.Day() == n && !t.After(p.now) {
			return dayOf(t), next, true
		}
	}
	return moment{}, next, false
}
