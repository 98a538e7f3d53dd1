package catalogue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestTheFirstRuleThatHoldsIsHeeded(t *testing.T) {
	b := DefaultRunbook()
	require.Greater(t, len(b), 30)
	change := func(k pipewright.ChangeKind) []pipewright.Change { return []pipewright.Change{{Kind: k}} }
	for name, c := range map[string]struct {
		seen Sight
		want string
	}{
		"a line, in any case of letters":        {Sight{Logs: []string{"starting", "write: NO SPACE left on device"}}, "disk"},
		"a metric":                              {Sight{Metrics: []Deviation{{"disk_percent", "high"}}}, "disk"},
		"the same metric the other way":         {Sight{Metrics: []Deviation{{"disk_percent", "low"}}}, ""},
		"a signal":                              {Sight{Signals: []pipewright.SignalKind{pipewright.RunOverdueSignal}}, "overdue"},
		"a line without the change":             {Sight{Logs: []string{"connection timed out"}}, "network"},
		"the same line with the change":         {Sight{Logs: []string{"connection timed out"}, Changes: change(pipewright.ChangeConfig)}, "route"},
		"nothing but a change":                  {Sight{Changes: change(pipewright.ChangeVersion)}, "deploy"},
		"a change that no rule takes as a sign": {Sight{Changes: change(pipewright.ChangeConfig)}, ""},
		"nothing":                               {Sight{}, ""},
	} {
		r, ok := b.Match(c.seen)
		assert.Equal(t, c.want, r.Name, name)
		assert.Equal(t, c.want != "", ok, name)
	}
	_, ok := Runbook(nil).Match(Sight{Logs: []string{"no space left"}})
	assert.False(t, ok, "no runbook")
}

func TestABadRunbookIsRefusedWithEveryFaultAtOnce(t *testing.T) {
	_, err := readRunbook("mine.yaml", []byte(`
- rule: ''
  log: '(disk'
  metrics: [disk_percent, disk_percent high]
  signal: run_late
  change: colour
  do: [enlarge, retry, retry]
- rule: nothing to see
  do: [retry]
- rule: nothing to do
  log: 'x?'
- rule: a key too many
  logs: disk
  signal: run_failed
  do: [retry]
`))
	require.ErrorContains(t, err, "mine.yaml: logs: is not a key of the catalogue (line 13)")
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
	for _, want := range []string{
		`mine.yaml: rules[0].rule: "" is not a name`, "rules[0].log: is not a regular expression",
		`rules[0].metrics[0]: "disk_percent" is not a metric with high or low`, `rules[0].signal: "run_late" is not a kind of signal`,
		`rules[0].change: "colour" is not schema`, `rules[0].do[0]: "enlarge" is not a known verb`, `rules[0].do[2]: "retry" is listed twice`,
		"rules[1]: names no log, metrics, signal or change", "rules[2].log: matches the empty text", "rules[2].do: is empty",
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "metrics[1]")
	_, err = readRunbook("mine.yaml", []byte("- rule: [\n"))
	assert.ErrorContains(t, err, "mine.yaml: file: ")
}
