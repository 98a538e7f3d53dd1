package airflow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPeriod(t *testing.T) {
	day := 24 * time.Hour
	cases := []struct {
		summary string
		want    time.Duration
	}{
		{"* * * * *", time.Minute}, {"*/3 * * * *", 3 * time.Minute}, {"0 * * * *", time.Hour}, {"@daily", day}, {"@weekly", 7 * day},
		{"0 9 * * 1-5", 3 * day}, {"0 9 * * mon-fri", 3 * day}, {"30 6,18 * * *", 12 * time.Hour}, {"0 0 1 * *", 31 * day},
		{"*/25 * * * *", 25 * time.Minute}, {"0 0 * * 7", 7 * day}, {"0 0 1,15 * 1", 7 * day},
		{"0:15:00", 15 * time.Minute}, {"1 day, 0:00:00", day}, {"2 days, 1:30:00", 49*time.Hour + 30*time.Minute},
		{"None", 0}, {"", 0}, {"Asset", 0}, {"Never, external triggers only", 0}, {"61 * * * *", 0}, {"*/0 * * * *", 0}, {"5-1 * * * *", 0},
		{"0 0 31 2 *", 0}, {"a b c d e", 0}, {"1 2 3 4 5 6", 0},
	}
	for _, tc := range cases {
		assert.Equal(t, tc.want, period(tc.summary), tc.summary)
	}
}

func TestShort(t *testing.T) {
	assert.Equal(t, "15m", short(15*time.Minute))
	assert.Equal(t, "24h", short(24*time.Hour))
	assert.Equal(t, "1h30m", short(90*time.Minute))
	assert.Equal(t, "10s", short(10*time.Second))
}

func FuzzPeriod(f *testing.F) {
	for _, s := range []string{"*/5 * * * *", "1 day, 0:00:00", "@daily", "0 0 * * mon-fri"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if period(s) < 0 {
			t.Fatal("negative period")
		}
	})
}
