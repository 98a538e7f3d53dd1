package ask

import (
	"regexp"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

var (
	links       = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]{1,12}://|\bwww\.|\bmailto:|\]\(|\b(?:javascript|data):\S`)
	aboutItself = regexp.MustCompile(`(?i)\b(?:system|developer|hidden) (?:prompt|message|instructions?)\b|\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules|prompt|above|before|guards?)\b|<<<|>>>|‹‹‹|›››|(?:^|[:.!?]\s*)(?:user|assistant|system|tool)\s*:|\bDATA [A-Z0-9]{20,}`)
	oddsWords   = regexp.MustCompile(`(?i)\b(?:confiden(?:ce|t)|certainty|probabilit(?:y|ies)|likelihood|odds|chances)\b`)
	orders      = regexp.MustCompile(`(?i)(?:^|[:.!?;,]\s+)(?:(?:also|then|now|please|next|first|so|just|fix|remedy|solution|action)[ ,:]+)*(?:propose|cancel|re-?start|re-?try|re-?run|scale up|scale down|roll back|stop|kill|delete|drop|run|execute|trigger|confirm|disable|enable|pause|resume|remap|grant|open|visit|click)\s+(?:the\b|this\b|that\b|it\b|all\b|every|any\b|both\b|[a-z0-9_]+:[a-z0-9_]+/|[a-z0-9]+\.[a-z_]+\b|ap-\d)`)
	mentions    = regexp.MustCompile(`(?i)<[!@#]|@(?:here|channel|everyone)\b`)
	resourceIDs = regexp.MustCompile(`\b[a-z0-9_]{2,20}:[a-z0-9_]{2,20}/[^\s,;()"'\x60]+`)
	agreeWords  = regexp.MustCompile(`(?i)\bapprov(?:e|es|ing)\b|\b(?:say|type|reply|answer|press|click)\b.{0,20}\b(?:yes|do it|ok|confirm|approve)\b|\byou (?:must|should|need to|have to)\b.{0,40}\b(?:approve|confirm|authori[sz]e)\b`)
	ledgerWords = regexp.MustCompile(`(?i)\bapprov(?:ed|al|als)\b|\bauthori[sz](?:ed|es) (?:the|this|it|by|all|every)\b|\b(?:authori[sz]ation|permission|consent) (?:is |was |has been )?(?:granted|given)\b|\b(?:I|we|pipewright)\b(?: (?:have|has|had|just|already|now|will))* (?:re-?start|re-?tr|scal|roll|cancel|remap|fix|heal|fil|execut|paus|resum|disabl|delet|drop|undo|undid|ran\b|run\b)`)
	secretWords = regexp.MustCompile(`(?i)(?:^|[:.!?;,]\s+|\b(?:please|must|should|then|now)\s+)(?:send|paste|post|reply|share|enter|type|give|provide|tell|forward|upload|e-?mail)\b(?: with| in| us| me)?\s+(?:your|the|my|our|their|all|any|a|an)\b.{0,50}\b(?:passwords?|passphrases?|tokens?|secrets?|credentials?|(?:api|access|private|secret)[ _-]?keys?)\b`)
	harmWords   = regexp.MustCompile(`(?i)\b(?:drop|truncate) (?:table|schema|database)\b|\bdelete from\b|\brm -[rf]|\b(?:curl|wget) (?:-|http|[a-z0-9-]+\.)|\bkubectl (?:delete|apply|exec|scale|edit|patch|drain|rollout)\b|\bpsql -|\b(?:ba|z)?sh -c\b|\| *(?:ba|z)?sh\b|\bsudo \S|\bpowershell -|\baws (?:s3|ec2|glue|iam|lambda|rds) [a-z]+-[a-z]|\b(?:disable|turn off|bypass|skip|ignore) (?:the |all |any )?(?:guards?|guardrails?|kill switch|audit|instructions?|rules)\b`)
)

// addresses are forms that name data and lead nobody anywhere.
var addresses = strings.NewReplacer("s3://", "", "s3a://", "", "gs://", "", "hdfs://", "", "abfss://", "", "dbfs:/", "")

// unsafe says why a sentence is not repeated whatever it cites: it links somewhere,
// calls people, names what was never observed, speaks of odds, approvals or acts that
// the ledger does not show, asks for secrets, or gives orders.
func (m *thought) unsafe(text string, cited []shown) string {
	switch {
	case strings.Contains(text, m.nonce) || aboutItself.MatchString(text):
		return "it speaks of its instructions"
	case links.MatchString(addresses.Replace(text)):
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
