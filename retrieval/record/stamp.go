package record

import (
	"strings"
	"time"
)

// stamp reads the time that s begins with, and how many bytes it takes. A time without a
// zone is UTC; one without a year is the latest that is not after a day past now.
func stamp(s string, now time.Time) (t time.Time, n int, ok bool) {
	if len(s) < 13 || !mayBeTime(s) {
		return t, 0, false
	}
	for i := range layouts {
		n := len(layouts[i].text)
		if len(s) < n {
			continue
		}
		t, ok := layouts[i].read(s[:n])
		if !ok {
			continue
		}
		if t.Year() == 0 {
			t = inYear(t, now)
		}
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
