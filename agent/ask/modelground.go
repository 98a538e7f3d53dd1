package ask

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// draft is the model's answer before it is held against the evidence.
type draft struct {
	verdict    pipewright.AnswerVerdict
	resources  []string
	claims     []draftClaim
	hypotheses []draftHypothesis
	proposals  []draftProposal
	unknown    []string
	choices    []string
}

type draftClaim struct {
	text     string
	evidence []string
}

type draftHypothesis struct {
	cause      string
	resource   string
	confidence float64 // NaN when none was given
}

type draftProposal struct {
	action pipewright.ActionKind
	target pipewright.ResourceID
	args   bool // arguments were given; they are not taken
}

// readDraft reads the agreed form, tolerantly. ok is false when the text has neither a
// claim nor a verdict.
func readDraft(text string) (d draft, ok bool) {
	v, ok := readObject(text)
	if !ok {
		return d, false
	}
	d.verdict = pipewright.AnswerVerdict(textOf(v["verdict"]))
	d.resources, d.unknown, d.choices = textsOf(v["resources"]), textsOf(v["unknown"]), textsOf(v["choices"])
	for _, c := range listOf(v["claims"]) {
		switch c := c.(type) {
		case map[string]any:
			d.claims = append(d.claims, draftClaim{textOf(c["text"]), textsOf(c["evidence"])})
		case string:
			d.claims = append(d.claims, draftClaim{text: c})
		}
	}
	for _, h := range objectsOf(v["hypotheses"]) {
		c, given := h["confidence"].(float64)
		if !given || math.IsNaN(c) || c < 0 || c > 1 {
			c = math.NaN()
		}
		d.hypotheses = append(d.hypotheses, draftHypothesis{textOf(h["cause"]), textOf(h["resource"]), c})
	}
	for _, p := range objectsOf(v["proposals"]) {
		d.proposals = append(d.proposals, draftProposal{pipewright.ActionKind(textOf(p["action"])), pipewright.ResourceID(textOf(p["target"])), p["args"] != nil})
	}
	return d, d.verdict != "" || len(d.claims) > 0
}

func textOf(v any) string { s, _ := v.(string); return strings.TrimSpace(s) }

func listOf(v any) []any {
	list, _ := v.([]any)
	return list[:min(len(list), 40)]
}

func objectsOf(v any) []map[string]any {
	var out []map[string]any
	for _, o := range listOf(v) {
		if m, ok := o.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func textsOf(v any) []string {
	if s, ok := v.(string); ok && s != "" {
		return []string{s}
	}
	var out []string
	for _, o := range listOf(v) {
		switch x := o.(type) {
		case string:
			out = append(out, strings.TrimSpace(x))
		case float64:
			out = append(out, strconv.FormatFloat(x, 'f', -1, 64))
		}
	}
	return out
}

// ground turns the draft into the answer: only what evidence shows is said, and causes,
// odds, rulings and the verdict are code's.
func (m *thought) ground(d draft) error {
	m.ans.Resources = m.about(d)
	if choices := m.observedOf(d.choices); d.verdict == pipewright.Clarify && len(choices) > 1 {
		m.which(choices)
		return nil
	}
	kept := m.review(m.supported(d.claims))
	for _, c := range kept {
		m.claim(c.evidence, "%s", c.text)
	}
	if len(kept) == 0 {
		return nil
	}
	if len(m.ans.Resources) == 0 {
		m.ans.Resources = sourcesOf(kept)
	}
	for _, u := range d.unknown[:min(4, len(d.unknown))] {
		u = firstLine(inlineRefs.ReplaceAllString(Visible(u), ""), 200)
		if u != "" && m.unsafe(u, nil) == "" && !strings.ContainsFunc(u, unicode.IsDigit) {
			m.gap("%s", strings.TrimSuffix(u, "."))
		}
	}
	return m.conclude(d, kept)
}

// about lists the resources that the asker named in full, and those that the model
// names as its subject and has read something of.
func (m *thought) about(d draft) []pipewright.ResourceID {
	ids := []pipewright.ResourceID{}
	for _, id := range m.observedOf(d.resources) {
		if slices.ContainsFunc(m.shown, func(s shown) bool { return s.evidence.Source == id }) {
			ids = append(ids, id)
		}
	}
	for _, mention := range m.r.mentions {
		if top := closest(slices.Clone(mention.candidates)); len(top) == 1 && top[0].score >= 1 && !slices.Contains(ids, top[0].id) {
			ids = append(ids, top[0].id)
		}
	}
	return ids
}

func (m *thought) observedOf(names []string) []pipewright.ResourceID {
	ids := []pipewright.ResourceID{}
	for _, n := range names {
		if id := pipewright.ResourceID(n); m.observed(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *thought) observed(id pipewright.ResourceID) bool {
	return slices.ContainsFunc(m.world.index.entries, func(e entry) bool { return e.id == id })
}

func sourcesOf(kept []groundedClaim) []pipewright.ResourceID {
	ids := []pipewright.ResourceID{}
	for _, c := range kept {
		for _, e := range c.evidence {
			if e.Source != "" && !slices.Contains(ids, e.Source) && len(ids) < 3 {
				ids = append(ids, e.Source)
			}
		}
	}
	return ids
}

// groundedClaim is a sentence with the evidence that shows it.
type groundedClaim struct {
	text     string
	evidence []pipewright.Evidence
}

// mostClaims is how many sentences of the model are taken.
const mostClaims = 12

var (
	inlineRefs = regexp.MustCompile(`\s*[\[(]\s*e\d+(?:\s*[,;]\s*e\d+)*\s*[\])]`)
	evidenceID = regexp.MustCompile(`^\W*[eE]?(\d{1,4})\W*$`)
)

// supported keeps the claims that cite evidence which holds their numbers and names.
func (m *thought) supported(claims []draftClaim) []groundedClaim {
	var out []groundedClaim
	for _, c := range claims {
		text := strings.Join(strings.Fields(inlineRefs.ReplaceAllString(Visible(c.text), "")), " ")
		if text = firstLine(text, 400); text == "" {
			continue
		}
		cited := m.cites(append(slices.Clone(c.evidence), inlineIDs(c.text)...))
		switch {
		case len(cited) == 0:
			m.left["no evidence is cited for it"]++
		case m.unsafe(text, cited) != "":
			m.left[m.unsafe(text, cited)]++
		case m.stray(text, cited) != "":
			m.left["a number in it is not in the evidence that it cites"]++
		case len(out) < mostClaims:
			g := groundedClaim{text: text}
			for _, s := range cited {
				g.evidence = append(g.evidence, s.evidence)
			}
			out = append(out, g)
		}
	}
	return out
}

var inlineID = regexp.MustCompile(`\be\d+\b`)

func inlineIDs(text string) []string {
	return inlineID.FindAllString(strings.Join(inlineRefs.FindAllString(text, -1), " "), -1)
}

// cites looks up evidence by the ids of the conversation.
func (m *thought) cites(ids []string) []shown {
	var out []shown
	seen := map[int]bool{}
	for _, id := range ids {
		for _, part := range strings.FieldsFunc(id, func(r rune) bool { return r == ',' || r == ' ' }) {
			g := evidenceID.FindStringSubmatch(part)
			if g == nil {
				continue
			}
			n, _ := strconv.Atoi(g[1]) // digits
			if n >= 1 && n <= len(m.shown) && !seen[n] && len(out) < 6 {
				seen[n] = true
				out = append(out, m.shown[n-1])
			}
		}
	}
	return out
}

var (
	links       = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]{1,12}://|\bwww\.|\bmailto:|\]\(|\b(?:javascript|data):\S`)
	aboutItself = regexp.MustCompile(`(?i)\b(?:system|developer|hidden) (?:prompt|message|instructions?)\b|\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules|prompt|above|before|guards?)\b|<<<|>>>|‹‹‹|›››|(?:^|[:.!?]\s*)(?:user|assistant|system|tool)\s*:|\bDATA [A-Z0-9]{20,}`)
	oddsWords   = regexp.MustCompile(`(?i)\b(?:confiden(?:ce|t)|certainty|probabilit(?:y|ies)|probable|likelihood|odds|chances?)\b`)
	orders      = regexp.MustCompile(`(?i)(?:^|[:.!?;,]\s+)(?:(?:also|then|now|please|next|first|so|just|fix|remedy|solution|action)[ ,:]+)*(?:propose|cancel|re-?start|re-?try|re-?run|scale up|scale down|roll back|stop|kill|delete|drop|run|execute|trigger|confirm|disable|enable|pause|resume|remap|grant|open|visit|click)\s+(?:the\b|this\b|that\b|it\b|all\b|every|any\b|both\b|[a-z0-9_]+:[a-z0-9_]+/|[a-z0-9]+\.[a-z_]+\b|ap-\d)`)
	mentions    = regexp.MustCompile(`(?i)<[!@#]|@(?:here|channel|everyone)\b`)
	resourceIDs = regexp.MustCompile(`\b[a-z0-9_]{2,20}:[a-z0-9_]{2,20}/[^\s,;()"'\x60]+`)
	agreeWords  = regexp.MustCompile(`(?i)\bapprov(?:e|es|ing)\b|\b(?:say|type|reply|answer|press|click)\b.{0,20}\b(?:yes|do it|ok|confirm|approve)\b|\byou (?:must|should|need to|have to)\b.{0,40}\b(?:approve|confirm|authori[sz]e)\b`)
	ledgerWords = regexp.MustCompile(`(?i)\bapprov(?:ed|al|als)\b|\bauthori[sz](?:ed|ation)\b|\bpermission\b|\b(?:I|we|pipewright)\b(?: (?:have|has|had|just|already|now|will))* (?:re-?start|re-?tr|scal|roll|cancel|remap|fix|heal|fil|execut|paus|resum|disabl|delet|drop|undo|undid|ran\b|run\b)`)
	secretWords = regexp.MustCompile(`(?i)\b(?:send|paste|post|reply|share|enter|type|give|provide|tell|forward|upload|e-?mail)\b.{0,60}\b(?:passwords?|passphrases?|tokens?|secrets?|credentials?|(?:api|access|private|secret)[ _-]?keys?)\b`)
	harmWords   = regexp.MustCompile(`(?i)\b(?:drop|truncate) (?:table|schema|database)\b|\bdelete from\b|\brm -[rf]|\bcurl\b|\bwget\b|\b(?:kubectl|aws|psql|bash|sh|sudo|powershell) +\S|\b(?:disable|turn off|bypass|skip|ignore) (?:the |all |any )?(?:guards?|guardrails?|kill switch|audit|checks?|instructions?|rules)\b`)
)

// unsafe says why a sentence is not repeated whatever it cites: it links somewhere,
// calls people, names what was never observed, speaks of odds, approvals or acts that
// the ledger does not show, asks for secrets, or gives orders.
func (m *thought) unsafe(text string, cited []shown) string {
	switch {
	case strings.Contains(text, m.nonce) || aboutItself.MatchString(text):
		return "it speaks of its instructions"
	case links.MatchString(text):
		return "it holds a link"
	case mentions.MatchString(text):
		return "it calls people"
	case secretWords.MatchString(text):
		return "it asks for a secret"
	case agreeWords.MatchString(text):
		return "it asks for an approval"
	case harmWords.MatchString(text) || orders.MatchString(text):
		return "it gives an order"
	case oddsWords.MatchString(text) && !fromLedger(cited):
		return "it speaks of odds that were not measured"
	case (ledgerWords.MatchString(text) || namesAction(text)) && !fromLedger(cited):
		return "it speaks of approvals or acts that the ledger does not show"
	}
	for _, id := range resourceIDs.FindAllString(text, -1) {
		if id = strings.TrimRight(id, ".:!?’”*]"); !m.observed(pipewright.ResourceID(id)) {
			return "it names a resource that was never observed"
		}
	}
	return ""
}

var actionForms = regexp.MustCompile(`\b[a-z0-9]+\.[a-z_]+\b`)

// namesAction reports whether a text names an action kind, such as glue.retry.
func namesAction(text string) bool {
	return slices.ContainsFunc(actionForms.FindAllString(text, -1), func(s string) bool { return pipewright.ActionKind(s).Verb().Valid() })
}

// fromLedger reports whether all that is cited is the loop's own record.
func fromLedger(cited []shown) bool {
	return len(cited) > 0 && !slices.ContainsFunc(cited, func(s shown) bool { return s.evidence.Kind != pipewright.IncidentEvidence })
}

// conclude adds what code knows: the diagnosis, pending approvals, the guards' rulings
// on what was proposed, and the verdict.
func (m *thought) conclude(d draft, kept []groundedClaim) error {
	inc, found, err := m.concerned(d)
	if err != nil {
		return err
	}
	if found && (m.intent == "diagnose" || m.intent == "explain" || len(d.hypotheses) > 0) {
		if err := m.believe(inc, d); err != nil {
			return err
		}
	} else if n := len(d.hypotheses); n > 0 {
		m.gap("%s: no incident or failed run here to hold it against", times(n, "suspected cause"))
	}
	live := m.liveOnes(inc, found)
	if err := m.offerPending(live); err != nil {
		return err
	}
	allowed, err := m.proposeAll(d, inc, kept)
	if err != nil {
		return err
	}
	m.judge(d, live, allowed)
	return nil
}

// concerned finds the incident that the answer is about: the one named, one that was
// read, or the newest on the resources of the answer.
func (m *thought) concerned(d draft) (pipewright.Incident, bool, error) {
	if m.r.incident != "" {
		inc, ok, err := m.readIncident(m.r.incident)
		return inc, ok && inc.ID != "", err
	}
	var fits []pipewright.Incident
	for _, inc := range m.incidents {
		if m.touches(inc, d) {
			fits = append(fits, inc)
		}
	}
	if inc, ok := newest(fits); ok {
		return inc, true, nil
	}
	if m.intent != "diagnose" && len(d.hypotheses) == 0 || len(m.ans.Resources) == 0 {
		return pipewright.Incident{}, false, nil
	}
	id, w := m.ans.Resources[0], m.ans.Window
	incidents, err := m.incidentsOf(id, w)
	if err != nil {
		return pipewright.Incident{}, false, err
	}
	if inc, ok := newest(incidents); ok {
		return inc, true, nil
	}
	failed, err := m.call("list_runs", within(map[string]any{"resource": id, "state": "failed"}, w))
	if runs := as[[]pipewright.Run](failed.Data); err == nil && len(runs) > 0 {
		return suppose(runs[len(runs)-1]), true, nil
	}
	return pipewright.Incident{}, false, err
}

func (m *thought) touches(inc pipewright.Incident, d draft) bool {
	top, _ := topOf(inc)
	where := append(slices.Clone(inc.Resources()), top.Resource)
	return slices.ContainsFunc(m.ans.Resources, func(id pipewright.ResourceID) bool { return slices.Contains(where, id) }) ||
		slices.ContainsFunc(d.hypotheses, func(h draftHypothesis) bool {
			return h.resource != "" && slices.Contains(where, pipewright.ResourceID(h.resource))
		})
}

// believe writes the diagnosis. The model may only lower a confidence.
func (m *thought) believe(inc pipewright.Incident, d draft) error {
	diag, err := m.diagnosisOf(inc)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	for _, e := range diag.Evidence {
		ids[e.ID] = m.cite(e)
	}
	believed := slices.Clone(diag.Hypotheses)
	for i, h := range believed {
		var renamed []string
		for _, id := range h.Evidence {
			if now, ok := ids[id]; ok {
				renamed = append(renamed, now)
			}
		}
		believed[i].Evidence = append([]string{}, renamed...)
		believed[i].Confidence = min(lowered(h, d.hypotheses), m.ceiling)
	}
	slices.SortStableFunc(believed, func(a, b pipewright.Hypothesis) int {
		switch {
		case a.Confidence > b.Confidence:
			return -1
		case a.Confidence < b.Confidence:
			return 1
		}
		return 0
	})
	m.ans.Hypotheses, m.ans.RuledOut = append(m.ans.Hypotheses, believed...), append(m.ans.RuledOut, diag.RuledOut...)
	m.ans.Unknown = append(m.ans.Unknown, diag.Unknown...)
	m.doubts(diag, d)
	m.next.Incident = inc.ID
	if len(believed) == 0 {
		return nil
	}
	m.ans.Confidence = believed[0].Confidence
	lead := "Measured cause"
	if diag.Inconclusive {
		m.ans.Verdict, lead = pipewright.InconclusiveV, "Inconclusive. Most likely"
	}
	m.sayHypothesis(lead, believed[0])
	m.sayRuledOut(diag)
	return nil
}

// lowered is a measured confidence, or the model's when that is lower.
func lowered(h pipewright.Hypothesis, said []draftHypothesis) float64 {
	c := h.Confidence
	for _, s := range said {
		if s.cause == h.Cause && s.confidence < c { // false for NaN
			c = s.confidence
		}
	}
	return c
}

// doubts names the catalogue's causes that the model suspects and nothing measured
// shows. Other names are not causes.
func (m *thought) doubts(diag pipewright.Diagnosis, d draft) {
	for _, h := range d.hypotheses {
		measured := slices.ContainsFunc(diag.Hypotheses, func(x pipewright.Hypothesis) bool { return x.Cause == h.cause })
		if c := m.a.deps.Catalogue; measured || c == nil {
			continue
		} else if _, real := c.Cause(h.cause); real {
			m.gap("the model also suspects %s, which nothing measured supports", h.cause)
		}
	}
}

func (m *thought) liveOnes(inc pipewright.Incident, found bool) []pipewright.Incident {
	var live []pipewright.Incident
	add := func(i pipewright.Incident) {
		over := i.ID == "" || i.State == pipewright.Resolved || i.State == pipewright.Closed
		if !over && !slices.ContainsFunc(live, func(l pipewright.Incident) bool { return l.ID == i.ID }) {
			live = append(live, i)
		}
	}
	if found {
		add(inc)
	}
	for _, i := range m.incidents {
		if m.intent == "status" || m.touches(i, draft{}) {
			add(i)
		}
	}
	return live
}

// mostProposals is how many proposals of one answer are taken.
const mostProposals = 3

// proposeAll asks the guards about what the model proposes. A target must have been
// observed and be part of this answer; the arguments are left to the actuator.
// Nothing is filed, and "do it" does not mean any of these: the asker names the action.
func (m *thought) proposeAll(d draft, inc pipewright.Incident, kept []groundedClaim) (allowed bool, err error) {
	if m.a.deps.Proposer == nil {
		return false, nil
	}
	done := map[string]bool{}
	for _, p := range d.proposals {
		act, can := m.a.deps.Tools.Actuator(p.action, p.target)
		key := string(p.action) + " " + string(p.target)
		if !m.observed(p.target) || !can || !m.inAnswer(p.target, inc, kept) {
			m.left["its proposal is for something that was not observed, is not part of this answer, or cannot be done"]++
			continue
		}
		if done[key] || len(done) == mostProposals || m.proposed(p) {
			continue
		}
		done[key] = true
		if err := m.rule(pipewright.Action{Kind: act.Kind, Target: p.target, Risk: act.Risk}); err != nil {
			return allowed, err
		}
		if last := m.ans.Proposals[len(m.ans.Proposals)-1]; last.Ruling != pipewright.Deny {
			allowed = true
			m.say("Say %q to file it.", fmt.Sprintf("%s %s", strings.ReplaceAll(string(act.Kind.Verb()), "_", " "), p.target))
		}
	}
	return allowed, nil
}

func (m *thought) proposed(p draftProposal) bool {
	return slices.ContainsFunc(m.ans.Proposals, func(x pipewright.Proposal) bool { return x.Action == p.action && x.Target == p.target })
}

// inAnswer reports whether a resource is what the answer is about: named by the asker,
// cited, part of the incident, or where a cause sits.
func (m *thought) inAnswer(id pipewright.ResourceID, inc pipewright.Incident, kept []groundedClaim) bool {
	if inc.ID != "" && slices.Contains(inc.Resources(), id) || slices.Contains(m.about(draft{}), id) {
		return true
	}
	for _, c := range kept {
		if slices.ContainsFunc(c.evidence, func(e pipewright.Evidence) bool { return e.Source == id }) {
			return true
		}
	}
	return slices.ContainsFunc(m.ans.Hypotheses, func(h pipewright.Hypothesis) bool { return h.Resource == id })
}

// judge sets the verdict from what is known; only where nothing is does the model's
// word count.
func (m *thought) judge(d draft, live []pipewright.Incident, allowed bool) {
	switch {
	case len(live) > 0 && m.ans.Verdict != pipewright.InconclusiveV:
		m.verdictOfLive(live)
	case m.ans.Verdict == pipewright.InconclusiveV:
	case allowed:
		m.ans.Verdict = pipewright.ActionSuggested
	case d.verdict == pipewright.InconclusiveV:
		m.ans.Verdict = pipewright.InconclusiveV
	default:
		m.ans.Verdict = pipewright.NoAction
	}
	if slices.ContainsFunc(live, func(i pipewright.Incident) bool {
		return i.State == pipewright.Waiting || i.State == pipewright.Escalated
	}) {
		m.ans.Verdict = pipewright.ActionRequired
	}
}
