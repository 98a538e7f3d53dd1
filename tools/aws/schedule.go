package aws

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

const week = 7 * 24 * 60 // minutes

// cronPeriod is the longest time between two starts of an AWS schedule,
// cron(minutes hours day-of-month month day-of-week year), as documented at
// docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html. It is 0
// for a schedule that does not repeat weekly: a day of the month, a month, a year.
func cronPeriod(schedule string) time.Duration {
	inner, ok := strings.CutPrefix(strings.TrimSpace(schedule), "cron(")
	f := strings.Fields(strings.TrimSuffix(inner, ")"))
	if !ok || len(f) != 6 || !every(f[2]) || !every(f[3]) || !every(f[5]) {
		return 0
	}
	minutes, hours, days := cronField(f[0], 0, 59), cronField(f[1], 0, 23), cronField(dayNames.Replace(strings.ToUpper(f[4])), 1, 7)
	starts := []int{}
	for _, d := range days {
		for _, h := range hours {
			for _, m := range minutes {
				starts = append(starts, ((d-1)*24+h)*60+m)
			}
		}
	}
	return longestGap(starts)
}

func longestGap(starts []int) time.Duration {
	if len(starts) == 0 {
		return 0
	}
	slices.Sort(starts)
	gap, last := 0, starts[len(starts)-1]-week
	for _, s := range starts {
		gap, last = max(gap, s-last), s
	}
	return time.Duration(gap) * time.Minute
}

var dayNames = strings.NewReplacer("SUN", "1", "MON", "2", "TUE", "3", "WED", "4", "THU", "5", "FRI", "6", "SAT", "7")

func every(f string) bool { return f == "*" || f == "?" }

// cronField lists the values of a field: *, ?, 5, 1-5, 0/15, */15, and lists of
// them; none when the field is not understood.
func cronField(field string, low, high int) []int {
	var out []int
	for part := range strings.SplitSeq(field, ",") {
		from, to, step, ok := cronRange(part, low, high)
		if !ok {
			return nil
		}
		for v := from; v <= to; v += step {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func cronRange(part string, low, high int) (from, to, step int, ok bool) {
	span, by, stepped := strings.Cut(part, "/")
	first, last, ranged := strings.Cut(span, "-")
	from, to, step = low, high, 1
	var errs [3]error
	if !every(span) {
		from, errs[0] = strconv.Atoi(first)
		if to = from; stepped {
			to = high
		}
		if ranged {
			to, errs[1] = strconv.Atoi(last)
		}
	}
	if stepped {
		step, errs[2] = strconv.Atoi(by)
	}
	ok = errs == [3]error{} && low <= from && from <= to && to <= high && step > 0
	return from, to, step, ok
}
