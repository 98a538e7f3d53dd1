package detect

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// detectors is everything that is looked for, in the order signals come out.
var detectors = []func(*Facts) []pipewright.Signal{
	runFailed,
	runOverdue,
	runMissed,
	overLimit,
	anomalous,
	heartbeatLost,
	schemaDiffers,
	errorLines,
}

// Detect returns every symptom that the facts show, in a fixed order. The same
// facts give the same signals; a signal's At comes from the data and stays the
// same while the symptom lasts.
func Detect(f Facts) []pipewright.Signal {
	var out []pipewright.Signal
	for _, see := range detectors {
		out = append(out, see(&f)...)
	}
	return out
}

// signal fills in what every signal of this resource has.
func (f *Facts) signal(kind pipewright.SignalKind, metric string, at time.Time) pipewright.Signal {
	return pipewright.Signal{
		Kind: kind, Resource: f.Resource.ID, Metric: metric, At: at,
		Severity:    pipewright.SevWarning,
		Fingerprint: pipewright.Fingerprint(kind, f.Resource.ID, metric),
	}
}

// metrics lists the names of the series in a fixed order.
func (f *Facts) metrics() []string { return slices.Sorted(maps.Keys(f.Series)) }

// number prints a value with four significant digits, all digits before the
// point, and no exponent unless it is tiny.
func number(v float64) string {
	abs := math.Abs(v)
	switch {
	case abs >= 1000:
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	case abs < 1e-6:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(abs)))
	return strconv.FormatFloat(math.Round(v*scale)/scale, 'f', -1, 64)
}

// clock prints a time of day for people, in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04 MST") }

// span prints a duration to the second, or to the minute when it is long.
func span(d time.Duration) string {
	if d >= 10*time.Minute {
		d = d.Round(time.Minute)
		s := d.String()
		return s[:len(s)-len("0s")]
	}
	return d.Round(time.Second).String()
}
