package ask

import (
	"slices"
	"strings"
)

// concept is what a word means to the planner, whatever its form.
type concept string

// form is the form of a verb; nouns and the rest have none.
type form int

const (
	plain form = iota
	base
	third
	past
	ing
)

// sense is one meaning of a word.
type sense struct {
	concept concept
	form    form
}

// verbs by concept. Forms are derived; irregular pasts are listed after a slash.
var verbs = map[concept]string{
	"fail":     "fail break/broke/broken crash die hang/hung stall choke blow/blew/blown collapse abort block misbehave flop explode struggle timeout fall/fell/fallen stop err/errored bomb tank croak conk barf puke flake wobble bork bust choke flatline wedge hiccup",
	"diagnose": "diagnose investigate debug troubleshoot analyse analyze examine triage explain understand/understood",
	"happen":   "happen occur",
	"cause":    "cause trigger",
	"change":   "change alter modify differ deploy release ship upgrade update edit rename evolve push merge tweak patch commit migrate swap land",
	"tell":     "pull tell/told show/shown list give/gave/given display print describe summarise summarize report",
	"do":       "do/did/done",
	"attempt":  "try take/took/taken perform execute act apply attempt",
	"heal":     "heal fix repair remediate mend recover resolve solve",
	"choose":   "choose/chose/chosen decide pick select",
	"restart":  "restart reboot respawn respin bounce relaunch reset kick cycle powercycle",
	"retry":    "retry resubmit retrigger rerun/reran replay rerunning reprocess redo/redid/redone repeat",
	"run":      "run/ran start launch trigger kick",
	"scale":    "scale resize upsize enlarge bump grow/grew increase upscale raise add boost",
	"shrink":   "downscale downsize shrink/shrank decrease reduce",
	"roll":     "roll",
	"rollback": "rollback downgrade",
	"cancel":   "cancel kill terminate abort stop nuke",
	"remap":    "remap",
	"approve":  "approve accept confirm authorise authorize greenlight allow permit sanction ratify okay",
	"deny":     "deny reject decline refuse veto disapprove nack dismiss scrap bin",
	"undo":     "undo/undid/undone reverse revert unwind/unwound backout rewind/rewound",
	"pause":    "pause suspend park freeze/froze/frozen snooze mute halt hold/held",
	"disable":  "disable stop quit cease",
	"resume":   "resume unpause unsuspend unsnooze unpark unhold unfreeze reenable unmute continue reactivate",
	"enable":   "enable start",
	"touch":    "touch mess meddle tamper fiddle tinker poke",
	"leave":    "leave/left keep/kept",
	"throw":    "throw/threw/thrown log emit produce raise write/wrote/written generate record hit see/saw/seen spit/spat return serve spew",
	"want":     "want need like wish",
	"help":     "help assist teach/taught",
	"check":    "check verify inspect look",
	"go":       "go/went/gone",
	"work":     "work function behave operate perform",
	"count":    "count tally",
	"compare":  "compare",
	"wait":     "wait",
	"slow":     "slow lag crawl drag",
}

// words by concept.
var nouns = map[concept]string{
	"why":         "why reason reasons reasoning rationale motivation justification logic thinking",
	"cause":       "cause causes culprit root rootcause rca diagnosis postmortem explanation",
	"how":         "how",
	"what":        "what whatever",
	"which":       "which whose whichever",
	"who":         "who whom whoever",
	"when":        "when",
	"many":        "many often much frequently",
	"number":      "number num amount total quantity sum occurrences count tally times",
	"error":       "error errors exception exceptions traceback tracebacks stacktrace stacktraces warning warnings fault faults err errs",
	"failure":     "failure failures outage outages crashes breakage",
	"log":         "log logs line lines output stderr stdout logging message messages record records trace",
	"broken":      "wrong broken problem problems issue issues trouble troubles unhealthy red bad stuck dead down sick matter burning fire hosed borked degraded ill failing failed outage alert alerts alarm alarms upset alight kaputt toast screwed messed janky jacked shot wrecked trashed smoke smoking fires bleeding hurting drama havoc damage carnage dodgy knackered goosed weird odd strange funny fishy unusual abnormal anomalous anomaly anomalies suspicious wonky flaky",
	"slow":        "slow late overdue delayed sluggish behind slowly stale",
	"fine":        "ok okay fine healthy alright good well up green normal stable alive online available working smoothly happy clean operational quiet solid nominal rosy peachy golden calm dandy sorted kosher clear smooth sane hunky-dory recovered",
	"status":      "status rundown recap briefing state health overview situation summary condition shape picture standing sitrep tldr handover handoff digest headline headlines",
	"now":         "rn now currently presently moment today tonight still atm",
	"any":         "anything any something everything all every things stuff things each overall pipelines platform systems system world house shop prod production estate fleet ones somebody anyone",
	"be":          "is are be am being",
	"was":         "was were been",
	"did":         "did",
	"have":        "have has had having",
	"you":         "you your yourself pipewright bot agent yours",
	"me":          "i me we us my our let",
	"not":         "not never no without dont nor nothing nicht kein keine keinen niemals pas jamais nunca jamás",
	"if":          "if suppose supposing hypothetically assuming whether imagine",
	"would":       "would",
	"could":       "could can might may",
	"should":      "should ought shall",
	"please":      "please kindly asap",
	"change":      "change changes changed different difference differences diff diffs new deployment's deploys rollout releases altered modification modifications rollouts",
	"good":        "good successful success succeeded ok green healthy passing worked clean succeed",
	"last":        "last lately latest previous recent newest most",
	"since":       "since after",
	"run":         "run runs execution executions",
	"action":      "action actions step steps decision decisions intervention remediation remediations fix fixes measures healing",
	"alternative": "alternative alternatives option options otherwise instead runnerup possibilities considered rejected candidates",
	"else":        "else other differently another",
	"incident":    "incident incidents ticket tickets case cases inc",
	"approval":    "approval approvals approver permission consent sign-off signoff",
	"waiting":     "unapproved undecided waiting pending outstanding awaiting queue'd",
	"healing":     "healing heal autonomy autopilot automation automatic autonomous remediation auto interventions yourself autohealing autoheal selfhealing self-healing acting automatically",
	"policy":      "limits boundaries permissions playbook policy policies rule rules rung rungs autonomy guardrail guardrails threshold runbook",
	"mode":        "mode modes",
	"calibration": "calibrated calibration well-calibrated reliability reliable trustworthy",
	"curve":       "curve curves trend",
	"allowed":     "allowed permitted entitled authorised authorized supposed",
	"help":        "help commands usage tutorial docs documentation guide intro cheatsheet howto ropes capabilities manual instructions examples capable hello hi hey",
	"it":          "it that this them they its these those there same one",
	"again":       "again back anew once",
	"up":          "up out",
	"downward":    "down",
	"memory":      "notch memory ram workers capacity replicas nodes size bigger larger concurrency dpus resources headroom",
	"more":        "more extra additional",
	"reasoning":   "reasoning rationale motivation justification logic thinking",
	"odds":        "likely odds chance chances probability likelihood",
	"version":     "version versions deployments rollouts releases image release build deploy deployment rollout revision",
	"yes":         "yes yes! sure go lgtm ack agreed aye affirmative absolutely",
	"no":          "no",
	"time":        "long duration took",
	"upstream":    "upstream depends dependencies dependency lineage",
	"attention":   "attention urgent priority triage",
	"downstream":  "downstream feed feeds fed consumes impact impacted affected blast consumers",
	"alone":       "alone own autonomously unattended unsupervised unprompted unilaterally",
	"later":       "later",
	"schema":      "schema column columns",
	"audit":       "audit journal history",
	"average":     "average avg mean median",
	"peak":        "peak max maximum highest top spike worst most busiest",
	"lowest":      "min minimum lowest least",
	"first":       "first",
	"oncall":      "oncall",
	"thanks":      "thanks thank cheers",
	"queued":      "approval",
	"evidence":    "evidence proof",
	"sure":        "sure confident certain confidence certainty",
	"exist":       "exist exists know monitor watch watching monitored inventory",
}

var lexicon = buildLexicon()

// forms are the words of the lexicon in sorted order, for typos.
var forms = sortedForms()

func buildLexicon() map[string][]sense {
	lex := map[string][]sense{}
	add := func(w string, s sense) {
		if !slices.Contains(lex[w], s) {
			lex[w] = append(lex[w], s)
		}
	}
	for _, c := range sortedConcepts(verbs) {
		for _, entry := range strings.Fields(verbs[c]) {
			for w, f := range conjugate(entry) {
				add(w, sense{c, f})
			}
		}
	}
	for _, c := range sortedConcepts(nouns) {
		for _, w := range strings.Fields(nouns[c]) {
			add(w, sense{c, plain})
		}
	}
	for _, senses := range lex {
		slices.SortFunc(senses, func(a, b sense) int {
			if a.concept != b.concept {
				return strings.Compare(string(a.concept), string(b.concept))
			}
			return int(a.form - b.form)
		})
	}
	return lex
}

func sortedConcepts(m map[concept]string) []concept {
	var out []concept
	for c := range m {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

func sortedForms() []string {
	var out []string
	for w := range lexicon {
		if len(w) >= 5 {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// conjugate returns the forms of a verb. "break/broke/broken" lists its pasts.
func conjugate(entry string) map[string]form {
	parts := strings.Split(entry, "/")
	v := parts[0]
	stem := v
	switch {
	case strings.HasSuffix(v, "ie"):
	case strings.HasSuffix(v, "e"):
		stem = strings.TrimSuffix(v, "e")
	case doubles(v):
		stem = v + v[len(v)-1:]
	}
	out := map[string]form{stem + "ing": ing, v + "s": third}
	if strings.HasSuffix(v, "s") || strings.HasSuffix(v, "sh") || strings.HasSuffix(v, "ch") || strings.HasSuffix(v, "x") || v == "do" || v == "go" {
		out[v+"es"] = third
	}
	if y := strings.TrimSuffix(v, "y"); y != v && !strings.ContainsAny(y[len(y)-1:], "aeou") {
		out[y+"ies"], out[y+"ied"] = third, past
		delete(out, v+"s")
	} else if len(parts) == 1 {
		out[strings.TrimSuffix(stem, "e")+"ed"] = past
	}
	for _, p := range parts[1:] {
		out[p] = past
	}
	if v == "die" {
		out["dying"] = ing
	}
	out[v] = base
	return out
}

// doubles reports whether the last consonant doubles before a suffix: stop, run, cancel.
func doubles(v string) bool {
	if len(v) < 3 || v == "cancel" {
		return v == "cancel"
	}
	c, m, l := v[len(v)-3], v[len(v)-2], v[len(v)-1]
	vowel := func(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }
	short := len(v) <= 4 || v == "restart" && false || strings.HasSuffix(v, "mit") || v == "rerun" || v == "unplug"
	return short && !vowel(c) && vowel(m) && !vowel(l) && strings.IndexByte("wxy", l) < 0
}
