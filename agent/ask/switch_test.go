package ask_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// switching are sentences that must and that must not pause or resume healing. They were
// written down before the grammar of it.
var switching = map[string][]string{
	"pause": {
		"pause", "pause healing", "pause healing for the warehouse until 6pm", "stop healing", "stop everything", "stop all automatic actions",
		"please stop acting on your own", "freeze all actions", "hands off the warehouse", "don't touch anything",
		"do not touch glue:job/orders_etl until tomorrow", "leave the warehouse alone until 6pm", "hold off on everything for an hour",
		"hit the kill switch", "turn off auto healing", "disable healing for redshift:cluster/warehouse", "no more actions tonight",
		"back off, we're doing maintenance", "suspend automation for 2 hours", "can you pause please", "quit restarting things", "emergency stop",
		"pls stop", "STOP", "freeze", "don't do anything until I'm back", "stop touching my cluster", "no automatic restarts until monday please",
		"quit it", "kill switch", "leave orders_etl to me", "hold everything", "stand down", "put healing on hold", "turn yourself off for an hour",
		"put the warehouse on ice", "no healing please until noon", "halt all automation", "do not restart anything tonight",
	},
	"resume": {
		"resume", "resume healing", "unpause", "you can heal again", "start healing again", "carry on", "turn healing back on", "enable healing again",
		"re-enable auto healing for the warehouse", "lift the pause", "you may act again", "go back to healing", "continue healing",
		"maintenance is over, you can continue", "switch healing back on for redshift:cluster/warehouse", "release the kill switch",
		"you're free to act again", "unfreeze the warehouse", "healing back on please", "resume everything", "undo the pause",
		"take the warehouse off hold", "let it heal again", "take healing off pause", "you can touch orders_etl again", "pick up where you left off",
		"go on, healing can continue",
	},
	"neither": {
		"is the warehouse on hold", "put it on hold?", "what is on hold", "who put the warehouse on hold", "let me see it again", "let the retry work again", "keep an eye on the warehouse", "drop the table", "no more errors please",
		"no restart happened", "is it off hold", "did you get it off hold", "nothing else to do", "free disk on etl-worker-1", "no action was taken", "do not do anything stupid", "stop, what is wrong now", "hold on a second",
		"how reliable are you", "how sure are you usually", "are you paused", "is healing paused", "is anything paused right now", "who paused healing",
		"why did you stop", "why did the orders dag stop", "when did healing resume", "when was it paused", "what happens if i pause",
		"what does pause do", "how do i pause you", "how do I resume healing", "did the dag resume after the outage", "has replication stopped",
		"did the job stop on its own", "what stopped the load", "the pipeline stopped at 3", "glue:job/orders_etl stopped working",
		"orders keeps stopping", "is it safe to continue", "how long until it continues", "do you heal on your own", "how often do you act alone",
		"what do you do automatically", "which actions are automatic", "why didn't you touch the warehouse", "don't you think it is the network",
		"can you heal", "will it start again by itself", "did someone turn off the worker", "what turned off the alert", "is the kill switch on",
		"how many actions did you hold off on", "why is dms:task/shop_cdc paused", "list paused dags", "what did you leave alone", "are you still healing",
		"what is frozen", "is there a change freeze", "what went on during the freeze", "why do you keep restarting it",
		"how many restarts before you back off", "should i pause it", "would pausing help", "did anyone approve the resume", "carry on how exactly",
		"the load resumed at 4, why", "how do we resume after an outage", "has anyone paused the dag", "who hit the kill switch",
		"when did you stop healing", "the job froze at 3am", "why is it on hold", "did orders resume", "does a pause cancel what is running",
		"what happens to open approvals when I pause", "what stopped", "why did everything stop", "the stop button is gone",
		"orders_etl stops every night", "when will it start again", "should we freeze deploys", "tell me when healing resumes",
		"how long has it been paused", "the log says stop everything", "are you reliable enough to leave alone", "what puts a dag on hold",
		"was it paused for long", "do you stop when I say stop", "is the load halted", "has anything been frozen since noon", "nobody told it to stop",
		"who can resume you", "can it be resumed", "how come it stopped by itself", "when we pause does the alert go too",
	},
}

func TestOnlyAnOrderMovesTheSwitch(t *testing.T) {
	for want, texts := range switching {
		for _, text := range texts {
			s := newShop(nil)
			a, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", Thread: "t", Surface: "chat", At: now})
			require.NoError(t, err)
			if want == "neither" {
				assert.NotContains(t, []pipewright.Intent{"pause", "resume"}, a.Intent, "%s: %s", text, a.Answer)
				assert.Empty(t, s.requests, text)
				continue
			}
			assert.Equal(t, pipewright.Intent(want), a.Intent, "%s: %s", text, a.Answer)
		}
	}
}

func TestAStopThatNamesNothingStopsEverything(t *testing.T) {
	for _, text := range []string{"pause", "STOP", "emergency stop", "kill switch"} {
		s := newShop(nil)
		for _, say := range []string{"how is orders_etl doing", text} {
			_, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: say, Asker: "kim", Thread: "t", Surface: "chat", At: now})
			require.NoError(t, err)
		}
		require.Len(t, s.requests, 1, text)
		assert.Equal(t, pipewright.RequestPause, s.requests[0].Kind)
		assert.Empty(t, s.requests[0].Resource, "%s stops everything, not what was spoken of", text)
	}
}
