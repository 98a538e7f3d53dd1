package aws

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestSchedulesBecomePeriods(t *testing.T) {
	for schedule, want := range map[string]time.Duration{
		"cron(0 * * * ? *)":               time.Hour,
		"cron(0/15 * * * ? *)":            15 * time.Minute,
		"cron(*/10 * * * ? *)":            10 * time.Minute,
		"cron(0,20,40 * * * ? *)":         20 * time.Minute,
		"cron(15 12 * * ? *)":             24 * time.Hour,
		"cron(0 8-17 * * ? *)":            15 * time.Hour,
		"cron(0 0/6 * * ? *)":             6 * time.Hour,
		"cron(0 18 ? * MON-FRI *)":        72 * time.Hour,
		"cron(0 2 ? * 1 *)":               7 * 24 * time.Hour,
		"cron(0 10 1 * ? *)":              0,
		"cron(0 10 ? * FRI#2 *)":          0,
		"cron(0 10 ? * FRI L *)":          0,
		"cron(0/0 * * * ? *)":             0,
		"cron(61 * * * ? *)":              0,
		"cron(5-1 * * * ? *)":             0,
		"rate(5 minutes)":                 0,
		"":                                0,
		"cron(" + strings.Repeat("*", 90): 0,
	} {
		assert.Equal(t, want, cronPeriod(schedule), schedule)
	}
	assert.Equal(t, "15m", short(15*time.Minute))
	assert.Equal(t, "24h", short(24*time.Hour))
	assert.Equal(t, "1h30m", short(90*time.Minute))
}

func FuzzCronPeriod(f *testing.F) {
	f.Add("cron(0/15 8-17 * * MON-FRI *)")
	f.Fuzz(func(t *testing.T, schedule string) {
		if d := cronPeriod(schedule); d < 0 || d > 7*24*time.Hour {
			t.Errorf("%q repeats every %s", schedule, d)
		}
	})
}

func TestAnyNameCanBeSpelled(t *testing.T) {
	seen := map[pipewright.ResourceID]bool{}
	long := strings.Repeat("ä", 120)
	for _, name := range []string{"orders_etl", "My ETL job", "My%20ETL job", "tab\there", "/aws/lambda/x", long, long + "b", "a b"} {
		id := jobID(name)
		_, err := pipewright.ParseResourceID(string(id))
		require.NoError(t, err, name)
		assert.False(t, seen[id], name)
		seen[id] = true
	}
	assert.Equal(t, pipewright.ResourceID("glue:job/orders_etl"), jobID("orders_etl"))
}
