package ask

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// resultOf writes the result of one call for the model: what was asked, what was found,
// and the data in a fence.
func (m *thought) resultOf(a *asked) string {
	switch {
	case a.note != "":
		return a.note + "\ncall: " + fence(m.nonce, a.query)
	case a.err != nil:
		return "error: the call failed; change it or answer without it\n" + fence(m.nonce, a.query+"\n"+firstLine(a.err.Error(), 300))
	case a.res.Hits == 0 && len(a.res.Evidence) == 0:
		return fmt.Sprintf("%s: nothing found.\n%s", a.query, fence(m.nonce, firstLine(a.res.Empty, 600)))
	}
	ids, text := m.show(a.res)
	lead := fmt.Sprintf("%s: %d found", a.query, a.res.Hits)
	if len(ids) > 0 {
		lead += fmt.Sprintf(", evidence %s to %s", ids[0], ids[len(ids)-1])
	}
	return lead + "\n" + fence(m.nonce, text)
}

// show numbers the evidence of a result and writes it within the budget of one
// result: the beginning and the end, with what is left out between them.
func (m *thought) show(res tools.Result) (ids []string, text string) {
	if len(res.Evidence) == 0 {
		b, err := json.Marshal(res.Data)
		if err != nil {
			return nil, "the result cannot be shown"
		}
		return nil, headAndTail(string(b), m.room())
	}
	each := max(60, m.room()/min(len(res.Evidence), 6))
	var rows []string
	for _, e := range res.Evidence {
		id := m.number(e, res.Hits)
		ids = append(ids, id)
		rows = append(rows, fmt.Sprintf("[%s] %s %s %s%s\n%s", id, e.Kind, e.Source, m.spanUTC(e), linesOf(e), headAndTail(e.Excerpt, each)))
	}
	if res.Hits == 0 && res.Empty != "" {
		rows = append(rows, res.Empty)
	}
	return ids, fewer(rows, m.room())
}

func linesOf(e pipewright.Evidence) string {
	if len(e.Lines) == 2 {
		return fmt.Sprintf(" lines %d-%d", e.Lines[0], e.Lines[1])
	}
	return ""
}

func (m *thought) spanUTC(e pipewright.Evidence) string {
	switch {
	case e.Start.IsZero():
		return ""
	case e.End.IsZero() || e.End.Equal(e.Start):
		return e.Start.UTC().Format(time.RFC3339)
	}
	return e.Start.UTC().Format(time.RFC3339) + " to " + e.End.UTC().Format(time.RFC3339)
}

// fewer keeps rows from both ends until the budget in tokens is used up.
func fewer(rows []string, tokens int) string {
	left := tokens
	head, tail := 0, len(rows)
	for head < tail {
		if left -= tokensOf(rows[head]); left < 0 && head > 0 {
			break
		}
		if head++; head == tail || head%2 == 1 {
			continue // two from the beginning for one from the end
		}
		if left -= tokensOf(rows[tail-1]); left < 0 {
			break
		}
		tail--
	}
	if head >= tail {
		return strings.Join(rows, "\n")
	}
	out := append(slices.Clone(rows[:head]), fmt.Sprintf("… %d records left out; narrow the window to see them …", tail-head))
	return strings.Join(append(out, rows[tail:]...), "\n")
}

// shown is a piece of evidence that the model has seen under an id of its own.
type shown struct {
	evidence pipewright.Evidence
	hits     int // of the result that it came with
}

// number gives evidence its id in the conversation; the same evidence keeps its id.
func (m *thought) number(e pipewright.Evidence, hits int) string {
	key := fmt.Sprint(e.Source, "\x00", e.Kind, "\x00", e.Lines, "\x00", e.Excerpt)
	if id, ok := m.ids[key]; ok {
		return id
	}
	m.shown = append(m.shown, shown{e, hits})
	id := "e" + strconv.Itoa(len(m.shown))
	m.ids[key] = id
	return id
}

// room is the budget of one result, in tokens.
func (m *thought) room() int {
	if m.limits.Small {
		return 450
	}
	return 1600
}
