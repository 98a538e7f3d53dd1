package ask

import (
	"context"
	"errors"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// chat makes one exchange within the budgets.
func (m *thought) chat(p Prompt) (Reply, string) {
	if why := m.spentUp(p); why != "" {
		return Reply{}, why
	}
	reply, err := m.a.deps.Model.Chat(m.ctx, p)
	u := Used{Calls: 1, Tokens: reply.TokensIn + reply.TokensOut, Cost: reply.Cost}
	if u.Tokens == 0 && err == nil {
		u.Tokens = tokensIn(p) + tokensOf(reply.Text)
	}
	m.used, m.day = m.used.Plus(u), m.day.Plus(u)
	if s := m.a.deps.Spend; s != nil {
		// What was spent is kept even when the asker has gone.
		keep, stop := context.WithTimeout(context.WithoutCancel(m.ctx), 2*time.Second)
		defer stop()
		sum, kept := s.AddSpend(keep, m.a.deps.Clock(), u)
		if kept != nil {
			return reply, "what it costs cannot be kept"
		}
		m.day = sum // others may have spent meanwhile
	}
	if err != nil {
		return reply, m.reason(err)
	}
	return reply, ""
}

// reason says in words why an exchange failed, without the error's text: it may hold
// what a server wrote.
func (m *thought) reason(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded) || m.ctx.Err() != nil:
		return fmt.Sprintf("it did not answer within %s", m.patience.Round(time.Millisecond))
	case errors.Is(err, ErrBusy):
		return "its provider takes no more requests for now"
	case pipewright.KindOf(err) == pipewright.Denied:
		return "its provider refused the key"
	case pipewright.KindOf(err) == pipewright.Invalid:
		return "its provider refused the request"
	}
	return "it could not be reached"
}

func tokensIn(p Prompt) int {
	n := 0
	for _, msg := range p.Messages {
		n += tokensOf(msg.Text)
		for _, c := range msg.Calls {
			n += tokensOf(c.Args)
		}
	}
	for _, t := range p.Tools {
		n += tokensOf(t.Purpose) + len(t.Schema)/4
	}
	return n
}

// scarce reports whether another round of tools might leave nothing for the answer.
func (m *thought) scarce() bool {
	next := tokensIn(Prompt{Messages: m.messages, Tools: m.offered})
	return m.used.Calls > 0 && m.used.Tokens+3*next > m.limits.Tokens
}

// spentUp says which budget a further exchange would break.
func (m *thought) spentUp(p Prompt) string {
	l, day := m.limits, m.day
	switch {
	case m.used.Calls >= l.Calls:
		return fmt.Sprintf("its %d calls for one question were used up", l.Calls)
	case m.used.Tokens+tokensIn(p) > l.Tokens:
		return fmt.Sprintf("its %d tokens for one question were used up", l.Tokens)
	case l.Cost > 0 && m.used.Cost >= l.Cost:
		return fmt.Sprintf("its budget of %s for one question was used up", money(l.Cost))
	case l.DailyCalls > 0 && day.Calls >= l.DailyCalls:
		return fmt.Sprintf("its %d calls for today are used up", l.DailyCalls)
	case l.DailyTokens > 0 && day.Tokens >= l.DailyTokens:
		return fmt.Sprintf("its %d tokens for today are used up", l.DailyTokens)
	case l.DailyCost > 0 && day.Cost >= l.DailyCost:
		return fmt.Sprintf("its budget of %s for today is used up", money(l.DailyCost))
	}
	return ""
}
