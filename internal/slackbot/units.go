package slackbot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Times, shares and classes as people write them.

func classWords(c pipewright.FaultClass) string {
	return plain(strings.ReplaceAll(string(c), "_", " "))
}

// at is a moment as each reader's own Slack shows it, with our zone for the rest.
func (f frame) at(t time.Time) string {
	zone := f.zone
	if zone == nil {
		zone = time.UTC
	}
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time_secs}|%s>", t.Unix(), t.In(zone).Format("2006-01-02 15:04:05 MST"))
}

func percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }

// span is a duration for people: "4 min", "2 h 5 min".
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	if d%time.Hour < time.Minute {
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
