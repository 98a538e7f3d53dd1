package ask

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// groundedClaim is a sentence with the evidence that shows it.
type groundedClaim struct {
	text     string
	evidence []pipewright.Evidence
}

// mostClaims is how many sentences of the model are taken.
const mostClaims = 12

var (
	inlineRefs = regexp.MustCompile(`\s*[\[(]\s*e\d+(?:\s*[,;]\s*e\d+)*\s*[\])]`)
	evidenceID = regexp.MustCompile(`^\W*[eE]?(\d{1,4})\W*$`)
)

// supported keeps the claims that cite evidence which holds their numbers and names.
func (m *thought) supported(claims []draftClaim) []groundedClaim {
	var out []groundedClaim
	for _, c := range claims {
		text := strings.Join(strings.Fields(inlineRefs.ReplaceAllString(Visible(c.text), "")), " ")
		if text = firstLine(text, 400); text == "" {
			continue
		}
		cited := m.cites(append(slices.Clone(c.evidence), inlineIDs(c.text)...))
		switch {
		case len(cited) == 0:
			m.left["no evidence is cited for it"]++
		case m.unsafe(text, cited) != "":
			m.left[m.unsafe(text, cited)]++
		case m.stray(text, cited) != "":
			m.left["a number in it is not in the evidence that it cites"]++
		case len(out) < mostClaims:
			g := groundedClaim{text: text}
			for _, s := range cited {
				g.evidence = append(g.evidence, s.evidence)
			}
			out = append(out, g)
		}
	}
	return out
}

var inlineID = regexp.MustCompile(`\be\d+\b`)

func inlineIDs(text string) []string {
	return inlineID.FindAllString(strings.Join(inlineRefs.FindAllString(text, -1), " "), -1)
}

// cites looks up evidence by the ids of the conversation.
func (m *thought) cites(ids []string) []shown {
	var out []shown
	seen := map[int]bool{}
	for _, id := range ids {
		for _, part := range strings.FieldsFunc(id, func(r rune) bool { return r == ',' || r == ' ' }) {
			g := evidenceID.FindStringSubmatch(part)
			if g == nil {
				continue
			}
			n, _ := strconv.Atoi(g[1]) // digits
			if n >= 1 && n <= len(m.shown) && !seen[n] && len(out) < 6 {
				seen[n] = true
				out = append(out, m.shown[n-1])
			}
		}
	}
	return out
}
