package when

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// clock is a time of day, with its own zone when one was said.
type clock struct {
	h, m, s int
	fine    bool // minutes were said
	bare    bool // a lone number: only a clock between prepositions
	half    string
	zone    *time.Location
}

var (
	clockShape = regexp.MustCompile(`^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?(am|pm|a\.m|p\.m|z)?$`)
	fourDigits = regexp.MustCompile(`^([01]\d|2[0-3])([0-5]\d)(z|h|hrs|hr)?$`)
	zoneShape  = regexp.MustCompile(`^[a-z]+/[a-z_]+$`)
	offset     = regexp.MustCompile(`^(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?$`)
)

var hourWords = []string{"hrs", "hr", "hours", "h"}

// clock reads a time of day at i.
func (p *parser) clock(i int) (c clock, next int, ok bool) {
	switch p.word(i) {
	case "midnight":
		return clock{fine: true}, i + 1, true
	case "noon", "midday":
		return clock{h: 12, fine: true}, i + 1, true
	}
	if m := fourDigits.FindStringSubmatch(p.word(i)); m != nil && (m[3] != "" || p.prepositionBefore(i) || p.at(i+1, hourWords...)) {
		return p.military(m, i)
	}
	if p.at(i, "half", "quarter") && p.at(i+1, "past", "to") {
		return p.halfPast(i)
	}
	m := clockShape.FindStringSubmatch(p.word(i))
	if m == nil {
		return c, i, false
	}
	c.h, _ = strconv.Atoi(m[1])
	c.m, _ = strconv.Atoi(m[2])
	c.s, _ = strconv.Atoi(m[3])
	c.fine = m[2] != ""
	next = i + 1
	c.half = strings.ReplaceAll(m[4], ".", "")
	if c.half == "" && p.at(next, "am", "pm", "a.m", "p.m") {
		c.half = strings.ReplaceAll(p.word(next), ".", "")
		next++
	} else if c.half == "" && p.at(next, "o'clock", "oclock", "o’clock") {
		c.half, next = "clock", next+1
	}
	if c.half == "z" {
		c.zone = time.UTC
	}
	c.bare = c.half == "" && !c.fine
	return p.finish(c, next)
}

// halfPast reads "half past 3", "quarter past 3" and "quarter to 4".
func (p *parser) halfPast(i int) (clock, int, bool) {
	c, next, ok := p.clock(i + 2)
	switch {
	case !ok || c.m != 0:
		return c, i, false
	case p.at(i+1, "to"):
		c.h, c.m = (c.h+23)%24, 45
	case p.at(i, "half"):
		c.m = 30
	default:
		c.m = 15
	}
	c.fine, c.bare = true, false
	return c, next, true
}

// military reads "0600", "1800 hrs" and "0300z".
func (p *parser) military(m []string, i int) (clock, int, bool) {
	c := clock{fine: true}
	c.h, _ = strconv.Atoi(m[1])
	c.m, _ = strconv.Atoi(m[2])
	if m[3] == "z" {
		c.zone = time.UTC
	}
	next := i + 1
	if p.at(next, hourWords...) {
		next++
	}
	return p.finish(c, next)
}

// finish applies am and pm, reads a zone and checks the bounds.
func (p *parser) finish(c clock, next int) (clock, int, bool) {
	if c.half == "am" || c.half == "pm" {
		if c.h < 1 || c.h > 12 {
			return c, next, false
		}
		c.h %= 12
		if c.half == "pm" {
			c.h += 12
		}
	}
	if z, k, ok := p.zone(next); ok && !c.bare {
		c.zone, next = z, k
	}
	return c, next, c.h < 24 && c.m < 60 && c.s < 60
}

// zone reads a zone at i: UTC, GMT, an offset, or a name such as Europe/Berlin.
func (p *parser) zone(i int) (*time.Location, int, bool) {
	w := p.word(i)
	switch {
	case w == "utc" || w == "gmt" || w == "z" || w == "zulu":
		return time.UTC, i + 1, true
	case zoneShape.MatchString(w):
		parts := strings.Split(w, "/")
		loc, err := time.LoadLocation(title(parts[0]) + "/" + title(parts[1]))
		return loc, i + 1, err == nil
	}
	if m := offset.FindStringSubmatch(w); m != nil {
		h, _ := strconv.Atoi(m[2])
		min, _ := strconv.Atoi(m[3])
		secs := h*3600 + min*60
		if m[1] == "-" {
			secs = -secs
		}
		return time.FixedZone(strings.ToUpper(w), secs), i + 1, h < 15
	}
	return nil, i, false
}

func title(s string) string {
	parts := strings.Split(s, "_")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "_")
}

// on is the clock's instant on the day of d.
func (c clock) on(d time.Time) time.Time {
	loc := d.Location()
	if c.zone != nil {
		loc = c.zone
	}
	t := time.Date(d.Year(), d.Month(), d.Day(), c.h, c.m, c.s, 0, loc)
	if first := t.Add(-time.Hour); first.Hour() == t.Hour() && first.Day() == t.Day() { // shown twice when the clock goes back
		t = first
	}
	return t.In(d.Location())
}

// near is the clock's instant closest before now, or after it when ahead.
func (c clock) near(now time.Time, ahead bool) time.Time {
	day := now
	if c.zone != nil {
		day = now.In(c.zone)
	}
	t := c.on(day)
	switch {
	case ahead && !t.After(now):
		t = c.on(day.AddDate(0, 0, 1))
	case !ahead && t.After(now):
		t = c.on(day.AddDate(0, 0, -1))
	}
	return t.In(now.Location())
}

// width is how far around the clock time "at" reaches: what is said to the hour
// is meant less exactly than what is said to the minute.
func (c clock) width() time.Duration {
	if c.fine {
		return 5 * time.Minute
	}
	return 15 * time.Minute
}
