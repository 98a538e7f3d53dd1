package record

import (
	"strings"
	"time"
)

// layouts are the ways in which logs write a time, without what is cut off before: a
// fraction of a second, and a zone. Years of two digits are of this century.
var layouts = []string{
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02, 15:04:05", "2006/01/02 15:04:05", "06/01/02 15:04:05",
	"Mon Jan 02 15:04:05 2006", "Mon Jan _2 15:04:05 2006", "02/Jan/2006:15:04:05", "02 Jan 2006 15:04:05",
	"Jan 02 15:04:05", "Jan _2 15:04:05", "0102 15:04:05",
}

// stamp reads the time that s begins with, and how many bytes it takes. A time without a
// zone is UTC; one without a year is the latest that is not after a day past now.
func stamp(s string, now time.Time) (t time.Time, n int, ok bool) {
	if len(s) < 13 || !mayBeTime(s) {
		return t, 0, false
	}
	for _, l := range layouts {
		if len(s) < len(l) || !alike(l, s) {
			continue
		}
		t, err := time.Parse(l, s[:len(l)])
		if err != nil {
			continue
		}
		if t.Year() == 0 {
			t = inYear(t, now)
		}
		n := len(l)
		frac, k := fraction(s[n:])
		n += k
		offset, k := zone(s[n:])
		return t.Add(frac).Add(-offset), n + k, true
	}
	return t, 0, false
}

// mayBeTime is a quick look: a digit, or the capital of a month or a day.
func mayBeTime(s string) bool {
	return s[0] >= '0' && s[0] <= '9' || strings.IndexByte("JFMASONDTW", s[0]) >= 0 && s[3] == ' '
}

// alike reports whether marks stand in s where they stand in the layout.
func alike(layout, s string) bool {
	for i := range len(layout) {
		switch c := layout[i]; c {
		case '-', '/', ':', 'T', ',':
			if s[i] != c && (c != 'T' || i != 10) {
				return false
			}
		case ' ':
			if s[i] != ' ' {
				return false
			}
		}
	}
	return true
}

// inYear puts a time without a year into the year that makes it recent.
func inYear(t, now time.Time) time.Time {
	limit := now.Add(24 * time.Hour)
	for year := limit.Year(); ; year-- {
		d := time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
		if !d.After(limit) && d.Day() == t.Day() || year < limit.Year()-4 {
			return d
		}
	}
}

// fraction reads ".123" or ",123456789".
func fraction(s string) (time.Duration, int) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || s[1] < '0' || s[1] > '9' {
		return 0, 0
	}
	d, unit, i := time.Duration(0), time.Second, 1
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		unit /= 10
		d += time.Duration(s[i]-'0') * unit
	}
	return d, i
}

// zone reads "Z", "+0000", "-07:00", " UTC" or " +0000".
func zone(s string) (time.Duration, int) {
	space := 0
	if strings.HasPrefix(s, " ") {
		space = 1
	}
	rest := s[space:]
	switch {
	case strings.HasPrefix(rest, "Z") && space == 0:
		return 0, 1
	case strings.HasPrefix(rest, "UTC"), strings.HasPrefix(rest, "GMT"):
		return 0, space + 3
	case len(rest) < 5 || rest[0] != '+' && rest[0] != '-':
		return 0, 0
	}
	for _, l := range []string{"-07:00", "-0700"} {
		if len(rest) < len(l) {
			continue
		}
		if t, err := time.Parse(l, rest[:len(l)]); err == nil {
			_, sec := t.Zone()
			return time.Duration(sec) * time.Second, space + len(l)
		}
	}
	return 0, 0
}
