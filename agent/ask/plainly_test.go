package ask_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestOnlyAPlainSentenceOfConsentApproves(t *testing.T) {
	plain := []string{
		"approve ap-0002", "I approve ap-0002", "ok approve ap-0002 now", "ap-0002: approve", "please approve the remap", "approve inc-0003", "approved: ap-0002",
		"ap-0002 looks good to me, ship it", "you have my approval for ap-0002", "thumbs up for ap-0002", "all right then, approve ap-0002", "you can go ahead with ap-0002",
		"approve ap-0002 because the rename is wanted", "approve ap-0002 and tell me when it'll be done", "approve ap-0002. also what changed today?", "> why not?\napprove ap-0002",
	}
	none := map[string][]string{
		"a condition":      {"approve ap-0002 if dana agrees", "approve ap-0002, but only if it is R1", "approve ap-0002 provided nobody objects", "approve ap-0002 assuming it is safe", "approve ap-0002 pending dana's ok", "approve ap-0002 unless it is late"},
		"another time":     {"approve ap-0002 tomorrow", "approve ap-0002 at 6pm", "approve ap-0002 later", "approve ap-0002 in an hour", "approve ap-0002 after the backup", "approve ap-0002 as soon as the backup is there", "approve ap-0002 once the run is over"},
		"a report":         {"I approved ap-0002", "dana approved ap-0002", "he approved ap-0002 already", "i approved ap-0002 yesterday, did it run?", "somebody approved ap-0002, right?"},
		"a doubt":          {"I might approve ap-0002", "I would approve ap-0002", "I'm about to approve ap-0002", "approve ap-0002, just kidding", "approve ap-0002? hmm", "approve ap-0002?", "approve ap-0002 or deny it?"},
		"how it is done":   {"how do I approve ap-0002", "type approve ap-0002 to approve", "who told you to approve ap-0002", "remind me to approve ap-0002", "did you want me to approve ap-0002"},
		"somebody else":    {"dana: approve ap-0002", "only dana may approve ap-0002", "@dana approve ap-0002", "can you approve ap-0002 for me dana"},
		"too much":         {"oh great, sure, approve everything, what could go wrong", "approve all", "approve any of them", "approve whatever", "approve ap-0002 ap-0009"},
		"nothing":          {"approve none of them", "approve nothing", "nobody should approve ap-0002", "hold off on approving ap-0002"},
		"a flood":          {strings.Repeat("approve ", 100), "approve ap-0002 because" + strings.Repeat(" so", 2000) + " not"},
		"other words":      {"> approve ap-0002", "  &gt; approve ap-0002", "~approve ap-0002~", "`approve ap-0002`", "“approve ap-0002”", "> approve ap-0002\nsays dana"},
		"disguised":        {"do\u200bn't approve ap-0002", "\u0430pprove ap-0002", "ap\u200bprove ap-0002", "\u202eapprove ap-0002 ton od", "aprove ap-0002", "aWdub3Jl approve ap-0002"},
		"another language": {"no lo apruebes todavía", "genehmige ap-0002 noch nicht", "n'approuve pas ap-0002"},
	}
	s := newShop(nil)
	filed := func(text string) []pipewright.Request {
		s.threads, s.requests = map[string][]byte{}, nil
		_, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", At: now})
		require.NoError(t, err)
		return s.requests
	}
	for _, text := range plain {
		got := filed(text)
		if assert.Len(t, got, 1, text) {
			assert.Equal(t, pipewright.RequestApprove, got[0].Kind, text)
		}
	}
	for why, texts := range none {
		for _, text := range texts {
			assert.Empty(t, filed(text), "%s: %s", why, text)
		}
	}
}
