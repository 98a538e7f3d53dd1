package ask

import (
	"encoding/json"
	"maps"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// listen returns what takes a reply as it is written: each claim that is complete and
// holds against the evidence is shown at once. Nil when nobody looks on, or a second look
// could still take a claim away.
func (m *thought) listen() func(string) {
	if !m.shows() || m.limits.Review {
		return nil
	}
	var text strings.Builder
	shown := 0
	return func(delta string) {
		text.WriteString(delta)
		if !strings.Contains(delta, "}") {
			return
		}
		_, list, found := strings.Cut(text.String(), `"claims"`)
		if !found {
			return
		}
		for i, o := range objectsIn(list) {
			var c struct {
				Text     string   `json:"text"`
				Evidence []string `json:"evidence"`
			}
			if i < shown || json.Unmarshal([]byte(o), &c) != nil {
				continue
			}
			shown = i + 1
			left := maps.Clone(m.left) // counted when the whole answer is there
			for _, g := range m.supported([]draftClaim{{c.Text, c.Evidence}}) {
				m.report(pipewright.ProgressClaim, strings.TrimSuffix(g.text, ".")+".")
			}
			m.left = left
		}
	}
}
