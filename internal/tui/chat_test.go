package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestOneKeyAndEnterApproveExactlyWhatWasShown(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("a")
	assert.Contains(t, w.screen(), "Enter approves exactly this ("+approval().ActionHash[:8]+") as ana")
	w.press("enter")
	require.Len(t, w.desk.filed, 1)
	rq := w.desk.filed[0]
	assert.Equal(t, pipewright.RequestApprove, rq.Kind)
	assert.Equal(t, "ap-0001", rq.Approval)
	assert.Equal(t, approval().ActionHash, rq.ActionHash)
	assert.Empty(t, w.asker.asked, "an approval is no question")

	w.press("a", "enter")
	assert.Len(t, w.desk.filed, 1, "nothing is said twice while the loop is silent")
	rq.OK, rq.Result = true, "approved: postgres.remap on postgres:table/shop.orders"
	w.see(Sight{Seq: 31, Running: true, Settled: []pipewright.Request{rq}})
	assert.Contains(t, w.screen(), "✔ approved: postgres.remap")
}

func TestWordsThatBeginLikeAKeyAreWords(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("any incidents?", "enter", "do they fail?", "enter")
	assert.Empty(t, w.desk.filed)
	require.Len(t, w.asker.asked, 2)
	assert.Equal(t, "any incidents?", w.asker.asked[0].Text)

	w.press("a", "esc", "enter")
	assert.Empty(t, w.desk.filed, "Esc takes it back")
	w.m.Update(tea.PasteMsg{Content: "a"})
	w.press("enter")
	assert.Empty(t, w.desk.filed, "what is pasted decides nothing")
}

func TestAKeyDecidesAboutWhatWasOnTheScreenOrNothing(t *testing.T) {
	for name, change := range map[string]func(*Sight){
		"other arguments by now": func(s *Sight) { s.Waiting[0].ActionHash = "other" },
		"no longer there":        func(s *Sight) { s.Waiting = nil },
		"expired":                func(s *Sight) { s.Now = at.Add(time.Hour) },
		"for somebody else":      func(s *Sight) { s.Waiting[0].MayApprove = []string{"ben"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 80, 24)
			s := sight()
			if name == "for somebody else" {
				change(&s)
			}
			w.see(s)
			w.press("a")
			next := sight()
			change(&next)
			next.Incidents = nil
			w.see(next)
			w.press("enter")
			assert.Empty(t, w.desk.filed)
			assert.Contains(t, w.screen(), "✖")
		})
	}
}

func TestTheApprovalOnTheScreenStaysWhenAnotherComes(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("a")
	earlier := approval()
	earlier.ID, earlier.ActionHash = "ap-0000", "else"
	next := sight()
	next.Waiting = []pipewright.Approval{earlier, approval()}
	w.see(next)
	assert.Contains(t, w.screen(), "? ap-0001 waits for you")
	w.press("enter")
	require.Len(t, w.desk.filed, 1)
	assert.Equal(t, "ap-0001", w.desk.filed[0].Approval)
	w.press("tab")
	assert.Contains(t, w.screen(), "? ap-0000 waits for you")
}

func TestADenialTakesAReason(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("d", "enter", "not on a Friday", "enter")
	require.Len(t, w.desk.filed, 1)
	assert.Equal(t, pipewright.RequestDeny, w.desk.filed[0].Kind)
	assert.Equal(t, "not on a Friday", w.desk.filed[0].Reason)
	assert.Empty(t, w.asker.asked)
}

func TestCommandsFileWhatSlackFiles(t *testing.T) {
	for line, want := range map[string]pipewright.Request{
		"/approve":                          {Kind: pipewright.RequestApprove, Approval: "ap-0001"},
		"/approve inc-0003":                 {Kind: pipewright.RequestApprove, Approval: "ap-0001"},
		"/deny ap-0001 because it is late":  {Kind: pipewright.RequestDeny, Approval: "ap-0001", Reason: "it is late"},
		"/undo inc-0002":                    {Kind: pipewright.RequestUndo, Incident: "inc-0002"},
		"/pause":                            {Kind: pipewright.RequestPause},
		"/pause glue:job/orders_etl for 1h": {Kind: pipewright.RequestPause, Resource: "glue:job/orders_etl", Until: at.Add(65 * time.Minute)},
		"/pause for 30m":                    {Kind: pipewright.RequestPause, Until: at.Add(35 * time.Minute)},
		"/resume glue:job/orders_etl":       {Kind: pipewright.RequestResume, Resource: "glue:job/orders_etl"},
		"/feedback inc-0002 wrong":          {Kind: pipewright.RequestFeedback, Incident: "inc-0002", Reason: "wrong"},
	} {
		t.Run(line, func(t *testing.T) {
			w := newWorld(t, 80, 24)
			w.see(sight())
			w.press(line, "enter")
			require.Len(t, w.desk.filed, 1)
			got := w.desk.filed[0]
			assert.Equal(t, want, pipewright.Request{Kind: got.Kind, Approval: got.Approval, Incident: want.Incident, Resource: resourceOf(got), Until: got.Until, Reason: got.Reason})
		})
	}
}

// resourceOf leaves out the resource of an approval, which is there for the journal.
func resourceOf(rq pipewright.Request) pipewright.ResourceID {
	if rq.Approval != "" {
		return ""
	}
	return rq.Resource
}

func TestCommandsThatMakeNoSenseFileNothingAndSayWhy(t *testing.T) {
	for line, want := range map[string]string{
		"/approve ap-0009":           "nothing waits under ap-0009; these wait: ap-0001",
		"/approve ap-0001 not yet":   "nothing was approved",
		"/undo inc-0099":             "there is no inc-0099",
		"/pause glue:job/nothing":    "glue:job/nothing was never observed",
		"/edit ap-0001 nothing=1":    "none of the arguments",
		"/feedback inc-0002":         "say right, wrong, or the cause",
		"/snooze inc-0002 for a bit": "no time to snooze",
		"/nonsense":                  "there is no /nonsense",
		"/why inc-0099":              "there is no inc-0099",
		"/mode everything":           "give a fault class, an action and a rung",
		"/mode nonsense glue.* ask":  "nonsense",
	} {
		t.Run(line, func(t *testing.T) {
			w := newWorld(t, 120, 40)
			w.see(sight())
			w.press(line, "enter")
			assert.Empty(t, w.desk.filed)
			assert.Contains(t, strings.Join(strings.Fields(w.m.Transcript(200)), " "), want)
		})
	}
}

func TestAModeIsARequestToo(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("/mode transient_network glue.* ask", "enter")
	require.Len(t, w.desk.filed, 1)
	assert.Equal(t, pipewright.RequestMode, w.desk.filed[0].Kind)
	assert.Equal(t, pipewright.AskRung, w.desk.filed[0].Mode.Rung)
}

func TestEditingArgumentsProposesAnewAndRefusesTheOld(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	cmd := w.m.command("edit", "ap-0001 mapping=id")
	require.NotNil(t, cmd)
	assert.Equal(t, pipewright.RequestDeny, w.m.sent["ap-0001"])
	assert.Equal(t, "id, paid_at=settled_at", w.m.sight.Waiting[0].Action.Args["mapping"], "what waits is left as it is")
}

func TestQuestionsAndPromptsReachTheAsker(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("/rca glue:job/orders_etl since=2h", "enter", "/why inc-0002", "enter", "/policy", "enter", "?", "enter")
	var asked []string
	for _, q := range w.asker.asked {
		asked = append(asked, q.Text)
		assert.Equal(t, "ana", q.Asker)
	}
	assert.Equal(t, []string{"why did it fail?", "explain inc-0002", "what may you do alone?", "explain inc-0003"}, asked)
	assert.Equal(t, "root-cause", w.asker.asked[0].Template)
}

func TestSomebodyElsesAlertIsMaterial(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.m.Update(tea.PasteMsg{Content: "/investigate [FIRING] orders_etl is late\napprove ap-0001"})
	w.press("enter", `/investigate disk "full" somewhere`, "enter")
	require.Len(t, w.asker.asked, 2)
	assert.Equal(t, "why did glue:job/orders_etl fail?", w.asker.asked[0].Text)
	assert.Equal(t, `what failed recently? "disk full somewhere"`, w.asker.asked[1].Text)
}

func TestAnAnswerShowsItsProgressAndCanBeStopped(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.see(Sight{Running: true})
	w.asker.hangs = true
	w.press("why?", "enter")
	n := w.m.asking.n
	w.m.Update(progressMsg{n: n, p: pipewright.Progress{Kind: pipewright.ProgressStep, Text: "search_logs on glue:job/orders_etl"}})
	w.m.Update(progressMsg{n: n, p: pipewright.Progress{Kind: pipewright.ProgressClaim, Text: "it ran out of memory [e1]"}})
	assert.Contains(t, w.screen(), "· search_logs on glue:job/orders_etl")
	assert.Contains(t, w.screen(), "it ran out of memory [e1]")
	w.press("ctrl+c")
	assert.Contains(t, w.screen(), "stopping…")
	w.m.Update(answerMsg{n: n, answer: pipewright.Answer{Answer: "too late"}})
	assert.Contains(t, w.screen(), "stopped")
	assert.NotContains(t, w.screen(), "too late")
	assert.Nil(t, w.m.asking)
}

func TestStoppingEndsTheContextOfTheQuestion(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.asker.hangs = true
	cmd := w.m.question("why?")
	batch, ok := cmd().(tea.BatchMsg)
	require.True(t, ok)
	w.m.stop()
	msg, ok := batch[0]().(answerMsg)
	require.True(t, ok)
	assert.Error(t, msg.err)
	assert.Nil(t, batch[1](), "who listened for progress ends too")
	w.m.Update(msg)
	assert.Contains(t, w.screen(), "stopped")
}

func TestProgressComesOutOfTheAsker(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.asker.tells = []pipewright.Progress{{Kind: pipewright.ProgressStep, Text: "read the logs"}}
	batch, ok := w.m.question("why?")().(tea.BatchMsg)
	require.True(t, ok)
	answer := batch[0]()
	_, next := w.m.Update(batch[1]())
	assert.NotNil(t, next)
	assert.Contains(t, w.screen(), "read the logs")
	w.m.Update(answer)
	assert.Contains(t, w.screen(), "orders failed [e1].")
	assert.NotContains(t, w.screen(), "read the logs")
}

func TestASecondQuestionIsAskedAfterTheFirst(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.asker.hangs = true
	w.press("one", "enter", "two", "enter")
	assert.Equal(t, 1, w.m.asked)
	w.m.Update(answerMsg{n: 1})
	assert.Equal(t, 2, w.m.asked)
	w.press("three", "enter", "esc", "esc")
	assert.Equal(t, 3, w.m.asked, "one that does not end is left behind for the next")
}

func TestEarlierLinesComeBack(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.press("one", "enter", "two", "enter", "dra", "up", "up")
	assert.Equal(t, "one", w.m.typed.text())
	w.press("up", "down", "down")
	assert.Equal(t, "dra", w.m.typed.text())
}

func TestTabCompletesNamesAndIDs(t *testing.T) {
	for typed, want := range map[string]string{
		"why did ec2":   "why did ec2:instance/etl-worker-1 ",
		"restart etl-w": "restart ec2:instance/etl-worker-1 ",
		"/appr":         "/approve ",
		"/approve ap":   "/approve ap-0001 ",
		"/rc":           "/rca ",
		"why glue":      "why glue:job/orders_",
		"nothing such":  "nothing such",
	} {
		w := newWorld(t, 80, 24)
		w.see(sight())
		w.press(typed, "tab")
		assert.Equal(t, want, w.m.typed.text(), typed)
	}
	w := newWorld(t, 80, 24)
	w.see(sight())
	w.press("glue", "tab", "tab")
	assert.Equal(t, "glue:job/orders_etl", w.m.typed.text())
	w.press("tab")
	assert.Equal(t, "glue:job/orders_backfill", w.m.typed.text())
}

func TestPastedLinesStayTogether(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.m.Update(tea.PasteMsg{Content: "why this?\r\nTraceback\n  File x"})
	assert.Empty(t, w.asker.asked, "a paste sends nothing")
	w.press("enter")
	require.Len(t, w.asker.asked, 1)
	assert.Equal(t, "why this?\nTraceback\n  File x", w.asker.asked[0].Text)
	w.m.Update(tea.PasteMsg{Content: strings.Repeat("x", maxTyped+5)})
	assert.Len(t, w.m.typed.text(), maxTyped)
}

func TestQuotedLinesAreSomebodyElsesWords(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.m.Update(tea.PasteMsg{Content: "> approve it"})
	w.press("enter")
	assert.Empty(t, w.asker.asked)
	w.m.Update(tea.PasteMsg{Content: "what does she mean?\n > approve it"})
	w.press("enter")
	require.Len(t, w.asker.asked, 1)
	assert.Equal(t, "what does she mean?", w.asker.asked[0].Text)
}

func TestEditingGoesByWhatAPersonSeesAsACharacter(t *testing.T) {
	w := newWorld(t, 80, 24)
	w.press("ne\u0301e漢", "backspace", "left", "backspace")
	assert.Equal(t, "ne", w.m.typed.text())
}

func TestNewsIsToldOnceAndASnoozeQuietsIt(t *testing.T) {
	w := newWorld(t, 100, 40)
	w.see(sight())
	closed := pipewright.Event{Seq: 31, At: at, Incident: "inc-0002", To: pipewright.Closed, Note: "it held"}
	w.see(Sight{Seq: 31, Running: true, Events: []pipewright.Event{closed}})
	w.see(Sight{Seq: 31, Running: true, Events: []pipewright.Event{closed}})
	assert.Equal(t, 1, strings.Count(w.m.Transcript(100), "it held"))
	w.press("/snooze inc-0003", "enter")
	w.see(Sight{Seq: 32, Running: true, Events: []pipewright.Event{{Seq: 32, At: at, Incident: "inc-0003", To: pipewright.Allowed}, {Seq: 33, At: at, Incident: "inc-0003", To: pipewright.Acting, Action: waitingIncident().Action}}})
	assert.NotContains(t, w.m.Transcript(100), "doing")
	assert.Equal(t, pipewright.Acting, w.m.all["inc-0003"].State, "the panel stays current")
}

func TestAStoreThatCannotBeReadIsSaidOnce(t *testing.T) {
	w := newWorld(t, 100, 40)
	w.see(sight())
	for range 3 {
		w.m.Update(sightMsg{err: pipewright.Errorf(pipewright.Unavailable, "disk gone")})
	}
	assert.Equal(t, 1, strings.Count(w.m.Transcript(100), "disk gone"))
	w.see(Sight{Seq: 31})
	assert.Contains(t, w.m.Transcript(100), "the store can be read again")
}
