package ask_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
)

// otherwise are wordings of a tired engineer who asks what could be done instead, and what
// would come of something.
var otherwise = map[string][]string{
	"alternatives": {
		"what else could we do", "any other options besides a restart", "is there a plan b", "what other fixes did you look at", "why not just restart it",
		"why didn't you roll back", "why a rollback and not a restart", "what were the runners up", "what did you reject", "give me the other choices",
		"anything less drastic we can do", "is there something safer", "cheaper option?", "what was your second choice", "what are my options here",
		"list the options for glue:job/orders_etl", "do i have another choice", "instead of scaling up what could we do", "how else can this be fixed",
		"which other actions did you consider", "got anything better", "what other levers do we have",
		"would you have picked something else with more data", "could we have gone with something gentler", "what came second",
		"list everything you could do about inc-0003", "do we have any other moves", "what else was on the table", "why remap and not retry",
		"what were you choosing between", "is there really no other option", "anything short of a rollback", "tell me the next best fix for inc-0003",
		"were there cheaper things to try", "how about something less invasive", "so what else have you got",
	},
	"what_if": {
		"what if we just retry", "what happens if i restart the worker", "would a retry help", "will rolling back fix it",
		"suppose i restart etl-worker-2, what then", "if i approve this what happens", "what if nobody does anything", "what happens if we leave it",
		"odds of a restart working", "what are the chances a retry fixes glue:job/orders_etl", "how likely is it that scaling up helps",
		"would it make a difference to give it more memory", "what would you do if a deploy had happened today",
		"if there had been a deploy today would you roll back", "is it worth retrying", "can i get away with doing nothing",
		"what breaks if i cancel this", "say we roll back the model, does it recover", "would more workers have helped",
		"what do we lose if i quarantine the table", "would bumping memory do the trick", "how much would a restart buy us",
		"what does approving ap-0002 do", "will it recover if we wait", "and if the retry fails", "could a restart make it worse",
		"how would things look if the column had not been renamed", "any harm in just retrying", "do I lose data if I roll back",
		"what would happen to the warehouse if I stop orders_etl", "does it get worse if we sit on it", "chances that a rerun gets us through the night",
		"what if the column comes back", "suppose nobody approves by six", "would you still remap if there was no schema change",
		"will restarting etl-worker-1 lose anything", "if I kill it now what's lost", "is retrying pointless", "imagine I roll back fraud-scorer",
	},
}

// trackRecord are questions after how well Pipewright does in general, and some close to them.
var trackRecord = map[string][]string{
	"policy": {
		"how sure are you usually", "how certain are you in general", "how confident are you normally", "how often are you right",
		"how often are you wrong", "can I trust your odds", "can we trust these numbers", "do your odds hold up", "are your predictions any good",
		"how accurate are you", "how good are your guesses", "are you usually right", "how well calibrated are you", "how reliable are you",
		"how often were your predictions off", "what is your hit rate", "what's your track record",
	},
	"diagnose": {
		"how sure are you", "how sure are you about incident 3", "are you sure", "how certain is the cause of orders_etl",
	},
	"count": {
		"how often did you restart something in the past 24h",
	},
	"status": {
		"is the warehouse reliable",
	},
}

func TestWhatElseAndWhatIf(t *testing.T) {
	for _, table := range []map[string][]string{otherwise, trackRecord} {
		for intent, texts := range table {
			for _, text := range texts {
				means(t, nil, text, pipewright.Intent(intent))
			}
		}
	}
}

func TestAlternativesAreListedBestFirst(t *testing.T) {
	s := newShop(nil)
	weighed := &s.incidents[2]
	assert.Equal(t, "inc-0003", weighed.ID)
	at := func(kind pipewright.ActionKind, recovery float64, why string) pipewright.Alternative {
		return pipewright.Alternative{Action: pipewright.Action{Kind: kind, Target: weighed.Resource}, Odds: &pipewright.Odds{Recovery: recovery, Low: recovery / 2, High: recovery}, Why: why}
	}
	weighed.Decision.Alternatives = append(weighed.Decision.Alternatives, at("glue.scale_up", 0.02, ""), at("glue.restart", 0.4, "predicted recovery 0.40 (0.20 to 0.40), harm 0.02"),
		at("glue.a", 0.03, ""), at("glue.b", 0.04, ""), at("glue.c", 0.05, ""), at("glue.d", 0.06, ""))
	a := ask1(t, s, "what else could we do about inc-0003")
	assert.Regexp(t, `(?s)instead: glue.restart on \S+, predicted recovery 0.40 \(0.20 to 0.40\), harm 0.02 .*instead: glue.retry`, a.Answer)
	assert.Contains(t, a.Answer, "and 2 more, none predicted over 0.03")
	assert.NotContains(t, a.Answer, "glue.scale_up")
}

func TestWhatComesOfAYesAndOfNothing(t *testing.T) {
	for text, says := range map[string]string{
		"what happens if I approve it":         "With your approval of ap-0002, postgres.remap runs on postgres:table/shop.orders (R2), predicted 0.87",
		"what happens if nobody does anything": "If nobody approves it, nothing runs in inc-0003: ap-0002 ends as denied",
		"what if we leave inc-0001":            "inc-0001 is over (closed): there is nothing to do",
	} {
		assert.Contains(t, ask1(t, newShop(nil), text).Answer, says, text)
	}
}
