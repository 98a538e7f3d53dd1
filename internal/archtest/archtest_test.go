package archtest

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func house(t *testing.T) []file {
	t.Helper()
	files, err := source(os.DirFS("../.."))
	require.NoError(t, err)
	require.Greater(t, len(files), 100, "the house was not found")
	return files
}

func TestImportsPointOneWay(t *testing.T) {
	for _, line := range misdirected(house(t), rules) {
		t.Error(line)
	}
}

func TestTheNounsNeedNobody(t *testing.T) {
	for _, line := range foreign(house(t)) {
		t.Error(line)
	}
}

func TestNothingMadeForTestsIsShipped(t *testing.T) {
	for _, line := range tested(house(t)) {
		t.Error(line)
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, line := range uncommented(house(t)) {
		t.Error(line)
	}
}

func TestEveryFileIsNamedAfterAnIdea(t *testing.T) {
	for _, line := range unnamed(house(t)) {
		t.Error(line)
	}
}

func TestNoHiddenInputs(t *testing.T) {
	for _, line := range hidden(house(t)) {
		t.Error(line)
	}
}

// The checks above pass on a good tree; here are bad ones.
func TestTheChecksFindWhatTheyLookFor(t *testing.T) {
	all := func(files []file) []string {
		var out []string
		for _, found := range [][]string{misdirected(files, rules), foreign(files), tested(files), uncommented(files), unnamed(files), hidden(files)} {
			out = append(out, found...)
		}
		return out
	}
	imports := func(pkg, path string) string {
		return "// Package " + pkg + " is here to be found.\npackage " + pkg + "\nimport _ \"" + path + "\"\n"
	}
	for name, c := range map[string]struct {
		path, text string
		want       []string
	}{
		"a detector that reads the nouns":     {"agent/detect/a.go", imports("detect", module), nil},
		"the loop's test over the store":      {"agent/heal/a_test.go", imports("heal", module+"/internal/sqlite"), nil},
		"the hub imports a surface":           {"cmd/pipewright/a.go", imports("main", module+"/internal/terminal"), nil},
		"the loop knows the store":            {"agent/heal/a.go", imports("heal", module+"/internal/sqlite"), []string{"agent/heal/a.go: agent/heal must not import internal/sqlite"}},
		"a detector sees the plant":           {"agent/detect/a.go", imports("detect", module+"/rl/sim"), []string{"agent/detect/a.go: agent/detect must not import rl/sim"}},
		"diagnosis uses the plant's ports":    {"agent/diagnose/a.go", imports("diagnose", module+"/tools/plant"), []string{"agent/diagnose/a.go: agent/diagnose must not import tools/plant"}},
		"one system knows another":            {"tools/airflow/a.go", imports("airflow", module+"/tools/postgres"), []string{"tools/airflow/a.go: tools/airflow must not import tools/postgres"}},
		"one surface knows another":           {"internal/console/a.go", imports("console", module+"/internal/terminal"), []string{"internal/console/a.go: internal/console must not import internal/terminal"}},
		"a store reads its migrations":        {"internal/sqlite/a.go", imports("sqlite", module+"/migrations"), nil},
		"a surface reads migrations":          {"internal/console/a.go", imports("console", module+"/migrations"), []string{"internal/console/a.go: internal/console must not import migrations"}},
		"the learner imports the nouns":       {"rl/a.go", imports("rl", module), []string{"rl/a.go: rl must not import ."}},
		"a leaf's test imports ours":          {"rl/a_test.go", imports("rl", module+"/rl/sim"), []string{"rl/a_test.go: rl must not import rl/sim"}},
		"a tool imports the hub":              {"tools/a.go", imports("tools", module+"/cmd/pipewright"), []string{"tools/a.go: tools must not import cmd/pipewright"}},
		"a new package that nobody placed":    {"agent/dream/a.go", imports("dream", "fmt"), []string{"agent/dream/a.go: the package agent/dream has no rule; give it one in rules_test.go"}},
		"a package beneath a system":          {"tools/aws/glue/a.go", imports("glue", "fmt"), []string{"tools/aws/glue/a.go: the package tools/aws/glue has no rule; give it one in rules_test.go"}},
		"the nouns need a library":            {"a.go", imports("pipewright", "github.com/spf13/cobra"), []string{"a.go: the nouns import github.com/spf13/cobra, which is not the standard library"}},
		"an assertion in production":          {"rl/a.go", imports("rl", "github.com/stretchr/testify/assert"), []string{"rl/a.go: github.com/stretchr/testify/assert is only for tests"}},
		"a suite in production":               {"cmd/pipewright/a.go", "// Command pipewright is here.\npackage main\nimport _ \"" + module + "/internal/storetest\"\n", []string{"cmd/pipewright/a.go: " + module + "/internal/storetest is only for tests"}},
		"a package that says nothing":         {"rl/a.go", "package rl\n", []string{"rl: no package comment (what for, invariants, who calls it)"}},
		"a comment of another package":        {"rl/a.go", "// Package sim is the plant.\npackage rl\n", []string{"rl: no package comment (what for, invariants, who calls it)"}},
		"a file for everything":               {"rl/string_utils.go", "// Package rl learns.\npackage rl\n", []string{`rl/string_utils.go: "utils" is no idea; name it after what it holds`}},
		"wiring in init":                      {"rl/a.go", "// Package rl learns.\npackage rl\nfunc init() {}\n", []string{"rl/a.go: no init: wire in cmd/pipewright/wire.go"}},
		"a method called init":                {"rl/a.go", "// Package rl learns.\npackage rl\ntype t int\nfunc (t) init() {}\n", nil},
		"a clock to swap":                     {"rl/a.go", "// Package rl learns.\npackage rl\nimport \"time\"\nvar now = time.Now\n", []string{"rl/a.go: the variable now holds a function that anybody may replace; make it a func, or pass it in"}},
		"a function to swap":                  {"rl/a.go", "// Package rl learns.\npackage rl\nvar hook func()\n", []string{"rl/a.go: the variable hook holds a function that anybody may replace; make it a func, or pass it in"}},
		"a table of functions is no hook":     {"rl/a.go", "// Package rl learns.\npackage rl\nvar by = map[string]func(){}\n", nil},
		"a file that the go command skips":    {"rl/testdata/a.go", imports("rl", module+"/rl/sim"), nil},
		"a file for another operating system": {"tools/a_windows.go", "//go:build windows\n\n" + imports("tools", module+"/rl"), []string{"tools/a_windows.go: tools must not import rl"}},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := source(fstest.MapFS{c.path: {Data: []byte(c.text)}})
			require.NoError(t, err)
			assert.Equal(t, c.want, all(files))
		})
	}
}
