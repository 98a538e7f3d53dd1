// Package tui is the conversation on a terminal: questions and streamed answers, the
// incidents as they go, and what waits for a person's word.
//
// It shows and it proposes. What a person decides here is filed as the same durable
// Request that every other surface files, bound to the hash of the action that was on
// the screen; the loop makes every check. Whatever came from outside is shown through
// pipewright.Visible, so that nothing reaches the terminal but text and our colours.
//
// A Model takes messages and yields a view: keys.go says what keys do, watch.go what a
// look at the store brings, talk.go how a question goes, and the view is put together in
// view.go from the panel, the conversation, what waits, and the line that is typed.
package tui
