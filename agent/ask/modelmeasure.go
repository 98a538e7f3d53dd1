package ask

import (
	"regexp"
	"strconv"
	"strings"
)

// A number with its unit, as it is written.

// scaleOf is how many seconds a unit of time has, so that 5 minutes is 300 seconds.
func scaleOf(unit string) []float64 {
	switch {
	case unit == "" || unit == "%":
		return nil
	case strings.HasPrefix(unit, "ms"), strings.HasPrefix(unit, "mill"):
		return []float64{0.001}
	case strings.HasPrefix(unit, "m"):
		return []float64{60}
	case strings.HasPrefix(unit, "h"), strings.HasPrefix(unit, "st"):
		return []float64{3600}
	case strings.HasPrefix(unit, "d"):
		return []float64{86400}
	case unit == "k":
		return []float64{1000}
	}
	return nil
}

var measured = regexp.MustCompile(`^([+-]?\d[\d.,_]*)(%|ms|s|m|min|h|d|k|x|st|nd|rd|th|kb|mb|gb|tb|kib|mib|gib)?$`)

// measure reads a number with its unit. 1.234 and 1,234 may each be two numbers.
func measure(token string) (values []float64, decimals int, unit string, ok bool) {
	g := measured.FindStringSubmatch(token)
	if g == nil {
		return nil, 0, "", false
	}
	digits := strings.ReplaceAll(strings.TrimRight(g[1], ".,_"), "_", "")
	unit = g[2]
	dots, commas := strings.Count(digits, "."), strings.Count(digits, ",")
	for _, read := range []struct{ group, point string }{{",", "."}, {".", ","}} {
		if read.point == "." && dots > 1 || read.point == "," && (commas > 1 || commas == 0 && dots == 0) {
			continue
		}
		if read.point == "," && commas == 0 && !thousands(digits, ".") || read.point == "." && commas > 0 && !thousands(digits, ",") {
			continue
		}
		plain := strings.ReplaceAll(strings.ReplaceAll(digits, read.group, ""), read.point, ".")
		v, err := strconv.ParseFloat(plain, 64)
		if err != nil {
			continue
		}
		values = append(values, v)
		if _, fraction, has := strings.Cut(plain, "."); has && len(values) == 1 {
			decimals = len(fraction)
		}
	}
	return values, decimals, unit, len(values) > 0
}

// thousands reports whether a sign groups digits by three.
func thousands(digits, sign string) bool {
	parts := strings.Split(digits, sign)
	for i, p := range parts[1:] {
		if i == len(parts)-2 {
			p, _, _ = strings.Cut(strings.ReplaceAll(p, ",", "."), ".")
		}
		if len(p) != 3 {
			return false
		}
	}
	return len(parts) > 1 && len(parts[0]) <= 3
}
