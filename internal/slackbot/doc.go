// Package slackbot is Pipewright in Slack: the place where people ask, look and
// decide. It is a surface. Everything that a click or a word means becomes a
// pipewright.Request, which the loop checks again; questions go to an Asker; cards are
// views of journaled events.
//
// What always holds:
//   - A click, a command or a message is stored before Slack is told that it arrived,
//     and is handled once, however often Slack delivers it (inbox.go).
//   - What is said is stored before it is posted, and is posted once: after a crash,
//     the message is looked for in the channel before it is posted again (send.go).
//   - Who may approve is asked in one place, whether they click, type or use a
//     command (people.go). A button carries an approval's id and the hash of the
//     action that was shown, never the action.
//   - Text from outside is shown, not obeyed: mentions and links do not work in it,
//     and characters that cannot be seen are shown as escapes (text.go).
//   - What is shown of an answer on its way, and the answer, are versions of one message:
//     a restart in the middle goes on in it (progress.go, stream.go).
//   - Slack's limits are kept in one place (limits.go).
//
// cmd/pipewright runs a Bot beside the loop.
package slackbot
