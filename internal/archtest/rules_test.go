package archtest

import "strings"

const module = "github.com/pipewright/pipewright"

// nouns is the root package: the words that everybody uses.
const nouns = "."

// rule says what one package, or every package right beneath a path ("tools/*"),
// may import of ours. What is not listed is forbidden.
type rule struct {
	pkg string
	may []string
}

// ports are the packages that declare what a store or a surface must offer.
var ports = []string{nouns, "agent/heal", "agent/intake", "agent/ask", "tools"}

// parts is what the steps of the agent are made of: no system, no store, no
// surface, and never the plant.
var parts = []string{nouns, "agent/catalogue", "agent/detect", "tools", "retrieval", "retrieval/record", "retrieval/template", "prompts", "rl"}

// rules is the direction of imports, one row a package. A row for one package
// wins over a row for all beneath a path. A package without a row is reported, so
// a new one is a decision.
var rules = []rule{
	// Leaves: each can be lifted out of the repository and used alone.
	{nouns, nil},
	{"rl", nil},
	{"rl/tabular", nil},
	{"migrations", nil},
	{"internal/redact", nil},

	// One step above the nouns.
	{"agent/catalogue", []string{nouns}},
	{"agent/detect", []string{nouns}},
	{"agent/ask/when", []string{nouns}},
	{"tools", []string{nouns}},
	{"retrieval", []string{nouns, "retrieval/embed", "retrieval/record", "retrieval/template", "retrieval/vector", "retrieval/words"}},
	{"retrieval/*", []string{nouns}},
	{"retrieval/embed", []string{"retrieval/words"}},
	{"prompts", []string{nouns}},
	{"rl/sim", []string{nouns}},
	{"rl/sim/gym", []string{nouns}},

	// An outside system each; no system knows another.
	{"tools/*", []string{nouns, "tools"}},
	{"tools/plant", []string{nouns, "tools", "rl/sim"}},
	{"tools/telemetry", []string{nouns, "tools", "retrieval"}}, // what was stored is searched

	// The agent.
	{"agent/intake", parts},
	{"agent/diagnose", parts},
	{"agent/heal", parts},
	{"agent/ask", with(parts, "agent/ask/when", "tools/telemetry")}, // answers are made of what those tools return
	{"agent/trial", []string{nouns, "agent/catalogue", "agent/heal", "rl", "rl/tabular", "rl/sim", "rl/sim/gym"}},

	// Surfaces, stores, configuration, and the suites that test them.
	{"internal/*", ports},
	{"internal/config", with(ports, "agent/catalogue")}, // rules of one's own are checked as the built-in ones are
	{"internal/block", nil},                             // log records packed: a leaf
	{"internal/sqlstore", ports},                        // what the two stores have in common
	{"internal/storetest", with(ports, "internal/sqlstore", "retrieval")},
	{"internal/sqlite", with(ports, "migrations", "internal/sqlstore", "internal/block")},
	{"internal/postgres", with(ports, "migrations", "internal/sqlstore")},
	{"internal/slackbot", []string{nouns}}, // it proposes and shows; what answers and what heals are handed to it
	{"internal/slackfake", nil},
	{"internal/tui", []string{nouns, "internal/terminal"}}, // it proposes and shows, like the Slack bot
	{"internal/chart", []string{nouns}},                    // pictures of charts, for any surface
	{"internal/llm", []string{nouns, "agent/ask"}},
	{"internal/llm/llmtest", nil},                                      // a server that knows nothing of ours
	{"internal/mcp", []string{nouns, "agent/ask", "prompts", "tools"}}, // it serves prompts, and fences what comes from outside as they do

	// The only hub.
	{"cmd/*", []string{everything}},
}

// everything is what the hub may import, except another command.
const everything = "*"

// leaves obey in their tests too. Elsewhere test files are exempt from the
// direction, because a test brings its world along: the loop is tested over the
// embedded store, diagnosis over the plant.
var leaves = []string{nouns, "rl", "rl/tabular", "migrations", "internal/redact"}

// onlyForTests are imported by test files and by these packages themselves, so
// that no suite and no assertion reaches the binary.
var onlyForTests = []string{
	module + "/internal/storetest", module + "/internal/killtest", module + "/internal/llm/llmtest", "testing",
	"github.com/stretchr/testify", "pgregory.net/rapid", "go.uber.org/goleak",
}

// suites are packages made for tests, in files that do not end in _test.go
// because several packages share them.
var suites = []string{"internal/storetest", "internal/llm/llmtest"}

func with(list []string, more ...string) []string {
	return append(append([]string{}, list...), more...)
}

// ruleFor finds the row of a package.
func ruleFor(rules []rule, pkg string) (rule, bool) {
	for _, r := range rules {
		if r.pkg == pkg {
			return r, true
		}
	}
	for _, r := range rules {
		above, all := strings.CutSuffix(r.pkg, "/*")
		rest, beneath := strings.CutPrefix(pkg, above+"/")
		if all && beneath && !strings.Contains(rest, "/") {
			return r, true
		}
	}
	return rule{}, false
}
