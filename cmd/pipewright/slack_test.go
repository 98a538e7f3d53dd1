package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/slackfake"
)

// A plant breaks, the real loop asks in Slack, somebody approves by pressing the
// button, and the same card says how it went.
func TestAnIncidentThroughSlack(t *testing.T) {
	slack := slackfake.New()
	defer slack.Close()
	slack.AddUser(slackfake.User{ID: "UANA", Name: "ana"})
	slack.AddUser(slackfake.User{ID: "UEVE", Name: "eve"})
	secrets := func(name string) string {
		return map[string]string{"APP": slackfake.AppToken, "BOT": slackfake.BotToken}[name]
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var log safeBuffer
	p := program{in: strings.NewReader(""), out: io.Discard, err: &log, now: time.Now, env: secrets}
	where := freePort(t)
	ended := make(chan int, 2)
	go func() {
		ended <- run(ctx, p, []string{"plant", "--listen", where, "--speed", "300", "--faults", "10m", "--history", "6h"})
	}()
	config := keep(t, "pw.yaml", fmt.Sprintf(`
store: {path: pw.db}
listen: 127.0.0.1:0
poll: 200ms
heal: {may_approve: [ana], debounce: 15s, soak: 5m, approval_ttl: 12h, limits: {cooldown: 1s, per_hour: 100, at_once: 9, max_radius: 30}}
systems: {plant: [{name: shop, url: "http://%s"}]}
slack: {channel: C1, bot_token: {env: BOT}, app_token: {env: APP}, api_url: %q, people: {UANA: ana}}
`, where, slack.URL))
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", where)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 20*time.Second, 50*time.Millisecond)
	go func() { ended <- run(ctx, p, []string{"serve", "-c", config}) }()

	var card slackfake.Message
	report := func() string {
		var all []string
		for _, m := range slack.Messages("C1") {
			all = append(all, m.Thread+" "+m.Text)
		}
		return log.String() + "\n" + strings.Join(all, "\n")
	}
	if !soon(60*time.Second, func() bool {
		for _, m := range slack.Messages("C1") {
			if _, ok := m.Button("pw1.approve"); ok {
				card = m
				return true
			}
		}
		return false
	}) {
		t.Fatalf("nothing waits for a person:\n%s", report())
	}
	slack.Click("UEVE", card, "pw1.approve")
	ts := slack.Say("UEVE", "C1", "", "<@"+slackfake.BotUser+"> what incidents are open?")
	require.True(t, soon(20*time.Second, func() bool { return len(slack.Thread("C1", ts)) == 1 }), report())
	assert.Contains(t, slack.Thread("C1", ts)[0].Text, "inc-")
	memory := slack.Say("UEVE", "C1", "", "<@"+slackfake.BotUser+"> what was the memory of k8s:deployment/fraud-scorer in the last 2 hours?")
	require.True(t, soon(20*time.Second, func() bool { return len(slack.Thread("C1", memory)) == 1 }), report())
	assert.Contains(t, fmt.Sprint(slack.Thread("C1", memory)[0].Blocks), "data_visualization", "an answer about a metric has its chart")
	said := func(text string) func() bool {
		return func() bool {
			for _, m := range slack.Thread("C1", card.TS) {
				if strings.Contains(m.Text, text) {
					return true
				}
			}
			return false
		}
	}
	require.True(t, soon(20*time.Second, said("may not approve")), report())
	slack.Click("UANA", card, "pw1.approve")
	require.True(t, soon(20*time.Second, said("<@UANA>: approved")), report())
	require.True(t, soon(20*time.Second, said("doing")), report())
	leave()
	assert.Zero(t, <-ended)
	assert.Zero(t, <-ended)
	assert.Empty(t, slack.Violations())
	audit := say(t.Context(), "audit", "verify", "--db", filepath.Join(filepath.Dir(config), "pw.db"))
	assert.Zero(t, audit.code, audit.err)
}

func soon(d time.Duration, cond func() bool) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		if cond() {
			return true
		}
	}
	return false
}

// freePort is an address of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
