package slackbot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/chart"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
)

// memory is a metric of four hours with its band.
func memory() pipewright.Chart {
	c := pipewright.Chart{Title: "memory", Resource: orders, Metric: "memory_percent", Unit: "%", Marks: []pipewright.Mark{{At: time.Unix(1_795_100_000, 0), Say: "opened"}}}
	for m := range 240 {
		v := 40 + float64(m%7)
		if m == 131 {
			v = 99
		}
		c.Points = append(c.Points, pipewright.Sample{At: time.Unix(1_795_100_000, 0).Add(time.Duration(m) * time.Minute), Value: v})
		c.Low, c.High = append(c.Low, 30), append(c.High, 55)
	}
	return c
}

func charted(p *slackbot.Parts) {
	p.Charts = func(context.Context, pipewright.Incident) ([]pipewright.Chart, error) {
		return []pipewright.Chart{memory()}, nil
	}
	p.Draw = func(c pipewright.Chart) ([]byte, error) { return chart.PNG(c, time.UTC) }
}

// answering answers every question with a chart.
type answering struct{}

func (answering) Ask(context.Context, pipewright.Question) (pipewright.Answer, error) {
	return pipewright.Answer{Answer: "memory peaked at 99 %", Charts: []pipewright.Chart{memory()}}, nil
}

func hasChart(m slackfake.Message) bool {
	return strings.Contains(fmt.Sprint(m.Blocks), "data_visualization")
}

// pictures are the PNG files in a channel, by name.
func (w *world) pictures(channel string) (names []string) {
	for _, m := range w.slack.Messages(channel) {
		for _, f := range m.Files {
			if strings.HasPrefix(f.Content, "\x89PNG") {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func TestACardAndAnAnswerCarryTheirChart(t *testing.T) {
	w := newWorld(t, nil)
	w.more, w.asker = charted, answering{}
	w.start()
	inc, _ := w.failure(1)
	card := w.card(inc)
	assert.True(t, hasChart(card))
	assert.Contains(t, fmt.Sprint(card.Blocks), "highest 99 % at", "in words, too; no peak is thinned away")
	ts := w.slack.Say(ana, "C1", "", "<@"+slackfake.BotUser+"> how is the memory?")
	assert.True(t, hasChart(w.saying("C1", ts, "peaked")))
	w.quiet()
	assert.Empty(t, w.pictures("C1"), "what is shown already is not uploaded")
}

func TestWhereSlackTakesNoChartsTheyAreUploadedAsPictures(t *testing.T) {
	w := newWorld(t, nil)
	w.more, w.asker = charted, answering{}
	w.slack.Charts(false)
	w.start()
	inc, _ := w.failure(1)
	card := w.card(inc)
	assert.False(t, hasChart(card))
	_, ok := card.Button("pw1.approve")
	assert.True(t, ok, "the rest of the card is there")
	w.until("the picture before", func() bool { return len(w.pictures("C1")) == 1 })
	require.Contains(t, w.pictures("C1")[0], "memory_percent-before")
	for _, m := range w.slack.Messages("C1") {
		if len(m.Files) > 0 {
			assert.Equal(t, card.TS, m.Thread, "in the thread of the card")
		}
	}
	w.quiet()
	tried := w.slack.Calls("chat.postMessage") + w.slack.Calls("chat.update")
	ts := w.slack.Say(ana, "C1", "", "<@"+slackfake.BotUser+"> how is the memory?")
	w.saying("C1", ts, "peaked")
	w.until("the picture of the answer", func() bool { return len(w.pictures("C1")) == 2 })
	assert.Equal(t, tried+1, w.slack.Calls("chat.postMessage")+w.slack.Calls("chat.update"), "what was refused once is not tried again")
	w.slack.Click(ana, w.card(inc), "pw1.approve")
	w.requested(1)
	w.loop()
	w.heals(1)
	w.until("the picture after", func() bool { return strings.Contains(strings.Join(w.pictures("C1"), " "), "memory_percent-after") })
	w.quiet()
	assert.Len(t, w.pictures("C1"), 3)
}

func TestChartsCanBePicturesOnlyOrNothing(t *testing.T) {
	for how, want := range map[slackbot.Charting]int{slackbot.ChartsImage: 1, slackbot.ChartsOff: 0} {
		w := newWorld(t, func(c *slackbot.Config) { c.Charts = how })
		w.more = charted
		w.start()
		inc, _ := w.failure(1)
		assert.False(t, hasChart(w.card(inc)))
		w.quiet()
		assert.Len(t, w.pictures("C1"), want, string(how))
		w.end()
	}
}

func TestAPictureWaitsForTheScopeThatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *slackbot.Config) { c.Charts = slackbot.ChartsImage })
	w.more = charted
	w.slack.Fail(slackfake.Fault{Method: "files.getUploadURLExternal", Code: "missing_scope"})
	w.slack.Fail(slackfake.Fault{Method: "files.completeUploadExternal", AfterEffect: true})
	w.start()
	w.failure(1)
	w.faulty("lacks the scope files:write for files.upload")
	w.until("the picture", func() bool { return len(w.pictures("C1")) == 1 })
	w.quiet()
	assert.Len(t, w.pictures("C1"), 1, "once, though nobody knew whether it went through")
}

func TestAStreamThatSlackTakesNoMoreCallsForWaits(t *testing.T) {
	w, s := newWorld(t, hasty), newSlow()
	w.asker = s
	w.slack.Fail(slackfake.Fault{Method: "chat.startStream", RetryAfter: 1})
	w.start()
	ts := w.slack.Say(ana, "C1", "", mention+"why did orders_etl fail?")
	w.faulty("takes no more calls of chat.startStream for 1s")
	close(s.end)
	w.saying("C1", ts, "the heap was full")
	w.quiet()
	assert.Len(t, w.slack.Thread("C1", ts), 1)
}
