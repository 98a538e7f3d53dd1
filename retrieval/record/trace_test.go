package record

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAQuickLookMissesNoNameOfAnError(t *testing.T) {
	require.True(t, mayNameError("java.lang.OutOfMemoryError: heap"))
	require.False(t, mayNameError("081109 INFO Received block"))
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.SampledFrom(errorKinds), rapid.StringMatching(`[a-zA-Z_$./0-9: é]{0,4}`))
		line := rapid.StringOfN(rapid.Rune(), 0, 3, -1).Draw(t, "odd")
		if rapid.Bool().Draw(t, "plain") {
			line = ""
		}
		for _, p := range rapid.SliceOfN(part, 0, 6).Draw(t, "parts") {
			line += p
		}
		require.False(t, errorLine.MatchString(line) && !mayNameError(line), "%q", line)
	})
}
