package trial

import (
	"regexp"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// rule is one line of a runbook: what it looks like and the two things to do.
// Of log, metrics and signal one must be there; of change, too, when it is set.
type rule struct {
	class   string
	log     *regexp.Regexp
	metrics []string // "name high"
	signal  pipewright.SignalKind
	change  pipewright.ChangeKind
	verbs   []pipewright.Verb // in order of choice; the first two that the stage has
}

func lines(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + pattern) }

func do(list ...pipewright.Verb) []pipewright.Verb { return list }

// runbook is the hand-written rules that policies are measured against: what a
// good engineer would write down from the summaries of the catalogue, the more
// telling signs first. The first rule that matches holds.
var runbook = []rule{
	{class: "disk", log: lines(`no space left|disk full|could not extend file`), metrics: []string{"disk_percent high"}, verbs: do("scale_up", "release")},
	{class: "auth", log: lines(`authentication failed|expiredtoken|accessdenied|401 client|insufficientprivilege|permission denied`), verbs: do("refresh", "rollback")},
	{class: "sessions", log: lines(`too many clients|connection slots|queuepool limit|too many connections`), verbs: do("tune", "scale_down", "throttle")},
	{class: "deadlock", log: lines(`deadlock detected|serializable isolation`), verbs: do("backoff_retry", "retry", "cancel")},
	{class: "queue", log: lines(`wlm`), metrics: []string{"queue_seconds high"}, verbs: do("throttle", "scale_up")},
	{class: "lock", log: lines(`locknotavailable|still waiting for|lock wait timeout`), metrics: []string{"lock_waits high"}, verbs: do("cancel", "backoff_retry", "restart")},
	{class: "quota", log: lines(`throttling|429|request rate|concurrent runs|concurrency limit`), metrics: []string{"throttles high"}, change: pipewright.ChangeConfig, verbs: do("rollback", "throttle")},
	{class: "release", log: lines(`waiting for a permit|concurrency limit`), change: pipewright.ChangeAction, verbs: do("release", "throttle")},
	{class: "throttled", log: lines(`throttling|429|request rate|concurrent runs`), metrics: []string{"throttles high"}, verbs: do("backoff_retry", "throttle")},
	{class: "permits", log: lines(`waiting for a permit|concurrency limit`), verbs: do("release", "backoff_retry")},
	{class: "memory", log: lines(`outofmemory|memory limits|oomkilled|signal: killed|fetchfailed`), metrics: []string{"memory_percent high"}, verbs: do("scale_up", "tune")},
	{class: "types", log: lines(`operator does not exist|invalid input syntax|cast_invalid|unsupported operand`), change: pipewright.ChangeSchema, verbs: do("quarantine", "remap")},
	{class: "schema", log: lines(`undefinedcolumn|unresolved_column|cannot resolve|extra column|columns passed|unexpected field|more expressions|keyerror`), change: pipewright.ChangeSchema, verbs: do("remap", "rollback")},
	{class: "schema", log: lines(`undefinedcolumn|unresolved_column|cannot resolve|extra column|columns passed|unexpected field|more expressions`), signal: pipewright.SchemaDiffSignal, verbs: do("remap", "rollback")},
	{class: "types", log: lines(`operator does not exist|invalid input syntax|cast_invalid`), verbs: do("quarantine", "rollback")},
	{class: "rows", log: lines(`notnullviolation|quality check|uniqueviolation|unicodedecode|could not convert`), metrics: []string{"rejected_rows high"}, verbs: do("quarantine", "reload")},
	{class: "code", log: lines(`attributeerror|keyerror|typeerror|nullpointer|importmodule|indexerror|valueerror: invalid config|filenotfound|paramvalidation`), verbs: do("rollback", "retry")},
	{class: "log position", log: lines(`wal segment|log position|fatal_error`), verbs: do("reload", "restart")},
	{class: "cdc", log: lines(`source_capture|source latency|replication slot`), verbs: do("restart", "reload")},
	{class: "gpu", log: lines(`cuda|xid|nvidia`), verbs: do("fallback", "reroute")},
	{class: "rollout", log: lines(`503 service|prediction failed|upstream connect|enforce schema`), change: pipewright.ChangeVersion, metrics: []string{"error_rate high", "latency_p99_ms high", "accuracy low"}, verbs: do("rollback", "fallback")},
	{class: "drift", log: lines(`drift`), metrics: []string{"psi high"}, verbs: do("retrain", "fallback")},
	{class: "hung", log: lines(`heartbeat time|zombie|heartbeat timed out|task timeout`), metrics: []string{"heartbeat_age_seconds high"}, signal: pipewright.HeartbeatSignal, verbs: do("restart", "retry", "fallback")},
	{class: "crash", log: lines(`back-off restarting|exit code: 139|liveness`), metrics: []string{"restarts high"}, verbs: do("restart", "rollback")},
	{class: "late", log: lines(`sensor has timed out|path_not_found|dependencies not met|freshness check|0 rows in`), metrics: []string{"rows low"}, verbs: do("reschedule", "backoff_retry")},
	{class: "stale", log: lines(`features that are|not refreshed`), verbs: do("refresh", "restart")},
	{class: "surge", metrics: []string{"requests_per_second high"}, verbs: do("scale_up", "throttle")},
	{class: "accuracy", log: lines(`accuracy|precision`), metrics: []string{"accuracy low"}, verbs: do("retrain", "fallback")},
	{class: "route", log: lines(`timed out|timeout|refused|no route`), change: pipewright.ChangeConfig, verbs: do("rollback", "backoff_retry")},
	{class: "slow", log: lines(`504|p99|upstream request timeout|reading features`), metrics: []string{"latency_p99_ms high"}, verbs: do("fallback", "scale_up")},
	{class: "network", log: lines(`timed out|timeout|refused|reset by peer|closed the connection|eof detected|name resolution|no route`), verbs: do("backoff_retry", "reroute", "restart")},
	{class: "deploy", change: pipewright.ChangeVersion, verbs: do("rollback", "restart")},
	{class: "schema change", change: pipewright.ChangeSchema, verbs: do("remap", "rollback")},
	{class: "lag", metrics: []string{"lag_seconds high"}, verbs: do("restart", "reschedule")},
	{class: "overdue", signal: pipewright.RunOverdueSignal, verbs: do("backoff_retry", "restart")},
	{class: "unknown", verbs: do("backoff_retry", "restart")},
}

// matches reports whether the rule speaks of a case.
func (r *rule) matches(c gym.Case) bool {
	if r.change != "" && !slices.ContainsFunc(c.Changes, func(x pipewright.Change) bool { return x.Kind == r.change }) {
		return false
	}
	sign := r.log == nil && r.metrics == nil && r.signal == ""
	sign = sign || r.log != nil && slices.ContainsFunc(c.Logs, r.log.MatchString)
	sign = sign || r.signal != "" && slices.Contains(c.Signals, r.signal)
	return sign || slices.ContainsFunc(c.Metrics, func(d gym.Deviation) bool { return slices.Contains(r.metrics, d.Metric+" "+d.Is) })
}

// ruleOf is the first rule that speaks of a case; the last one always does.
func ruleOf(c gym.Case) *rule {
	for i := range runbook {
		if runbook[i].matches(c) {
			return &runbook[i]
		}
	}
	return &runbook[len(runbook)-1]
}

// advice is what the hand rules do about a case, in order.
func advice(c gym.Case) (out []string) {
	for _, v := range ruleOf(c).verbs {
		if slices.Contains(c.Verbs, v) && len(out) < 2 {
			out = append(out, string(v))
		}
	}
	return out
}

// ruled is the policy of the runbook: two steps, then a person.
type ruled struct{}

func (ruled) next(s *session) move {
	r := ruleOf(s.Case)
	s.Class = r.class
	step := 0
	for _, v := range r.verbs {
		if !slices.Contains(s.Case.Verbs, v) {
			continue
		}
		if step == len(s.Tried) && step < 2 {
			return move{How: runAlone, Verb: v}
		}
		step++
	}
	return move{}
}

func (ruled) closed(*session)               {}
func (ruled) settled(*session, gym.Outcome) {}

// simple is a policy that looks at nothing but what it may do.
type simple struct{ *rl.Baseline }

func (b simple) next(s *session) move {
	p := rl.Problem{Belief: []float64{1}, Classes: []string{"unknown"}, Seed: s.Seed, OK: [][]rl.Beta{nil}, Harm: [][]rl.Beta{nil}}
	for i, v := range s.Case.Verbs {
		p.Arms = append(p.Arms, string(v))
		p.OK[0], p.Harm[0] = append(p.OK[0], rl.NewBeta(.5, 2)), append(p.Harm[0], rl.NewBeta(.02, 2))
		if slices.Contains(s.Tried, v) {
			p.Tried = append(p.Tried, i)
		}
	}
	c := b.Choose(p)
	if c.Arm < 0 {
		return move{}
	}
	return move{How: runAlone, Verb: pipewright.Verb(p.Arms[c.Arm])}
}

func (simple) closed(*session)               {}
func (simple) settled(*session, gym.Outcome) {}
