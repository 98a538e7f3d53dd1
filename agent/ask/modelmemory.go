package ask

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// What the model may look back on in a thread: exchanges, and bytes of each text.
const (
	lookBack   = 3
	rememberOf = 1200
)

// exchange is a question of the thread and what was answered.
type exchange struct {
	Question string `json:"q"`
	Answer   string `json:"a"`
}

// talkKey is the row of a thread's exchanges, beside the one of the grammar's state.
func (t *turn) talkKey() string { return t.q.Thread + "\x01said" }

func (t *turn) exchanges(ctx context.Context) []exchange {
	if t.a.deps.Threads == nil {
		return nil
	}
	var past []exchange
	b, err := t.a.deps.Threads.Thread(ctx, t.q.Asker, t.talkKey())
	if err != nil || json.Unmarshal(b, &past) != nil {
		return nil // what cannot be read is not looked back on
	}
	return past
}

// remember keeps the exchange for the model's next answer in the thread. Secrets are
// taken out as for the model. A store that refuses costs the memory, not the answer.
func (t *turn) remember(ctx context.Context) {
	hide := func(s string) string { return s }
	if r, ok := t.a.deps.Model.(redacted); ok {
		hide = r.hide
	}
	if t.a.deps.Threads == nil {
		return
	}
	short := func(s string) string { return headAndTail(hide(strings.ToValidUTF8(s, "\ufffd")), rememberOf/4) }
	past := append(t.exchanges(ctx), exchange{short(t.q.Text), short(strings.Join(t.lines, "\n"))})
	b, err := json.Marshal(past[max(0, len(past)-lookBack):])
	if err == nil { // a thread that could not be kept is a shorter memory, and no reason to lose the answer
		_ = t.a.deps.Threads.SaveThread(ctx, t.q.Asker, t.talkKey(), b)
	}
}

// before writes the exchanges of the thread for the model, fenced: answers quote what
// was read.
func (m *thought) before() string {
	var b strings.Builder
	for _, e := range m.exchanges(m.ctx) {
		fmt.Fprintf(&b, "asked: %s\nanswered: %s\n", e.Question, e.Answer)
	}
	if b.Len() == 0 {
		return ""
	}
	return "\nEarlier in this thread (look things up again before you claim them):\n" + fence(m.nonce, strings.TrimSpace(b.String()))
}
