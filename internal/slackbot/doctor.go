package slackbot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Check is the result of one call of Slack: what was called, and what came of it.
type Check struct {
	Call string
	Say  string
	Err  error
}

// Scopes are what the bot token needs; deploy/slack-manifest.yaml asks for them.
var Scopes = []string{
	"app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "chat:write.public", "commands", "files:write",
	"groups:history", "groups:read", "im:history", "im:read", "im:write", "reactions:read", "usergroups:read", "users:read",
}

// optional are scopes without which only something smaller is missing.
var optional = []string{"assistant:write", "chat:write.public", "groups:history", "groups:read", "reactions:read"}

// Doctor calls what the bot needs of Slack, changes nothing, and names what is missing.
func (b *Bot) Doctor(ctx context.Context) []Check {
	checks := []Check{b.checkToken(ctx)}
	if checks[0].Say == "" {
		return checks // no other call would get further
	}
	if b.cfg.Mode == Socket {
		_, _, err := b.api.StartSocketModeContext(ctx)
		checks = append(checks, result("apps.connections.open", "", "Socket Mode can be used", err))
	}
	channels := []string{b.cfg.Channel}
	for _, r := range b.cfg.Routes {
		if !slices.Contains(channels, r.Channel) {
			channels = append(channels, r.Channel)
		}
	}
	for _, c := range channels {
		checks = append(checks, b.checkChannel(ctx, c))
	}
	for _, g := range sortedKeys(b.cfg.Groups) {
		ids, err := b.api.GetUserGroupMembersContext(ctx, g)
		checks = append(checks, result("usergroups.users.list", g, fmt.Sprintf("%d people in %s", len(ids), g), err))
	}
	return checks
}

func result(call, channel, say string, err error) Check {
	c := Check{Call: strings.TrimSpace(call + " " + channel), Say: say}
	if err != nil {
		c.Err = pipewright.Errorf(pipewright.Unavailable, "%s", sentence(call, channel, err))
	}
	return c
}

// checkToken asks who the bot is and compares its scopes with those it needs.
func (b *Bot) checkToken(ctx context.Context) Check {
	var granted []string
	api := slack.New(b.cfg.BotToken, slack.OptionAPIURL(b.cfg.APIURL), slack.OptionHTTPClient(b.parts.HTTP))
	me, err := api.AuthTestContext(ctx)
	if err != nil {
		return result("auth.test", "", "", err)
	}
	if me.Header != nil {
		granted = strings.FieldsFunc(me.Header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	}
	c := Check{Call: "auth.test", Say: fmt.Sprintf("%s in %s", me.User, me.Team)}
	if len(granted) == 0 {
		return c
	}
	var missing, nice []string
	for _, s := range Scopes {
		switch {
		case slices.Contains(granted, s):
		case slices.Contains(optional, s):
			nice = append(nice, s)
		default:
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 {
		c.Err = pipewright.Errorf(pipewright.Denied, "the Slack app lacks the scopes %s: add them under OAuth & Permissions and reinstall the app", strings.Join(missing, ", "))
	}
	if len(nice) > 0 {
		c.Say += "; without " + strings.Join(nice, ", ") + " some things are left out"
	}
	return c
}

func (b *Bot) checkChannel(ctx context.Context, id string) Check {
	c, err := b.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	switch {
	case err != nil:
		return result("conversations.info", id, "", err)
	case c.IsArchived:
		return result("conversations.info", id, "", slack.SlackErrorResponse{Err: "is_archived"})
	case !c.IsMember:
		return result("conversations.info", id, "", slack.SlackErrorResponse{Err: "not_in_channel"})
	}
	return result("conversations.info", id, "#"+c.Name, nil)
}
