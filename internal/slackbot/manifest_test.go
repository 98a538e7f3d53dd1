package slackbot

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The manifest asks for exactly the scopes that doctor checks, and subscribes to what
// the bot handles.
func TestTheManifestAsksForWhatTheBotNeeds(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/slack-manifest.yaml")
	require.NoError(t, err)
	var m struct {
		OAuth struct {
			Scopes struct {
				Bot []string `yaml:"bot"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
		Settings struct {
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
		} `yaml:"settings"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &m))
	asked := slices.Sorted(slices.Values(m.OAuth.Scopes.Bot))
	assert.Equal(t, slices.Sorted(slices.Values(Scopes)), asked)
	assert.ElementsMatch(t, []string{"app_home_opened", "app_mention", "app_uninstalled", "assistant_thread_context_changed", "assistant_thread_started",
		"message.channels", "message.groups", "message.im", "reaction_added", "tokens_revoked"}, m.Settings.Events.Bot)
	for call, scope := range scopeOf {
		if call != "apps.connections.open" { // that is the other token's
			assert.Contains(t, asked, scope, call)
		}
	}
}
