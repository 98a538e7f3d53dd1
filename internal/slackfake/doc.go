// Package slackfake is a small workspace of Slack, for tests: the Web API with its
// state, Socket Mode and signed HTTP events, people who write, click and submit, and
// everything that goes wrong with Slack. It holds each message and view to Block
// Kit's limits with its own eyes: it imports nothing of ours and no Slack client.
package slackfake
