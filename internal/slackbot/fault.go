package slackbot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// trouble is what a failed call of Slack means for what was to be done.
type trouble string

const (
	none      trouble = ""
	limited   trouble = "limited"   // too many calls: nothing happened, wait
	uncertain trouble = "uncertain" // it may have happened
	refused   trouble = "refused"   // nothing happened, and nothing will until somebody changes something
	gone      trouble = "gone"      // the message or thread is not there any more
	malformed trouble = "malformed" // Slack does not take this message
	expired   trouble = "expired"   // too late for this one
)

// troubles says what Slack's error codes mean.
var troubles = map[string]trouble{
	"message_not_found": gone, "cant_update_message": gone, "edit_window_closed": gone, "thread_not_found": gone,
	"invalid_blocks": malformed, "invalid_blocks_format": malformed, "msg_too_long": malformed, "msg_blocks_too_long": malformed,
	"no_text": malformed, "invalid_arguments": malformed, "invalid_metadata_format": malformed, "metadata_too_large": malformed,
	"invalid_thread_ts": gone, "cannot_reply_to_message": gone,
	"expired_trigger_id": expired, "exchanged_trigger_id": expired, "invalid_trigger_id": expired, "hash_conflict": expired, "not_found": gone,
	"ratelimited": limited, "rate_limited": limited, "message_limit_exceeded": limited,
	"internal_error": uncertain, "fatal_error": uncertain, "service_unavailable": uncertain, "request_timeout": uncertain,
}

// judge says what an error of Slack means, and for a limit how long to wait.
func judge(err error) (t trouble, wait time.Duration) {
	if err == nil {
		return none, 0
	}
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return limited, max(e.RetryAfter, time.Second)
	}
	if c := codeOf(err); c != "" {
		if t, ok := troubles[c]; ok {
			return t, 30 * time.Second
		}
		return refused, time.Minute
	}
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok && e.Code < http.StatusInternalServerError {
		return refused, time.Minute
	}
	return uncertain, 0
}

func codeOf(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}

// sentence says in one sentence what is wrong and what to do.
func sentence(call, channel string, err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		switch e.Err {
		case "missing_scope":
			needed := e.Needed
			if needed == "" {
				needed = scopeOf[call]
			}
			return fmt.Sprintf("the Slack app lacks the scope %s for %s: add it under OAuth & Permissions and reinstall the app", needed, call)
		case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "invalid_token":
			which := "slack.bot_token"
			if call == "apps.connections.open" {
				which = "slack.app_token"
			}
			return fmt.Sprintf("Slack refuses the token (%s): reinstall the app and renew %s", e.Err, which)
		case "not_allowed_token_type":
			return fmt.Sprintf("%s was called with the wrong kind of token: slack.app_token begins with xapp-, slack.bot_token with xoxb-", call)
		case "is_archived":
			return fmt.Sprintf("the channel %s is archived: unarchive it, or name another in the section slack", channel)
		case "channel_not_found":
			return fmt.Sprintf("there is no channel %s, or the bot cannot see it: check its id in the section slack and invite the bot", channel)
		case "not_in_channel":
			return fmt.Sprintf("the bot is not in the channel %s: invite it there with /invite", channel)
		case "restricted_action", "posting_to_channel_denied", "ekm_access_denied", "team_access_not_granted":
			return fmt.Sprintf("the workspace does not let the bot use %s in %s (%s): ask its administrator", call, channel, e.Err)
		}
		return fmt.Sprintf("Slack refuses %s: %s", call, e.Err)
	}
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return fmt.Sprintf("Slack takes no more calls of %s for %s", call, e.RetryAfter)
	}
	return fmt.Sprintf("%s did not get through: %s", call, unquoted(err))
}

// unquoted is an error's text without addresses, which may hold a ticket.
func unquoted(err error) string {
	if u := errors.Unwrap(err); u != nil && strings.Contains(err.Error(), "://") {
		return unquoted(u)
	}
	text := err.Error()
	if strings.Contains(text, "://") {
		return "the network failed"
	}
	return text
}

// scopeOf names the scope of a call, for when Slack does not.
var scopeOf = map[string]string{
	"chat.startStream": "chat:write", "chat.appendStream": "chat:write", "files.getUploadURLExternal": "files:write",
	"assistant.threads.setSuggestedPrompts": "assistant:write", "assistant.threads.setStatus": "assistant:write", "assistant.threads.setTitle": "assistant:write",
	"chat.postMessage": "chat:write", "chat.update": "chat:write", "chat.postEphemeral": "chat:write",
	"conversations.history": "channels:history", "conversations.replies": "channels:history", "conversations.info": "channels:read",
	"users.info": "users:read", "usergroups.users.list": "usergroups:read", "files.upload": "files:write",
	"apps.connections.open": "connections:write",
}

// health keeps what is wrong with each call, so that it is said once.
type health struct {
	mu    sync.Mutex
	wrong map[string]string // call and channel: the sentence
}

// note records how a call went. A new fault is logged once, and once more when it is
// over. It returns the error as one sentence, or nil.
func (b *Bot) note(ctx context.Context, call, channel string, err error) error {
	if err != nil && ctx.Err() != nil {
		return err
	}
	key, say := call+" "+channel, ""
	if t, _ := judge(err); err != nil && t != gone && t != expired {
		say = sentence(call, channel, err)
	}
	b.health.mu.Lock()
	was := b.health.wrong[key]
	if b.health.wrong == nil {
		b.health.wrong = map[string]string{}
	}
	b.health.wrong[key] = say
	b.health.mu.Unlock()
	switch {
	case say != "" && say != was:
		b.log.Warn("slack: " + say)
	case say == "" && was != "" && err == nil:
		b.log.Info("slack: " + call + " works again")
	}
	if err == nil {
		return nil
	}
	return callFault{say: sentence(call, channel, err), err: err}
}

// callFault is a failed call as a sentence, with Slack's own error beneath.
type callFault struct {
	say string
	err error
}

func (f callFault) Error() string { return f.say }
func (f callFault) Unwrap() error { return f.err }

// Faults lists what is wrong with Slack now, one sentence each.
func (b *Bot) Faults() []string {
	b.health.mu.Lock()
	defer b.health.mu.Unlock()
	var out []string
	for _, call := range sortedKeys(b.health.wrong) {
		if say := b.health.wrong[call]; say != "" {
			out = append(out, say)
		}
	}
	return out
}
