package airflow

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// period is the longest time between two runs of a schedule as Airflow spells
// it: a cron expression, a preset such as @daily, or a timedelta such as
// "1 day, 0:00:00". It is 0 when there is none to derive: no schedule, an
// asset, a timetable of the user's. Daylight saving is not counted.
func period(summary string) time.Duration {
	summary = strings.TrimSpace(summary)
	if p, ok := presets[summary]; ok {
		summary = p
	}
	if d := timedelta(summary); d > 0 {
		return d
	}
	return cronPeriod(summary)
}

var presets = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

var timedeltaShape = regexp.MustCompile(`^(?:(\d{1,6}) days?, )?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?$`)

func timedelta(s string) time.Duration {
	m := timedeltaShape.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	n := [4]int{}
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits only; empty is 0
	}
	return time.Duration(n[0])*24*time.Hour + time.Duration(n[1])*time.Hour + time.Duration(n[2])*time.Minute + time.Duration(n[3])*time.Second
}

// field is the set of values that one cron field allows, as bits.
type field uint64

func (f field) has(v int) bool { return f&(1<<v) != 0 }

// cronPeriod finds the longest gap of a five-field cron expression over two
// years that hold a leap day.
func cronPeriod(expr string) time.Duration {
	parts := strings.Fields(expr)
	if len(parts) != 5 {
		return 0
	}
	bounds := [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
	var f [5]field
	for i, p := range parts {
		var ok bool
		if f[i], ok = cronField(p, bounds[i][0], bounds[i][1]); !ok {
			return 0
		}
	}
	if f[4].has(7) {
		f[4] |= 1
	}
	var minutes []int // of a day that matches
	for m := range 24 * 60 {
		if f[1].has(m/60) && f[0].has(m%60) {
			minutes = append(minutes, m)
		}
	}
	eitherDay := parts[2] != "*" && parts[4] != "*" // cron: one of the two suffices
	return longestGap(minutes, func(day time.Time) bool {
		dom, dow := f[2].has(day.Day()), f[4].has(int(day.Weekday()))
		return f[3].has(int(day.Month())) && (dom && dow || eitherDay && (dom || dow))
	})
}

func longestGap(minutes []int, matches func(day time.Time) bool) time.Duration {
	if len(minutes) == 0 {
		return 0
	}
	var longest, last time.Duration
	seen := false
	start := time.Date(2023, time.June, 1, 0, 0, 0, 0, time.UTC)
	for d := range 2*365 + 1 {
		if !matches(start.AddDate(0, 0, d)) {
			continue
		}
		for _, m := range minutes {
			at := time.Duration(d)*24*time.Hour + time.Duration(m)*time.Minute
			if seen {
				longest = max(longest, at-last)
			}
			last, seen = at, true
		}
	}
	return longest
}

// cronField reads "*", "5", "1-5", "*/15", "10-40/10", names and lists of them.
func cronField(s string, low, high int) (field, bool) {
	var f field
	for _, part := range strings.Split(s, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return 0, false
			}
		}
		from, to := low, high
		if span != "*" {
			a, b, isRange := strings.Cut(span, "-")
			var ok bool
			if from, ok = cronValue(a); !ok {
				return 0, false
			}
			if to = from; isRange {
				if to, ok = cronValue(b); !ok {
					return 0, false
				}
			} else if stepped {
				to = high
			}
		}
		if from < low || to > high || from > to {
			return 0, false
		}
		for v := from; v <= to; v += step {
			f |= 1 << v
		}
	}
	return f, f != 0
}

var cronNames = map[string]int{
	"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "jan": 1, "feb": 2, "mar": 3, "apr": 4,
	"may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}

func cronValue(s string) (int, bool) {
	if v, ok := cronNames[strings.ToLower(s)]; ok {
		return v, true
	}
	v, err := strconv.Atoi(s)
	return v, err == nil && v >= 0
}
