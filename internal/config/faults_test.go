package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pipewright/pipewright/agent/catalogue"
)

var twoPeopleFaults = func() (out []string) {
	for i, text := range map[int]string{3: "R9", 4: "@prod", 5: "R1@", 6: "p.["} {
		out = append(out, fmt.Sprintf("heal.two_people[%d]: %q is neither a risk such as R2, nor a pattern of actions such as postgres.*, nor one of them in an environment such as R1@prod", i, text))
	}
	slices.Sort(out)
	return out
}()

func TestFaults(t *testing.T) {
	const approve = "\nheal: {may_approve: [ana]}\n"
	const keysOfStore = "path, password, anchor, keep, keep_bytes"
	pg := func(rest string) string {
		return "systems: {postgres: [{name: shop, schemas: [shop], " + rest + "}]}" + approve
	}
	airflow := func(rest string) string {
		return "systems: {airflow: [{name: orders, user: pipewright, " + rest + "}]}" + approve
	}
	heal := func(rest string) string { return strings.Replace(smallest, "[ana]", "[ana], "+rest, 1) }
	top := func(rest string) string { return smallest + rest + "\n" }

	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"an empty file": {"", []string{
			"systems: name at least one system to watch",
			`heal.may_approve: name who may approve, or "*" for anybody who can reach this machine`}},

		"not YAML":                        {"store: [", []string{"line 1: it is not YAML: did not find expected node content"}},
		"a list instead of keys":          {"- store\n- zone", []string{"line 1: it must hold keys and values, such as store: {path: pipewright.db}"}},
		"one word":                        {"hunter2", []string{"line 1: it must hold keys and values, such as store: {path: pipewright.db}"}},
		"a key given twice":               {"zone: UTC\nzone: UTC", []string{`line 2: mapping key "zone" already defined at line 1`}},
		"a password that begins with a *": {airflow("url: x, password: *hunter2"), []string{"a value that begins with * must be in quotes"}},
		"a second document":               {top("---\nzone: UTC"), []string{"it holds more than one document: take out the line ---"}},
		"a binary file":                   {"\x00\x01\x02", []string{"it is not YAML: control characters are not allowed"}},
		"unknown at the top":              {top("hael: {}"), []string{"hael: there is no such key; here are store, listen, zone, poll, systems, lineage, labels, catalogue, prompts, runbooks, heal, redact, mcp_servers, llm, slack"}},
		"unknown in a section":            {top("store: {paht: x.db}"), []string{"store.paht: there is no such key; here are " + keysOfStore}},
		"unknown kind of system":          {"systems: {airflw: []}" + approve, []string{"systems.airflw: there is no such key; here are airflow, postgres, aws, plant", "systems: name at least one system to watch"}},
		"unknown in a system":             {airflow(`url: "http://a", password: {env: AIRFLOW_PASSWORD}, pasword: hunter2`), []string{"systems.airflow[0].pasword: there is no such key; here are name, url, user, password, dags, backfill, read_only"}},
		"unknown in a secret":             {airflow(`url: "http://a", password: {env: AIRFLOW_PASSWORD, vault: kv/orders}`), []string{"systems.airflow[0].password.vault: there is no such key; here are env, file"}},
		"unknown in a mode":               {heal("modes: [{rung: ask, verb: retry}]"), []string{"heal.modes[0].verb: there is no such key; here are class, action, env, risk, rung"}},
		"unknown in limits":               {heal("limits: {per_day: 1}"), []string{"heal.limits.per_day: there is no such key; here are cooldown, per_hour, at_once, max_radius"}},
		"case matters":                    {top("Zone: UTC"), []string{"Zone: there is no such key; here are store, listen, zone, poll, systems, lineage, labels, catalogue, prompts, runbooks, heal, redact, mcp_servers, llm, slack"}},
		"a key with a dot":                {top(`"store.path": x.db`), []string{`"store.path": there is no such key; here are store, listen, zone, poll, systems, lineage, labels, catalogue, prompts, runbooks, heal, redact, mcp_servers, llm, slack`}},
		"a key of two lines":              {top(`"a\nb": 1`), []string{`"a\nb": there is no such key; here are store, listen, zone, poll, systems, lineage, labels, catalogue, prompts, runbooks, heal, redact, mcp_servers, llm, slack`}},
		"a word where a list belongs":     {airflow(`url: "http://a", password: {env: AIRFLOW_PASSWORD}, dags: orders`), []string{"systems.airflow[0].dags: must be a list, such as [a, b]"}},
		"a section where a list belongs":  {"systems: {airflow: {name: orders}}" + approve, []string{"systems.airflow: must be a list: start each entry with a dash", "systems: name at least one system to watch"}},
		"a word where a section belongs":  {top("store: pipewright.db"), []string{"store: must be a section with the keys path, password, anchor, keep, keep_bytes"}},
		"an element of the wrong type":    {"systems: {plant: [5, {name: p, url: ftp://x}]}" + approve, []string{"systems.plant[0]: must be a section with the keys name, url", `systems.plant[1].url: "ftp://x" is not a URL such as http://host:port`}},
		"an empty element":                {"systems: {plant: [{name: p, url: http://x}, ]}\nlineage:\n-\n" + approve, []string{"lineage[0]: is empty: complete the entry or take it out"}},
		"a number where a text belongs":   {airflow(`url: 8080, password: {env: AIRFLOW_PASSWORD}`), []string{"systems.airflow[0].url: must be a text; put it in quotes"}},
		"yes where true belongs":          {pg("url: 'postgres://u@h/d', read_only: yes"), []string{"systems.postgres[0].read_only: must be true or false"}},
		"half an action an hour":          {heal("limits: {per_hour: 0.5}"), []string{"heal.limits.per_hour: must be a whole number"}},
		"a word where a number belongs":   {heal("bars: {R0: high}"), []string{"heal.bars.R0: must be a number"}},
		"a number that is none":           {heal("bars: {R0: .nan}"), []string{"heal.bars.R0: must be a number"}},
		"labels that are a list":          {top("labels: [{resource: 'glue:job/a', set: [env]}]"), []string{"labels[0].set: must be keys and values"}},
		"a label that is a number":        {top("labels: [{resource: 'glue:job/a', set: {expected_seconds: 90}}]"), []string{"labels[0].set.expected_seconds: must be a text; put it in quotes"}},
		"a duration without a unit":       {top("poll: 10"), []string{"poll: must be a duration with a unit, such as 30s, 10m or 2h"}},
		"a duration in words":             {top("poll: ten minutes"), []string{`poll: "ten minutes" is not a duration such as 30s, 10m or 2h`}},
		"too eager":                       {top("poll: 10ms"), []string{"poll: at least 1s, or the systems asked suffer"}},
		"no such zone":                    {top("zone: Mars/Olympus"), []string{`zone: "Mars/Olympus" is not a time zone such as Europe/Berlin`}},
		"a port where an address belongs": {top("listen: '9464'"), []string{`listen: "9464" is not an address such as 127.0.0.1:9464`}},
		"a store without a name":          {top("store: {path: ''}"), []string{"store.path: say in which file everything is kept"}},
		"a password in the file":          {airflow(`url: "http://a", password: hunter2`), []string{"systems.airflow[0].password: a secret is never written in this file: refer to it with {env: NAME} or {file: PATH}"}},
		"no password":                     {airflow(`url: "http://a"`), []string{"systems.airflow[0].password: refer to it with {env: NAME} or {file: PATH}"}},
		"a variable that is not set":      {airflow(`url: "http://a", password: {env: NOBODY_SET_THIS}`), []string{"systems.airflow[0].password: the environment has no NOBODY_SET_THIS"}},
		"a password as a variable's name": {airflow(`url: "http://a", password: {env: "hunter2!"}`), []string{"systems.airflow[0].password.env: that is not the name of an environment variable"}},
		"both ways":                       {airflow(`url: "http://a", password: {env: AIRFLOW_PASSWORD, file: pw}`), []string{"systems.airflow[0].password: give env or file, not both"}},
		"a password in a database's URL":  {pg("url: 'postgres://u:hunter2@h/d'"), []string{"systems.postgres[0].url: take the password out of the URL: password: {file: PATH} or {env: NAME}"}},
		"a password among its parameters": {pg("url: 'postgres://u@h/d?password=hunter2'"), []string{"systems.postgres[0].url: take the password out of the URL: password: {file: PATH} or {env: NAME}"}},
		"a URL nobody can read":           {pg("url: 'postgres:u:hunter2@h'"), []string{"systems.postgres[0].url: this text of 20 characters is not a URL such as postgres://host:port"}},
		"a password in Airflow's URL":     {airflow(`url: "http://u:hunter2@a", password: {env: AIRFLOW_PASSWORD}`), []string{"systems.airflow[0].url: take the password out of the URL: password: {file: PATH} or {env: NAME}"}},
		"a user in Airflow's URL":         {airflow(`url: "http://u@a", password: {env: AIRFLOW_PASSWORD}`), []string{"systems.airflow[0].url: take the user out of the URL"}},
		"a database's URL for Airflow":    {airflow(`url: "postgres://a", password: {env: AIRFLOW_PASSWORD}`), []string{`systems.airflow[0].url: "postgres://a" is not a URL such as http://host:port`}},
		"one key of two":                  {"systems: {aws: [{name: prod, region: us-east-1, access_key: {env: AWS_ID}}]}" + approve, []string{"systems.aws[0]: access_key and secret_key go together; without both the SDK's own chain is used"}},
		"a region is missing":             {"systems: {aws: [{name: prod, endpoint: somewhere, backfill: -1h}]}" + approve, []string{"systems.aws[0].region: say which region, such as eu-central-1", `systems.aws[0].endpoint: "somewhere" is not a URL such as http://host:port`, "systems.aws[0].backfill: must not be negative"}},
		"two systems of one name":         {"systems: {plant: [{name: a, url: http://x}], aws: [{name: a, region: r}]}" + approve, []string{`systems.plant[0].name: "a" is the name of another system already`}},
		"a system without a name":         {"systems: {plant: [{url: http://x}]}" + approve, []string{"systems.plant[0].name: every system needs a name of its own"}},
		"one schema in two databases": {"systems: {postgres: [{name: a, url: 'postgres://u@h/d', schemas: [shop]}, {name: b, url: 'postgres://u@i/d', schemas: [raw, shop]}]}" + approve,
			[]string{`systems.postgres[1].schemas: "shop" is watched in "a" already: the tables of two go by the same names; run a second Pipewright for this one`}},
		"two AWS that are acted on": {"systems: {aws: [{name: a, region: r, act: true}, {name: b, region: s, act: true}, {name: c, region: t}]}" + approve,
			[]string{`systems.aws[1].act: "a" is acted on already: the jobs of two go by the same names; run a second Pipewright for this one`}},
		"no schema to watch":                {"systems: {postgres: [{name: shop, url: 'postgres://u@h/d'}]}" + approve, []string{"systems.postgres[0].schemas: name the schemas to watch"}},
		"a resource that is none":           {top("lineage: [{up: orders, down: 'glue:job/a'}]"), []string{`lineage[0].up: "orders" is not a resource: write <system>:<type>/<name>, such as glue:job/orders_etl`}},
		"a protected thing that is none":    {heal("protected: [warehouse]"), []string{`heal.protected[0]: "warehouse" is not a resource: write <system>:<type>/<name>, such as glue:job/orders_etl`}},
		"a rung that is none":               {heal("modes: [{rung: full}]"), []string{`heal.modes[0].rung: "full" is not observe, suggest, ask or auto`}},
		"a pattern that is none":            {heal("modes: [{rung: ask, action: 'airflow.['}]"), []string{`heal.modes[0].action: "airflow.[" is not a pattern such as airflow.*`}},
		"a risk that is none":               {heal("modes: [{rung: ask, risk: low}]"), []string{`heal.modes[0].risk: "low" is not R0, R1 or R2`}},
		"a bar above one":                   {heal("bars: {R1: 90}"), []string{"heal.bars.R1: 90 is not between 0 and 1"}},
		"a bar for no risk":                 {heal("harm_bounds: {R9: 0.1, R3: 0.1}"), []string{"heal.harm_bounds.R3: the risks are R0, R1 and R2", "heal.harm_bounds.R9: the risks are R0, R1 and R2"}},
		"a window without an end":           {heal("freeze: [{start: '25:00', days: [Mon]}]"), []string{`heal.freeze[0].start: "25:00" is not a time of day such as 22:00`, `heal.freeze[0].days: "Mon" is not one of mon, tue, wed, thu, fri, sat, sun`, "heal.freeze[0].name: give it a name; refusals show it", "heal.freeze[0].length: must be longer than 0s and at most 24h"}},
		"two people, one of them anybody":   {strings.Replace(smallest, "[ana]", `["*"], two_people: [R2]`, 1), []string{`heal.two_people: needs heal.may_approve to name people: with "*" one person could pass for two`}},
		"two people, and only one may":      {heal("two_people: [R2]"), []string{"heal.two_people: nobody but ana may approve, so nothing that needs two people could ever run: name another in heal.may_approve"}},
		"two people for what is nothing":    {strings.Replace(smallest, "[ana]", "[ana, ben], two_people: [R2, postgres.*, 'R1@prod', R9, '@prod', 'R1@', 'p.[']", 1), twoPeopleFaults},
		"approvals that expire at once":     {heal("approval_expires: {R2: 0s, R9: 1h}, may_promote: [ana, ''], escalate_to: ['*']"), []string{"heal.approval_expires.R2: must be longer than 0s, or every question is denied as it is asked", "heal.approval_expires.R9: the risks are R0, R1 and R2", "heal.may_promote[1]: name somebody", "heal.escalate_to[0]: name somebody"}},
		"patience below zero":               {heal("soak: -1s, debounce: -1s, approval_ttl: 0s, max_attempts: 0, limits: {cooldown: -1s, per_hour: -1, at_once: -1, max_radius: -1}"), []string{"heal.approval_ttl: must be longer than 0s, or every question is denied as it is asked", "heal.limits.cooldown: must not be negative", "heal.debounce: must not be negative", "heal.soak: must not be negative", "heal.limits.per_hour: must not be negative", "heal.limits.at_once: must not be negative", "heal.limits.max_radius: must not be negative", "heal.max_attempts: must be at least 1"}},
		"a pattern of secrets that is none": {top("redact: [{pattern: '('}]"), []string{"redact[0].kind: say what it is in at most 40 of a-z, 0-9 and _; the placeholder shows it", "redact[0].pattern: is not a pattern that Go's regexp (RE2) reads"}},
		"a pattern that is in every line":   {top("redact: [{kind: Badge No, pattern: 'x*'}]"), []string{"redact[0].kind: say what it is in at most 40 of a-z, 0-9 and _; the placeholder shows it", "redact[0].pattern: matches the empty text, which is in every line"}},
		"a model of nobody":                 {top("llm: {model: m}"), []string{"llm.vendor: say which: openai, azure, anthropic"}},
		"a vendor nobody knows":             {top("llm: {vendor: ollama, model: m, url: 'http://127.0.0.1:1'}"), []string{`llm.vendor: "ollama" is not one of openai, azure, anthropic; a local server with OpenAI's API is openai`, "llm.key: refer to it with {env: NAME} or {file: PATH}"}},
		"a model without a key":             {top("llm: {vendor: openai, model: m}"), []string{"llm.key: refer to it with {env: NAME} or {file: PATH}"}},
		"a local model needs no key":        {top("llm: {vendor: openai, model: m, url: 'http://127.0.0.1:11434/v1', small: true}"), nil},
		"azure without an address":          {top("llm: {vendor: azure, model: m, key: {env: AWS_KEY}}"), []string{"llm.url: azure needs the address of your resource, such as https://NAME.openai.azure.com"}},
		"a key in the model's address":      {top("llm: {vendor: openai, model: m, url: 'https://u:hunter2@h/v1'}"), []string{"llm.url: take the password out of the URL: password: {file: PATH} or {env: NAME}"}},
		"a key in the file":                 {top("llm: {vendor: openai, model: m, url: 'http://h/v1', key: hunter2}"), []string{"llm.key: a secret is never written in this file: refer to it with {env: NAME} or {file: PATH}"}},
		"bounds of a model that are none":   {top("llm: {vendor: openai, url: 'http://h', max_calls: 1, max_tokens: 10, timeout: 0s, per_minute: -1, price_in: -1}"), []string{"llm.model: name the model, or the deployment on azure", "llm.max_calls: at least 2: one to read, one to answer", "llm.max_tokens: at least 2000, or no question fits", "llm.timeout: must be longer than 0s", "llm.per_minute: must not be negative", "llm.price_in: must not be negative"}},
		"a bound on money without prices":   {top("llm: {vendor: openai, model: m, url: 'http://h', daily_cost: 5}"), []string{"llm.price_in: a bound on money needs the prices: price_in and price_out, for a million tokens"}},
		"a plant may be asked often":        {"poll: 10ms\nsystems: {plant: [{name: p, url: http://x}]}" + approve, nil},
		"but not in no time":                {"poll: 0s\nsystems: {plant: [{name: p, url: http://x}]}" + approve, []string{"poll: at least 1s, or the systems asked suffer"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := faultsOf(t, c.text)
			assert.Equal(t, c.want, got)
			assert.NotContains(t, strings.Join(got, "\n"), "hunter2", "a value that could be a secret is shown")
		})
	}
}

// A person who mends a file must not learn of its faults one by one.
func TestEveryFaultAtOnce(t *testing.T) {
	got := faultsOf(t, `
store: {path: x.db, sync: full}
poll: 5
zone: Mars/Olympus
systems:
  airflow:
  - {name: orders, url: "http://127.0.0.1:8080", user: 7, password: hunter2, dags: orders, paused: true}
  - {name: orders, url: nowhere, password: {env: NOBODY_SET_THIS}}
  postgres:
  - {name: shop, url: "postgres://u:hunter2@h/d"}
heal:
  modes: [{rung: sometimes}, 5]
`)
	assert.Equal(t, []string{
		"store.sync: there is no such key; here are path, password, anchor, keep, keep_bytes",
		"poll: must be a duration with a unit, such as 30s, 10m or 2h",
		"systems.airflow[0].user: must be a text; put it in quotes",
		"systems.airflow[0].password: a secret is never written in this file: refer to it with {env: NAME} or {file: PATH}",
		"systems.airflow[0].dags: must be a list, such as [a, b]",
		"systems.airflow[0].paused: there is no such key; here are name, url, user, password, dags, backfill, read_only",
		"heal.modes[1]: must be a section with the keys class, action, env, risk, rung",
		"systems.airflow[1].password: the environment has no NOBODY_SET_THIS",
		`zone: "Mars/Olympus" is not a time zone such as Europe/Berlin`,
		"systems.airflow[1]: one Airflow a Pipewright: the DAGs of two go by the same names; run a second Pipewright for this one",
		`systems.airflow[1].name: "orders" is the name of another system already`,
		`systems.airflow[1].url: "nowhere" is not a URL such as http://host:port`,
		"systems.airflow[1].user: say as whom to log in",
		"systems.postgres[0].url: take the password out of the URL: password: {file: PATH} or {env: NAME}",
		"systems.postgres[0].schemas: name the schemas to watch",
		`heal.modes[0].rung: "sometimes" is not observe, suggest, ask or auto`,
		`heal.may_approve: name who may approve, or "*" for anybody who can reach this machine`,
	}, got)
}

func TestFilesOfSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for name, c := range map[string]struct{ path, want string }{
		"is not there":   {filepath.Join(dir, "nothing"), "cannot be read"},
		"is a folder":    {dir, "cannot be read"},
		"is empty":       {file("empty", " \n"), "is empty"},
		"is a whole log": {file("log", strings.Repeat("hunter2 ", 10_000)), "is larger than 64 KiB: that is no secret"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(smallest, "{env: AIRFLOW_PASSWORD}", "{file: "+c.path+"}", 1)
			assert.Equal(t, []string{"systems.airflow[0].password: the file " + c.path + " " + c.want}, faultsOf(t, text))
		})
	}
}

func TestNoSecretIsEverPrinted(t *testing.T) {
	cfg, found := read([]byte(`
systems:
  airflow: [{name: a, url: "http://a", user: u, password: {env: AIRFLOW_PASSWORD}}]
  postgres: [{name: p, url: "postgres://u@h/d", password: {env: PGPASSWORD}, schemas: [s]}]
  aws: [{name: w, region: r, access_key: {env: AWS_ID}, secret_key: {env: AWS_KEY}}]
heal: {may_approve: [ana]}
`), "/", env)
	require.Empty(t, found)
	require.Equal(t, "s3cret-key", cfg.Systems.AWS[0].SecretKey.Value(), "the test has something to find")

	j, err := json.Marshal(cfg)
	require.NoError(t, err)
	y, err := yaml.Marshal(cfg)
	require.NoError(t, err)
	shown := map[string]string{"JSON": string(j), "YAML": string(y)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%t", "%e"} {
		shown[verb] = fmt.Sprintf(verb, cfg)
		shown[verb+" of a pointer"] = fmt.Sprintf(verb, &cfg.Systems.Airflow[0])
		shown[verb+" of the secret"] = fmt.Sprintf(verb, cfg.Systems.Airflow[0].Password)
	}
	for how, text := range shown {
		for _, secret := range world {
			assert.NotContains(t, text, secret, how)
			assert.NotContains(t, text, fmt.Sprintf("%x", secret), how)
		}
	}
}

func TestAFaultOfARuleNamesItsLine(t *testing.T) {
	text := strings.Replace(smallest, "heal: {may_approve: [ana]}", `heal:
  may_approve: [ana]
  rules:
  - rule: mine
    log: "(disk\n"
    change: colour
    do: [retry, enlarge]
  - rule: all
    do: [retry]
  - {rule: ok, signal: run_failed, do: [retry], logs: x}`, 1)
	found := faultsOf(t, text)
	require.Len(t, found, 5)
	for i, want := range []string{
		"heal.rules[2].logs: there is no such key; here are rule, log, metrics, signal, change, do (line 13)",
		"heal.rules[0].log: is not a regular expression that Go (RE2) reads: missing closing ) (line 8)",
		`heal.rules[0].change: "colour" is not schema, config, version or action (line 9)`,
		`heal.rules[0].do[1]: "enlarge" is not a known verb; they are [`,
		"heal.rules[1]: names no log, metrics, signal or change, so it would hold for everything (line 11)",
	} {
		assert.Contains(t, found[i], want)
	}
	assert.Contains(t, found[3], "(line 10)")
}

func TestRulesOfOnesOwnComeFirst(t *testing.T) {
	cfg, found := read([]byte(strings.Replace(smallest, "[ana]", "[ana], rules: [{rule: mine, log: no space, do: [reload]}]", 1)), "/", env)
	require.Empty(t, found)
	rules, _ := cfg.Heal.Runbook()
	r, ok := rules.Match(catalogue.Sight{Logs: []string{"No space left on device"}})
	assert.True(t, ok && r.Name == "mine", r.Name)
	r, _ = rules.Match(catalogue.Sight{Logs: []string{"disk full"}})
	assert.Equal(t, "disk", r.Name, "and the built-in ones after them")
}

// everyKey lists the keys of all sections of Config.
func everyKey() []string {
	var out []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			out = append(out, keysOf(t)...)
			for i := range t.NumField() {
				walk(t.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
	return out
}

// Whatever the bytes, Load ends, does not panic, and a file without a fault gives
// a configuration without one.
func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("../../deploy/pipewright.example.yaml")
	require.NoError(f, err)
	for _, seed := range []string{"", smallest, string(example), "a: &a [*a]", "systems: {airflow: [~, 1]}", "? {a: b}\n: c", "1: 2", "heal: {bars: {1: 1}}",
		"labels: [{set: {~: x, 1: y}}]", "!!binary aGk=: x", "<<: {a: 1}", "poll: !!str 5s", "zone: 2001-01-01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		cfg, found := read(raw, "/nowhere", env)
		for _, line := range found.lines() {
			assert.NotContains(t, line, "\n")
			assert.NotContains(t, line, "it cannot be read", "the shape let something through that does not decode")
		}
		if len(found) == 0 {
			assert.Empty(t, cfg.check())
		}
	})
}
