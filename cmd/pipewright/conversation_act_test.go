package main

import (
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackfake"
)

// verbs are what can happen in a conversation: what a line looks like, and what it does.
var verbs = []struct {
	form *regexp.Regexp
	do   func(c *cast, m []string)
}{
	{regexp.MustCompile(`^time passes: (\S+)$`), (*cast).passing},
	{regexp.MustCompile(`^everything (comes twice|holds back|comes in disorder)$`), (*cast).trouble},
	{regexp.MustCompile(`^pipewright (stops|starts)$`), (*cast).life},
	{regexp.MustCompile(`^pipewright dies before it answers (\w+) (in #data|in the thread|under inc-\d+|directly): (.*)$`), (*cast).dies},
	{regexp.MustCompile(`^(\S+/\S+) logs: (.*)$`), (*cast).logs},
	{regexp.MustCompile(`^(\w+) leaves$`), (*cast).leaves},
	{regexp.MustCompile(`^(\w+) calls herself: (.*)$`), (*cast).renames},
	{regexp.MustCompile(`^(\w+) edits: (.*)$`), (*cast).edits},
	{regexp.MustCompile(`^(\w+) forwards (in #data|in the thread|under \S+|directly): (.*)$`), (*cast).forwards},
	{regexp.MustCompile(`^(\w+) (in #data|in the thread|under inc-\d+|directly): (.*)$`), (*cast).says},
	{regexp.MustCompile(`^(\w+) presses (an old )?([\w ]+) on (inc-\d+)$`), (*cast).presses},
	{regexp.MustCompile(`^(\w+) presses in home: (\S+)$`), (*cast).pressesHome},
	{regexp.MustCompile(`^(\w+) sends: (\w[\w.]*)=(.*)$`), (*cast).sends},
	{regexp.MustCompile(`^(\w+) commands: ?(.*)$`), (*cast).commands},
	{regexp.MustCompile(`^(\w+) uses the shortcut$`), (*cast).shortcut},
	{regexp.MustCompile(`^(\w+) reacts :([\w+-]+):$`), (*cast).reacts},
	{regexp.MustCompile(`^(\w+) opens home$`), (*cast).opens},
}

// act does what a line says, and lets the bot and then the loop have their turn.
func (c *cast) act(line string) {
	c.t.Helper()
	for _, v := range verbs {
		m := v.form.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		v.do(c, m)
		if strings.HasPrefix(line, "time passes") || strings.HasPrefix(line, "everything") || c.stop == nil {
			return
		}
		c.settle("slack.in", "slack.out")
		c.pass(tick)
		return
	}
	c.t.Fatalf("nobody knows how to: %s", line)
}

func (c *cast) passing(m []string) {
	d, err := time.ParseDuration(m[1])
	require.NoError(c.t, err)
	c.pass(d)
}

func (c *cast) trouble(m []string) {
	switch m[1] {
	case "comes twice":
		c.slack.Trouble(true, 0)
	case "holds back":
		c.held = true
		c.slack.Hold()
	default:
		c.held = false
		c.slack.Trouble(true, 7)
		c.slack.Release()
		c.settle("slack.in", "slack.out")
		c.pass(tick)
	}
}

func (c *cast) life(m []string) {
	if m[1] == "stops" {
		c.end()
		return
	}
	c.healer = c.newHealer()
	c.start()
}

// dies lets a question reach the asker, ends the bot and the loop there, and starts both again.
func (c *cast) dies(m []string) {
	c.gate.hang.Store(true)
	c.says(m)
	select {
	case <-c.gate.entered:
	case <-time.After(60 * time.Second):
		c.t.Fatal("the question never reached the asker")
	}
	c.end()
	c.healer = c.newHealer()
	c.start()
}

func (c *cast) logs(m []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := unescape(m[2])
	c.lines = append(c.lines, pipewright.LogLine{Resource: pipewright.ResourceID(m[1]), At: c.clock.plant().Add(time.Second), Level: pipewright.Err, Text: text})
}

// unescape lets a script write characters that do not show.
func unescape(text string) string {
	return strings.NewReplacer(`\n`, "\n", `\e`, "\x1b", `\rlo`, "\u202e", `\zw`, "\u200b", "@pipewright", "<@"+slackfake.BotUser+">").Replace(text)
}

func (c *cast) leaves(m []string) {
	c.slack.AddUser(slackfake.User{ID: c.id(m[1]), Name: m[1], Deleted: true})
}

func (c *cast) renames(m []string) {
	c.slack.AddUser(slackfake.User{ID: c.id(m[1]), Name: m[2]})
}

// where finds the channel and thread of "in #data", "in the thread", "under inc-0001" and "directly".
func (c *cast) where(user, said string) (channel, thread string) {
	switch {
	case said == "in #data":
		return "C1", ""
	case said == "directly":
		return "D" + user, ""
	case said == "in the thread":
		if c.last.thread != "" {
			return c.last.channel, c.last.thread
		}
		return c.last.channel, c.last.ts
	}
	card := c.card(strings.TrimPrefix(said, "under "))
	return card.Channel, card.TS
}

func (c *cast) says(m []string) {
	user := c.id(m[1])
	channel, thread := c.where(user, m[2])
	text := unescape(m[3])
	if long, n, ok := strings.Cut(text, " × "); ok && n == "40000" {
		text = strings.Repeat(long+" ", 40_000/(len(long)+1))
	}
	var more map[string]any
	if m[1] == "robot" {
		more = map[string]any{"bot_id": "B9", "subtype": "bot_message"}
	}
	ts := c.slack.SayWith(user, channel, thread, text, more)
	c.last = place{channel, ts, thread, text}
}

func (c *cast) forwards(m []string) {
	user := c.id(m[1])
	channel, thread := c.where(user, m[2])
	theirs, hers, _ := strings.Cut(unescape(m[3]), " // ")
	ts := c.slack.SayWith(user, channel, thread, hers, map[string]any{"attachments": []any{map[string]any{"is_msg_unfurl": true, "is_share": true, "text": theirs, "author_id": "UBEN"}}})
	c.last = place{channel, ts, thread, hers}
}

func (c *cast) edits(m []string) { c.slack.Edit(c.id(m[1]), c.last.channel, c.last.ts, unescape(m[2])) }

// buttons are the names that people see.
var buttons = map[string]string{"Approve": "pw1.approve", "Deny": "pw1.deny", "Edit": "pw1.edit", "Ask more": "pw1.more", "Alternatives": "pw1.alternatives",
	"Snooze": "pw1.snooze", "Undo": "pw1.undo", "Nonsense": "pw0.approve"}

func (c *cast) presses(m []string) {
	user, action, card := c.id(m[1]), buttons[m[3]], c.card(m[4])
	require.NotEmpty(c.t, action, "no button is called %s", m[3])
	switch {
	case m[3] == "Nonsense":
		c.slack.ClickOld(user, card, action, "approve inc-0001 at once")
	case m[2] != "":
		old, ok := c.asked[m[4]]
		require.True(c.t, ok, "%s never asked", m[4])
		c.slack.Click(user, old, action)
	default:
		c.slack.Click(user, card, action)
	}
}

func (c *cast) pressesHome(m []string) { c.slack.ClickHome(c.id(m[1]), m[2]) }

func (c *cast) sends(m []string) {
	all := c.slack.Modals()
	require.NotEmpty(c.t, all, "no form is open")
	field := "value"
	if m[2] == "reason" {
		field = "reason"
	}
	c.slack.Submit(c.id(m[1]), all[len(all)-1], map[string]map[string]string{m[2]: {field: unescape(m[3])}})
}

func (c *cast) commands(m []string) { c.slack.Slash(c.id(m[1]), "C1", unescape(m[2])) }

func (c *cast) shortcut(m []string) { c.slack.Shortcut(c.id(m[1]), c.last.channel, c.last.ts) }

func (c *cast) reacts(m []string) {
	c.slack.React(c.id(m[1]), c.last.channel, c.last.ts, m[2])
}

func (c *cast) opens(m []string) {
	c.homes[c.id(m[1])] = true
	c.slack.OpenHome(c.id(m[1]))
}
