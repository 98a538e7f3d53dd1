package slackbot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// modeBlocks says how far people let it go alone, where they said so.
func modeBlocks(changes []pipewright.ModeChange, f frame) []slack.Block {
	if len(changes) == 0 {
		return nil
	}
	lines := []string{"*Set by people, over the configuration*"}
	for _, c := range changes[:min(len(changes), 20)] {
		lines = append(lines, fmt.Sprintf("• %s: %s (%s, %s)", code(c.Scope()), plain(string(c.Rung)), plain(c.By), f.at(c.At)))
	}
	return []slack.Block{section(strings.Join(lines, "\n"))}
}
