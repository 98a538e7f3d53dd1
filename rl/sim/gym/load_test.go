package gym

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

const deploy = "../../../deploy"

func files(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(deploy, folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	out := map[string][]byte{}
	for _, name := range names {
		out[filepath.Base(name)], err = os.ReadFile(name)
		require.NoError(t, err)
	}
	return out
}

func TestScenariosPlay(t *testing.T) {
	for name, text := range files(t, "scenarios") {
		sc, err := LoadScenario(name, text)
		require.NoError(t, err)
		assert.Equal(t, name, sc.Name+".yaml")
		g, err := New(Options{Seed: 2, Incidents: 250, Logs: true, Scenario: sc})
		require.NoError(t, err)
		for _, ok := g.Next(); ok; _, ok = g.Next() {
			g.Escalate()
		}
		assert.Len(t, g.Settled(), 250, name)
	}
}

func TestTheDefaultFileIsTheDefault(t *testing.T) {
	sc, err := LoadScenario("default.yaml", files(t, "scenarios")["default.yaml"])
	require.NoError(t, err)
	sc.Summary = ""
	assert.Equal(t, DefaultScenario(), sc)
}

func TestEveryNumberIsDescribed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(deploy, "scenarios", "README.md"))
	require.NoError(t, err)
	for _, n := range nominals {
		assert.Contains(t, string(text), fmt.Sprintf("| `%s` | %v |", n.name, n.value))
	}
}

func TestExperiments(t *testing.T) {
	for name, text := range files(t, "experiments") {
		t.Run(name, func(t *testing.T) {
			x, err := LoadExperiment(name, text)
			require.NoError(t, err)
			assert.Equal(t, name, x.Name+".yaml")
			found, err := x.Run([]uint64{1, 2, 3, 4, 5, 6}, 60)
			require.NoError(t, err)
			require.NotEmpty(t, found)
			for _, m := range found {
				t.Log(m)
				assert.True(t, m.Met(), m)
			}
		})
	}
}

func TestBadScenarios(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a typo in a key", "scenario: x\ncascade: 0.1", "f.yaml: cascade: is not a key here (line 2)"},
		{"no name", "scenario: ''", "f.yaml: scenario: is empty; give the scenario a name"},
		{"a share over 1", "scenario: x\ncascades: 1.5", "f.yaml: cascades: 1.5 is not a share from 0 to 1"},
		{"a share that is no number", "scenario: x\ncascades: .nan", "f.yaml: cascades: NaN is not a share from 0 to 1"},
		{"an unknown cause", "scenario: x\nfaults: {gremlins: 1}", "f.yaml: faults.gremlins: is not a cause that the plant has; it has network_transient"},
		{"a weight below 0", "scenario: x\nfaults: {deadlock: -1}", "f.yaml: faults.deadlock: -1 is not a weight from 0 to 1000"},
		{"an unknown number", "scenario: x\nworld: {luck: 1}", "f.yaml: world.luck: is not a number of the plant"},
		{"a chance of 1", "scenario: x\nworld: {standby: 1}", "f.yaml: world.standby: 1 is not between 0 and 1, both excluded"},
		{"regimes out of order", "scenario: x\nregimes: [{at: 300}, {at: 200}]", "f.yaml: regimes[1].at: 200 does not come after 300"},
		{"a resource of no kind", "scenario: x\nentities: [{id: 'oracle:db/x'}]", "f.yaml: entities[0].id: oracle:db is not a kind that the plant has; it has postgres:db"},
		{"a resource twice", "scenario: x\nentities: [{id: 'dms:task/x'}, {id: 'dms:task/x'}]", "f.yaml: entities[1].id: dms:task/x is listed twice"},
		{"rates upside down", "scenario: x\nincidents_per_week: {low: 9, high: 3}", "f.yaml: incidents_per_week.high: 3 is under low, 9"},
		{"nobody answers", "scenario: x\npeople: {ask_minutes: {day: 0}}", "f.yaml: people.ask_minutes.day: 0 is not over 0 and at most 10000"},
		{"a text for a number", "scenario: x\ncascades: many", "f.yaml: file: line 2: cannot unmarshal !!str `many` into float64"},
		{"not YAML", "scenario: [", "f.yaml: file: "},
		{"nothing", "", "f.yaml: file: is empty"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			_, err := LoadScenario("f.yaml", []byte(x.text))
			require.Error(t, err)
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
			assert.Contains(t, err.Error(), x.want)
		})
	}
	_, err := LoadScenario("f.yaml", []byte("scenario: x\ncascades: 2\nspread: 9\nworld: {standby: 3}"))
	assert.Len(t, strings.Split(err.Error(), "\n"), 3, "all faults at once")
	nothing := "scenario: x\nentities: [{id: 'feature:store/x'}]\nfaults: {"
	for _, c := range Causes() {
		nothing += c + ": 0, "
	}
	_, err = LoadScenario("f.yaml", []byte(nothing+"}"))
	assert.ErrorContains(t, err, "faults: nothing that is left can break any of the entities")
}

func TestBadExperiments(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an unknown cause", "experiment: x\ninject: {cause: gremlins, shows: 'glue:job/x'}", `f.yaml: inject.cause: "gremlins" is not a cause that the plant has`},
		{"a place where it cannot show", "experiment: x\ninject: {cause: gpu_failed, shows: 'glue:job/x'}", "f.yaml: inject.shows: gpu_failed cannot show at a glue:job"},
		{"no place", "experiment: x\ninject: {cause: gpu_failed, shows: here}", `f.yaml: inject.shows: "here" is not a resource`},
		{"a verb that is not there", "experiment: x\ninject: {cause: deadlock, shows: 'airflow:task/x'}\nexpect: {verbs: [{of: retrain, least: 0.5}]}", `f.yaml: expect.verbs[0].of: "retrain" is not there; there is retry`},
		{"a bound of nothing", "experiment: x\ninject: {cause: deadlock, shows: 'airflow:task/x'}\nexpect: {verbs: [{of: retry}]}", "f.yaml: expect.verbs[0]: has neither least nor most"},
		{"bounds upside down", "experiment: x\ninject: {cause: deadlock, shows: 'airflow:task/x'}\nexpect: {verbs: [{of: retry, least: 0.9, most: 0.1}]}", "f.yaml: expect.verbs[0].least: 0.9 is over most, 0.1"},
		{"an action of no system", "experiment: x\ninject: {cause: deadlock, shows: 'airflow:task/x'}\nexpect: {actions: [retry]}", `f.yaml: expect.actions[0]: "retry" is not <system>.<verb>`},
		{"settings without a lab", "experiment: x\ninject: {cause: deadlock, shows: 'airflow:task/x', settings: {A: b}}", "f.yaml: inject.settings: are for the lab, and inject.lab is empty"},
		{"a typo", "experimnt: x", "f.yaml: experimnt: is not a key here (line 1)"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			_, err := LoadExperiment("f.yaml", []byte(x.text))
			require.Error(t, err)
			assert.Contains(t, err.Error(), x.want)
		})
	}
}

func FuzzLoadScenario(f *testing.F) {
	f.Add([]byte("scenario: x\nregimes: [{at: 9, break: 0.5}]\nfaults: {deadlock: 2}"))
	f.Add([]byte("scenario: x\nentities: [{id: 'dms:task/x'}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		sc, err := LoadScenario("f.yaml", text)
		if err != nil {
			return
		}
		g, err := New(Options{Seed: 1, Incidents: 3, Scenario: sc})
		require.NoError(t, err, "what loads can be played")
		g.Next()
		g.Escalate()
	})
}

func FuzzLoadExperiment(f *testing.F) {
	f.Add([]byte("experiment: x\ninject: {cause: deadlock, shows: 'airflow:task/x'}\nexpect: {verbs: [{of: retry, least: 0.5}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := LoadExperiment("f.yaml", text)
		if err != nil {
			return
		}
		_, err = x.Run([]uint64{1}, 2)
		require.NoError(t, err, "what loads can be run")
	})
}
