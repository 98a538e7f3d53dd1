package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Fence wraps text from outside so that a reader, a model too, can tell where it
// begins and ends. The mark derives from the text, so that no text can hold its
// own closing mark. Characters that do not show become escapes.
func Fence(from, text string) string {
	text = pipewright.Visible(text)
	sum := sha256.Sum256([]byte(from + "\x00" + text))
	mark := hex.EncodeToString(sum[:8])
	return fmt.Sprintf("<data from=%q mark=%s>\n%s\n</data mark=%s>", pipewright.Visible(from), mark, strings.TrimRight(text, "\n"), mark)
}
