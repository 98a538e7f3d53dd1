package config

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// smallest is the least that can be run: one system, and who may approve.
const smallest = `
systems:
  airflow: [{name: orders, url: "http://127.0.0.1:8080", user: pipewright, password: {env: AIRFLOW_PASSWORD}}]
heal: {may_approve: [ana]}
`

var world = map[string]string{"AIRFLOW_PASSWORD": "s3cret-airflow", "PGPASSWORD": "s3cret-postgres", "AWS_ID": "s3cret-id", "AWS_KEY": "s3cret-key"}

func env(name string) string { return world[name] }

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// faultsOf loads a text and returns the lines of its error, without the first,
// which only counts them.
func faultsOf(t *testing.T, text string) []string {
	t.Helper()
	path := write(t, "pipewright.yaml", text)
	_, err := Load(path, env)
	if err == nil {
		return nil
	}
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
	lines := strings.Split(err.Error(), "\n  ")
	assert.Equal(t, path+" has "+count(len(lines)-1)+":", lines[0])
	return lines[1:]
}

func TestTheSmallestFileLoads(t *testing.T) {
	cfg, err := Load(write(t, "pipewright.yaml", smallest), env)
	require.NoError(t, err)
	assert.Equal(t, "s3cret-airflow", cfg.Systems.Airflow[0].Password.Value())
	assert.True(t, cfg.Systems.Airflow[0].Password.Given())
}

func TestWhatIsNotSaidHasADefault(t *testing.T) {
	cfg, found := read([]byte(smallest), "/etc/pipewright", env)
	require.Empty(t, found)
	cfg.Systems, cfg.Heal.MayApprove = Systems{}, nil
	want := Defaults()
	want.Store.Path = "/etc/pipewright/pipewright.db"
	assert.Equal(t, want, cfg)

	cfg, found = read([]byte(strings.Replace(smallest, "[ana]", "[ana], limits: {per_hour: 3}", 1)+"poll:\n"), "/etc/pipewright", env)
	require.Empty(t, found)
	assert.Equal(t, 3, cfg.Heal.Limits.PerHour)
	assert.Equal(t, want.Heal.Limits.Cooldown, cfg.Heal.Limits.Cooldown, "a section that is given in part keeps the rest")
	assert.Equal(t, want.Poll, cfg.Poll, "a key with nothing after it keeps the default")
}

func TestRelativePathsAreRelativeToTheFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pw"), []byte("  from a file\n"), 0o600))
	text := `
store: {path: data/pipewright.db}
catalogue: causes
systems:
  postgres:
  - {name: shop, url: "postgres://pipewright@127.0.0.1/shop", password: {file: pw}, schemas: [shop]}
  - {name: other, url: "postgres://pipewright@127.0.0.1/other", password: {file: ` + filepath.Join(dir, "pw") + `}, schemas: [raw]}
heal: {may_approve: [ana]}
`
	cfg, found := read([]byte(text), dir, env)
	require.Empty(t, found)
	assert.Equal(t, filepath.Join(dir, "data/pipewright.db"), cfg.Store.Path)
	assert.Equal(t, filepath.Join(dir, "causes"), cfg.Catalogue)
	for _, p := range cfg.Systems.Postgres {
		assert.Equal(t, "from a file", p.Password.Value(), "without the newline that editors add")
	}
	cfg, _ = read([]byte("store: {path: /var/lib/pipewright.db}"), dir, env)
	assert.Equal(t, "/var/lib/pipewright.db", cfg.Store.Path)
}

// The example is the reference of every key; nobody keeps it true but this test.
func TestTheDocumentedExample(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/pipewright.example.yaml")
	require.NoError(t, err)
	cfg, found := read(raw, "/etc/pipewright", func(name string) string { return "the secret in " + name })
	require.Empty(t, found.lines())

	tree, _ := parse(raw)
	said := map[string]bool{}
	mentioned(tree, said)
	for _, key := range everyKey() {
		assert.True(t, said[key] || strings.Contains(string(raw), "# "+key+":") || strings.Contains(string(raw), "{"+key+":"), "the example does not show %q", key)
	}
	for i, line := range strings.Split(string(raw), "\n") {
		assert.LessOrEqual(t, len(line), 120, "line %d", i+1)
	}
	assert.NotEmpty(t, cfg.Systems.AWS)
	assert.Equal(t, Defaults().Heal.Limits, cfg.Heal.Limits, "the example shows the defaults")
	assert.Equal(t, Defaults().Poll, cfg.Poll)
}

func TestTheConfigurationsOfTheLab(t *testing.T) {
	for _, name := range []string{"pipewright.yaml", "aws.yaml"} {
		raw, err := os.ReadFile("../../deploy/lab/" + name)
		require.NoError(t, err)
		_, found := read(raw, "/nowhere/deploy/lab", env)
		for _, one := range found { // the lab makes its password files when it comes up
			assert.Contains(t, one.text, "the file /nowhere/.lab/", one.key)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "nothing.yaml"), env)
	assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
	assert.ErrorContains(t, err, "read the configuration: ")
	_, err = Load(t.TempDir(), env)
	assert.ErrorContains(t, err, "is a directory")
}

func TestWeekdaysAndTimesOfDay(t *testing.T) {
	w := Freeze{Days: []string{"sat", "sun"}, Start: "22:30", Length: Duration(time.Hour)}
	days, err := w.Weekdays()
	require.NoError(t, err)
	assert.Equal(t, []time.Weekday{time.Saturday, time.Sunday}, days)
	start, err := w.Begin()
	require.NoError(t, err)
	assert.Equal(t, 22*time.Hour+30*time.Minute, start)
	days, err = Freeze{}.Weekdays()
	require.NoError(t, err)
	assert.Empty(t, days, "none means every day")
}

// mentioned collects every key that a tree uses, at any depth.
func mentioned(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name := range maps.Keys(v) {
			into[name] = true
			mentioned(v[name], into)
		}
	case []any:
		for _, e := range v {
			mentioned(e, into)
		}
	}
}
