package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSlack(t *testing.T) {
	const world = "systems:\n  plant:\n  - {name: p, url: 'http://127.0.0.1:1'}\nheal:\n  may_approve: [ana]\n"
	env := func(name string) string { return "secret-of-" + name }
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing said is no bot": {"", nil},
		"socket":                 {"slack: {channel: C1, bot_token: {env: B}, app_token: {env: A}, people: {U1: ana}}", nil},
		"http":                   {"slack: {mode: http, channel: C1, bot_token: {env: B}, signing_secret: {env: S}, listen: '127.0.0.1:9465'}", nil},
		"no tokens":              {"slack: {channel: C1}", []string{"slack.bot_token: refer to", "slack.app_token: Socket Mode needs"}},
		"no way to show charts":  {"slack: {channel: C1, bot_token: {env: B}, app_token: {env: A}, charts: ascii}", []string{"slack.charts: \"ascii\" is not auto, native, image or off"}},
		"no moment of the week":  {"slack: {channel: C1, bot_token: {env: B}, app_token: {env: A}, digest_at: monday}", []string{"slack.digest_at: \"monday\" is not a day and a time of day"}},
		"a name is no channel":   {"slack: {channel: '#alerts', bot_token: {env: B}, app_token: {env: A}}", []string{"slack.channel: \"#alerts\" is not a channel's id"}},
		"a token in the file":    {"slack: {channel: C1, bot_token: xoxb-1, app_token: {env: A}}", []string{"slack.bot_token: a secret is never written"}},
		"a person who may nothing": {"slack: {channel: C1, bot_token: {env: B}, app_token: {env: A}, people: {U1: eve, ana: ana}}",
			[]string{"slack.people.U1: \"eve\" is not named in heal.may_approve", "slack.people.ana: \"ana\" is not a Slack user's id"}},
		"hours": {"slack: {channel: C1, bot_token: {env: B}, app_token: {env: A}, quiet_hours: [{start: late, length: 25h, days: [someday], allow: any}]}",
			[]string{"slack.quiet_hours[0].start", "slack.quiet_hours[0].days", "slack.quiet_hours[0].length", "slack.quiet_hours[0].allow"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, found := read([]byte(world+c.text), "/etc", env)
			lines := strings.Join(found.lines(), "\n")
			for _, want := range c.want {
				assert.Contains(t, lines, want)
			}
			if c.want == nil {
				require.Empty(t, found.lines())
				assert.Equal(t, c.text != "", cfg.Slack.On())
			}
			assert.NotContains(t, lines, "xoxb-1")
		})
	}
}
