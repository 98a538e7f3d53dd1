package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a conversation is about is who is answered what, where, and what may be pressed.
// Figures that follow from the catalogue, and the lists of what was ruled out or weighed
// beside it and what an edit took away, are there to be read and may move without
// anybody having to look.
var (
	aside   = regexp.MustCompile("^  \\| - |^  \\|[ +]+(?:Ruled out|Next most likely|instead:|• `\\w+`: |\\*Runner-up\\*|• \\[e[\\d, e]+\\]|\\*Ruled out\\*|\\w+: none of |\\w+: no .* change |\\w+: there is no )|^  \\|   \\{data_visualization\\}|^  \\|[ +]+`{3}$")
	figures = regexp.MustCompile(`\b\d\.\d+( \(\d\.\d+ to \d\.\d+\))?|\b\d+(\.\d+)? %|step \d+|\d+ calls|harm \d\.\d+|\[e\d+(, e\d+)*\]`)
)

func meaning(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if !aside.MatchString(line) {
			out = append(out, figures.ReplaceAllString(line, "#"))
		}
	}
	return strings.Join(out, "\n")
}

func TestFiguresMayMoveAndWordsMayNot(t *testing.T) {
	said := "  |   ap-0001 waits: glue.scale_up, predicted 0.66 (0.39 to 0.90) [e4].\n  |   Ruled out: x, because y."
	assert.Equal(t, meaning(said), meaning("  |   ap-0001 waits: glue.scale_up, predicted 0.7 (0.43 to 0.88) [e2].\n  |   Ruled out: z, because y."))
	assert.NotEqual(t, meaning(said), meaning(strings.ReplaceAll(said, "scale_up", "retry")))
	assert.NotEqual(t, meaning(said), meaning(strings.ReplaceAll(said, "ap-0001", "ap-0002")))
}
