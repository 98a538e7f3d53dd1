package detect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// wrote adds lines that many minutes from noon, oldest first.
func (f Facts) wrote(level pipewright.Level, minutes ...float64) Facts {
	for _, m := range minutes {
		f.Lines = append(f.Lines, pipewright.LogLine{Resource: job, At: at(m), Level: level, Text: "it broke"})
	}
	return f
}

// ago moves every sample and run that much into the past.
func (f Facts) ago(d time.Duration) Facts {
	for _, points := range f.Series {
		for i := range points {
			points[i].At = points[i].At.Add(-d)
		}
	}
	return f
}

func TestHeartbeat(t *testing.T) {
	bursts := facts()
	for minute := -300.0; minute <= -7; minute++ { // ten minutes of samples, then ten of none
		if int(minute+300)/10%2 == 0 {
			bursts.Series["cpu_percent"] = append(bursts.Series["cpu_percent"], pipewright.Point{At: at(minute), Value: 5})
		}
	}
	alone := facts().measured("cpu_percent", steady(60, 5)...).ago(20 * time.Minute)
	alone.Others = at(-20)
	unread := facts().measured("cpu_percent", steady(60, 5)...).ago(20 * time.Minute)
	unread.ReadTo = at(-19)
	tests := []struct {
		name  string
		facts Facts
		lost  bool
	}{
		{"reporting", facts().measured("cpu_percent", steady(60, 5)...), false},
		{"silent for five minutes", facts().measured("cpu_percent", steady(60, 5)...).ago(5 * time.Minute), false},
		{"silent for six", facts().measured("cpu_percent", steady(60, 5)...).ago(6 * time.Minute), true},
		{"everything is silent", alone, false},
		{"its source was not read", unread, false},
		{"another metric goes on", facts().measured("cpu_percent", steady(60, 5)...).ago(20*time.Minute).measured("rows", 1), false},
		{"its lines go on", facts().measured("cpu_percent", steady(60, 5)...).ago(20*time.Minute).wrote(pipewright.Warn, -1), false},
		{"its runs go on", facts().measured("cpu_percent", steady(60, 5)...).ago(20 * time.Minute).ran(run("a", ok, -9, -4)), false},
		{"it has runs and none is under way", facts().measured("cpu_percent", steady(60, 5)...).ago(20 * time.Minute).ran(run("a", ok, -80, -70)), false},
		{"silent in the middle of a run", facts().measured("cpu_percent", steady(60, 5)...).ago(6 * time.Minute).ran(run("a", running, -80, 0)), true},
		{"a schedule says when it is late", facts().labelled("schedule", "48h").measured("cpu_percent", steady(60, 5)...).ago(20 * time.Minute), false},
		{"too few samples to be regular", facts().measured("cpu_percent", steady(8, 5)...).ago(20 * time.Minute), false},
		{"it reports in bursts", bursts, false},
		{"silent for two days: retired", facts().measured("cpu_percent", steady(60, 5)...).ago(48 * time.Hour), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(tt.facts)
			if !tt.lost {
				assert.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, pipewright.HeartbeatSignal, got[0].Kind)
			assert.Equal(t, at(-5), got[0].At, "when the next sample was due")
		})
	}
}

func TestErrorLines(t *testing.T) {
	usual := facts()
	for m := -360.0; m <= 0; m += 2 {
		usual = usual.wrote(pipewright.Err, m)
	}
	tests := []struct {
		name  string
		facts Facts
		at    float64 // 1: quiet
	}{
		{"a burst", facts().wrote(pipewright.Err, -5, -4, -3, -2, -1), -5},
		{"a burst that began earlier", facts().wrote(pipewright.Err, -25, -16, -8, -4, -3, -2, -1), -25},
		{"a few", facts().wrote(pipewright.Err, -4, -3, -2, -1), 1},
		{"warnings", facts().wrote(pipewright.Warn, -5, -4, -3, -2, -1), 1},
		{"it always writes that many", usual, 1},
		{"something with runs is judged by them", facts().ran(run("a", ok, -20, -15)).wrote(pipewright.Err, -5, -4, -3, -2, -1), 1},
		{"an hour ago", facts().wrote(pipewright.Err, -65, -64, -63, -62, -61), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(tt.facts)
			if tt.at == 1 {
				assert.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, pipewright.LogErrorSignal, got[0].Kind)
			assert.Equal(t, at(tt.at), got[0].At)
		})
	}
}
