package slackfake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	button := func(label, value, id string) string {
		return fmt.Sprintf(`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":%q},"value":%q,"action_id":%q}]}`, label, value, id)
	}
	for name, c := range map[string]struct{ blocks, want string }{
		"a section at its limit":    {`{"type":"section","text":{"type":"mrkdwn","text":"` + long(3000) + `"}}`, ""},
		"a section beyond it":       {`{"type":"section","text":{"type":"mrkdwn","text":"` + long(3001) + `"}}`, "3001 characters"},
		"an empty section":          {`{"type":"section","text":{"type":"mrkdwn","text":""}}`, "0 characters"},
		"a section with nothing":    {`{"type":"section"}`, "has no text"},
		"a long header":             {`{"type":"header","text":{"type":"plain_text","text":"` + long(151) + `"}}`, "151 characters"},
		"a header of mrkdwn":        {`{"type":"header","text":{"type":"mrkdwn","text":"x"}}`, `of the type "mrkdwn"`},
		"a button":                  {button("Go", "v", "a"), ""},
		"a long label":              {button(long(76), "v", "a"), "76 characters"},
		"a long value":              {button("Go", long(2001), "a"), "2001 characters"},
		"a button without an id":    {button("Go", "v", ""), "action id has 0"},
		"eleven parts of a context": {`{"type":"context","elements":[` + strings.Repeat(`{"type":"mrkdwn","text":"x"},`, 10) + `{"type":"mrkdwn","text":"x"}]}`, "11 parts"},
		"the same id twice":         {`{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}`, "occurs twice"},
		"an unknown block":          {`{"type":"hologram"}`, "no known type"},
		"fifty-one blocks":          {strings.Repeat(`{"type":"divider"},`, 50) + `{"type":"divider"}`, "51 blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			var blocks []any
			require.NoError(t, json.Unmarshal([]byte("["+c.blocks+"]"), &blocks))
			found := strings.Join(Limits(blocks, 50), "\n")
			if c.want == "" {
				assert.Empty(t, found)
				return
			}
			assert.Contains(t, found, c.want)
		})
	}
}
