package catalogue

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

const good = `cause: lost_belt
class: stuck
summary: The conveyor belt came off.
says: '{resource} stands still[ since {since}]'
common: rare
sits_on: [plant:belt]
shows:
  logs: [{pattern: 'belt (off|torn)', example: 'E42 belt off', level: often}]
  signals: [{kind: run_overdue, level: almost_always}]
  metrics: [{metric: '^speed$', is: low, level: often}]
  changes: [{kind: config, match: 'tension', level: sometimes}]
checks: [{probe: belt_moves, level: never}]
helps: [{verb: restart, on: cause, level: often}]
harms: [{verb: scale_up, level: rarely, why: more load on a loose belt}]
`

func files(kv ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = &fstest.MapFile{Data: []byte(kv[i+1])}
	}
	return m
}

func TestBadFilesAreRefusedWithFileKeyAndWhy(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string
		want     string
	}{
		{"an unknown key", "common: rare", "comon: rare", "lost_belt.yaml: comon: is not a key"},
		{"a name that is not one", "cause: lost_belt", "cause: Lost Belt", `lost_belt.yaml: cause: "Lost Belt" is not a name`},
		{"a file named otherwise", "cause: lost_belt", "cause: belt", "lost_belt.yaml: cause: is \"belt\", so the file must be called belt.yaml"},
		{"an unknown class", "class: stuck", "class: jammed", `lost_belt.yaml: class: "jammed"`},
		{"a class no cause can have", "class: stuck", "class: requested", `lost_belt.yaml: class: "requested"`},
		{"no summary", "summary: The conveyor belt came off.", "summary: ''", "lost_belt.yaml: summary: is empty"},
		{"an unknown placeholder", "since {since}", "since {when}", "lost_belt.yaml: says: {when} is not one of"},
		{"an unknown frequency", "common: rare", "common: seldom", `lost_belt.yaml: common: "seldom"`},
		{"no place", "[plant:belt]", "[]", "lost_belt.yaml: sits_on: is empty"},
		{"a place that is no kind", "[plant:belt]", "[belt]", `lost_belt.yaml: sits_on[0]: "belt"`},
		{"a pattern that is no RE2", "belt (off|torn)", "belt (?=off)", "lost_belt.yaml: shows.logs[0].pattern: is not a regular expression"},
		{"a pattern that matches everything", "belt (off|torn)", "(belt)?", "lost_belt.yaml: shows.logs[0].pattern: matches the empty text"},
		{"an example that its pattern does not match", "E42 belt off", "E42 belt on", "lost_belt.yaml: shows.logs[0].example: does not match"},
		{"no example", "'E42 belt off'", "''", "lost_belt.yaml: shows.logs[0].example: is empty"},
		{"an unknown level", "level: often}]\n  signals", "level: usually}]\n  signals", `lost_belt.yaml: shows.logs[0].level: "usually"`},
		{"an unknown signal", "run_overdue", "run_late", `lost_belt.yaml: shows.signals[0].kind: "run_late"`},
		{"neither high nor low", "is: low", "is: odd", `lost_belt.yaml: shows.metrics[0].is: "odd"`},
		{"a metric that is no RE2", "'^speed$'", "'^(speed$'", "lost_belt.yaml: shows.metrics[0].metric: is not a regular expression"},
		{"an unknown change", "kind: config", "kind: weather", `lost_belt.yaml: shows.changes[0].kind: "weather"`},
		{"a nameless probe", "probe: belt_moves", "probe: ''", "lost_belt.yaml: checks[0].probe: is empty"},
		{"an unknown verb that helps", "verb: restart", "verb: kick", `lost_belt.yaml: helps[0].verb: "kick" is not a known verb`},
		{"a place to act that is none", "on: cause", "on: roof", `lost_belt.yaml: helps[0].on: "roof"`},
		{"an unknown verb that harms", "verb: scale_up", "verb: kick", `lost_belt.yaml: harms[0].verb: "kick"`},
		{"a harm without a reason", "why: more load on a loose belt", "why: ''", "lost_belt.yaml: harms[0].why: is empty"},
		{"a verb twice", "level: often}]\nharms", "level: often}, {verb: restart, level: never}]\nharms", `lost_belt.yaml: helps[1].verb: "restart" is listed twice`},
		{"not YAML", "class: stuck", "class: [stuck", "lost_belt.yaml: file: "},
		{"a list where a text belongs", "common: rare", "common: [rare]", "lost_belt.yaml: file: line 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, good, c.old)
			_, err := Load(files("lost_belt.yaml", strings.Replace(good, c.old, c.new, 1)))
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
		})
	}
}

func TestAllFaultsComeAtOnce(t *testing.T) {
	bad := strings.NewReplacer("class: stuck", "class: jammed", "common: rare", "common: seldom", "verb: restart", "verb: kick", "summary:", "sumary:").Replace(good)
	_, err := Load(files("lost_belt.yaml", bad, "other.yaml", strings.Replace(good, "lost_belt", "other", 1)+"extra: 1\n"))
	require.Error(t, err)
	assert.Len(t, strings.Split(err.Error(), "\n"), 6, err.Error())
}

func TestACauseInTwoFilesIsRefused(t *testing.T) {
	_, err := Load(files("lost_belt.yaml", good, "second.yaml", good))
	assert.ErrorContains(t, err, `second.yaml: cause: "lost_belt" is already in lost_belt.yaml`)
}

func TestUsersExtendAndOverrideByFile(t *testing.T) {
	cat, err := Load(files("lost_belt.yaml", good))
	require.NoError(t, err)
	assert.Len(t, cat.Causes, len(Default().Causes)+1)
	assert.NotEqual(t, Default().Hash, cat.Hash)

	own := strings.NewReplacer("lost_belt", "worker_hung", "level: often}]\nharms", "level: never}]\nharms").Replace(good)
	cat, err = Load(files("lost_belt.yaml", good), files("worker_hung.yaml", own))
	require.NoError(t, err)
	hung, ok := cat.Cause("worker_hung")
	require.True(t, ok)
	assert.Equal(t, Never.P(), hung.Recovery("restart").Mean)
}

func TestLevelsAndPriors(t *testing.T) {
	for level, p := range map[Level]float64{"never": .02, "rarely": .15, "sometimes": .4, "often": .7, "almost_always": .9, "perhaps": .02} {
		assert.Equal(t, p, level.P(), level)
	}
	cat, err := Load(files("lost_belt.yaml", good))
	require.NoError(t, err)
	c, _ := cat.Cause("lost_belt")
	assert.Equal(t, .3, c.Prior())
	assert.Equal(t, Effect{.7, 4}, c.Recovery("restart"))
	assert.Equal(t, Effect{.02, 4}, c.Recovery("retry"), "a verb that is not listed never helps")
	assert.Equal(t, Effect{.15, 60}, c.Worsening("scale_up"))
	assert.Equal(t, Effect{.02, 60}, c.Worsening("restart"))
	assert.Equal(t, Effect{.25, 4}, cat.Recovery("unknown", "restart"), "the spare cause")
	help, ok := c.Help("restart")
	assert.True(t, ok && help.AtCause())
}

func TestPatternsSpeakOfWhatTheyName(t *testing.T) {
	cat, err := Load(files("lost_belt.yaml", good))
	require.NoError(t, err)
	c, _ := cat.Cause("lost_belt")
	assert.True(t, c.Shows.Metrics[0].MatchesMetric("speed"))
	assert.False(t, c.Shows.Metrics[0].MatchesMetric("speed_limit"))
	assert.True(t, c.Shows.Changes[0].MatchesChange(pipewright.Change{Kind: "config", Summary: "tension 4 to 2"}))
	assert.False(t, c.Shows.Changes[0].MatchesChange(pipewright.Change{Kind: "config", Summary: "colour"}))
	assert.False(t, c.Shows.Changes[0].MatchesChange(pipewright.Change{Kind: "version", Summary: "tension 4 to 2"}))
	assert.False(t, LogSignature{Pattern: "x"}.Matches("x"), "a signature that was not loaded matches nothing")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("cause: [\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cause, faults := parse(file{name: "lost_belt.yaml", text: text})
		if len(faults) == 0 {
			assert.Equal(t, "lost_belt", cause.Name)
		}
	})
}
