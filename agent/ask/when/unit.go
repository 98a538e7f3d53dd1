package when

import (
	"regexp"
	"strconv"
	"time"
)

// unit is a unit of time. Seconds to hours are lengths; days and longer are steps
// on the calendar.
type unit struct {
	name   string
	length time.Duration // 0 for a calendar unit
	days   int
	months int
}

var (
	second = unit{name: "second", length: time.Second}
	minute = unit{name: "minute", length: time.Minute}
	hour   = unit{name: "hour", length: time.Hour}
	day    = unit{name: "day", days: 1}
	week   = unit{name: "week", days: 7}
	month  = unit{name: "month", months: 1}
	year   = unit{name: "year", months: 12}
)

var unitWords = map[string]unit{
	"second": second, "seconds": second, "sec": second, "secs": second,
	"minute": minute, "minutes": minute, "min": minute, "mins": minute,
	"hour": hour, "hours": hour, "hr": hour, "hrs": hour,
	"day": day, "days": day, "week": week, "weeks": week, "wk": week, "wks": week,
	"fortnight": {name: "fortnight", days: 14}, "month": month, "months": month, "year": year, "years": year,
}

var unitSuffixes = map[string]unit{"s": second, "m": minute, "h": hour, "d": day, "w": week}

// add moves t by n units. Half units are rounded for the calendar ones.
func (u unit) add(t time.Time, n float64) time.Time {
	switch {
	case u.length > 0:
		return t.Add(time.Duration(n * float64(u.length)))
	case u.days > 0:
		whole := int(n * float64(u.days))
		rest := n*float64(u.days) - float64(whole)
		return t.AddDate(0, 0, whole).Add(time.Duration(rest * 24 * float64(time.Hour)))
	default:
		return addMonths(t, int(n*float64(u.months)))
	}
}

// addMonths keeps the day of the month, or takes the month's last day when there
// is no such day: a month before 31 March is the end of February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

var numberWords = map[string]float64{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
	"ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
	"couple": 2, "few": 3, "several": 3, "half": 0.5, "dozen": 12, "ninety": 90,
}

var (
	numberShape  = regexp.MustCompile(`^\d{1,6}(\.\d{1,3})?$`)
	hoursMinutes = regexp.MustCompile(`^(\d{1,3})h(?:rs?)?(\d{1,2})(?:m|mins?)?$`)
	lengthShape  = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,3})?)-?([a-z]+)$`)
)

// number reads a count at i: digits, or words such as "twenty four".
func (p *parser) number(i int) (n float64, next int, ok bool) {
	w := p.word(i)
	if numberShape.MatchString(w) {
		n, err := strconv.ParseFloat(w, 64)
		return n, i + 1, err == nil
	}
	n, ok = numberWords[w]
	if !ok {
		return 0, i, false
	}
	next = i + 1
	if w == "a" || w == "an" { // a couple of, a few, a dozen
		if m, more := numberWords[p.word(next)]; more && m > 1 {
			n, next = m, next+1
		}
	}
	if n >= 20 { // twenty four
		if m, more := numberWords[p.word(next)]; more && m >= 1 && m < 10 && p.word(next) != "a" {
			n, next = n+m, next+1
		}
	}
	return n, p.skip(next, "of"), true
}

// amount reads a number and a unit at i: "3 hours", "an hour", "half an hour",
// "24h", "1h30m", "two hours and a half".
func (p *parser) amount(i int) (n float64, u unit, next int, ok bool) {
	if m := hoursMinutes.FindStringSubmatch(p.word(i)); m != nil {
		h, _ := strconv.ParseFloat(m[1], 64)
		mins, _ := strconv.ParseFloat(m[2], 64)
		return h + mins/60, hour, i + 1, true
	}
	if m := lengthShape.FindStringSubmatch(p.word(i)); m != nil {
		u, ok = unitSuffixes[m[2]]
		if !ok {
			u, ok = unitWords[m[2]]
		}
		n, _ = strconv.ParseFloat(m[1], 64)
		return n, u, i + 1, ok
	}
	n, next, ok = p.number(i)
	if !ok {
		return 0, unit{}, i, false
	}
	if n == 0.5 {
		next = p.skip(next, "a", "an")
	}
	u, ok = unitWords[p.word(next)]
	more, next := p.andHalf(next + 1)
	return n + more, u, next, ok
}

// andHalf reads "and a half" after a unit.
func (p *parser) andHalf(i int) (n float64, next int) {
	if p.at(i, "and") && p.at(i+1, "a") && p.at(i+2, "half") {
		return 0.5, i + 3
	}
	return 0, i
}
