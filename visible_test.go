package pipewright_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"ordinary é 漢\tand\nline": "ordinary é 漢\tand\nline",
		"a\x1b[31mb":              `a\x1b[31mb`,
		"bidi \u202e x":           `bidi \u202e x`,
		"zero\u200bwidth":         `zero\u200bwidth`,
		"tag\U000E0041":           `tag\U000e0041`,
		"filler\u3164":            `filler\u3164`,
	} {
		assert.Equal(t, want, pipewright.Visible(in))
	}
	rapid.Check(t, func(t *rapid.T) {
		once := pipewright.Visible(rapid.String().Draw(t, "text"))
		assert.Equal(t, once, pipewright.Visible(once))
	})
}
