package slackbot

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// lastWord is the version of a reply that ends it. What is shown before has lower ones.
const lastWord = 1 << 40

// errStopped ends a question that somebody stopped.
var errStopped = pipewright.Errorf(pipewright.Conflict, "stopped by the asker")

// progress is what is known of an answer before it is there.
type progress struct {
	mu      sync.Mutex
	history []pipewright.Progress
	news    bool
}

// note keeps one thing. It is the Watch of a question.
func (p *progress) note(n pipewright.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.news, p.history = true, append(p.history, n)
}

// take is what happened so far, and whether all of it was taken before.
func (p *progress) take() (history []pipewright.Progress, news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	news, p.news = p.news, false
	return slices.Clone(p.history), news
}

// readings say in words what a read tool looks at.
var readings = map[string]string{
	"search_logs": "the logs", "count_logs": "the logs", "log_rate": "the log rate", "get_metric": "the metrics", "list_series": "the metrics",
	"get_template": "the logs", "search_metrics": "the metrics", "similar_windows": "when it last looked like this", "similar_incidents": "past incidents", "read_runbook": "the runbooks",
	"list_runs": "the runs", "last_good_run": "the last good run", "recent_changes": "what changed", "schema_history": "the schemas", "lineage": "what depends on what",
	"list_incidents": "the incidents", "get_incident": "the incident", "list_events": "the journal", "list_approvals": "the approvals", "list_resources": "the resources",
}

// doing makes "search_logs on glue:job/orders_etl" into words.
func doing(step string) string {
	tool, where, has := strings.Cut(strings.TrimSpace(step), " on ")
	what, known := readings[tool]
	switch {
	case !known:
		return firstLine(step, 150)
	case !has:
		return "looking at " + what
	}
	return "looking at " + what + " of " + firstLine(where, 120)
}

// watch shows how an answer comes about, from patience on and not more often than Slack
// takes edits, until done is closed.
func (b *Bot) watch(ctx context.Context, t talk, p *progress, done <-chan struct{}) {
	wait := time.NewTimer(b.cfg.Patience)
	defer wait.Stop()
	for shown := false; ; shown = true {
		select {
		case <-done:
			return
		case <-wait.C:
		}
		if history, news := p.take(); news || !shown {
			b.showProgress(ctx, t, history)
		}
		wait.Reset(b.cfg.EditEvery)
	}
}

// showProgress stores what is shown of an answer that is not there yet.
func (b *Bot) showProgress(ctx context.Context, t talk, history []pipewright.Progress) {
	v := underWay(t, history)
	if t.pane && len(history) > 0 {
		b.status(ctx, t, "is "+doing(history[len(history)-1].Text)+"...")
	}
	if t.private { // what one person sees cannot be edited
		m := message{Kind: ephemeralKind, Channel: t.channel, User: t.user, Text: v.text, Blocks: slack.Blocks{BlockSet: v.blocks}}
		b.settle(b.queue(ctx, "busy/"+t.key, "", 1, time.Time{}, m))
		return
	}
	d, err := b.parts.Outbox.Delivery(ctx, outQueue, replyKey(t))
	if err != nil && pipewright.KindOf(err) != pipewright.NotFound || d.Version >= lastWord {
		return
	}
	if err := b.say(ctx, t, d.Version+1, v); err != nil && ctx.Err() == nil {
		b.log.Warn("slack: the wait could not be announced", "err", err)
	}
}

// underWay is a reply before its answer: what holds already, what is being done, and a
// button that ends it.
func underWay(t talk, history []pipewright.Progress) view {
	var lines []string
	step := "looking into it"
	for _, p := range history {
		if p.Kind == pipewright.ProgressClaim {
			lines = append(lines, p.Text)
			continue
		}
		step = doing(p.Text)
	}
	text := plain(strings.Join(append(lines, "⏳ "+strings.ToUpper(step[:1])+step[1:]+"…"), "\n"))
	stop := button(actStop, "Stop", mark{Message: t.key}.String(), "")
	return view{text: cut(text, maxText), stream: streamLines(replyKey(t), history), blocks: append(sections(text, shownText), slack.NewActionBlock("pw.busy", stop))}
}

// stops recognises that somebody wants an answer to end.
var stops = regexp.MustCompile(`(?i)^[\s*_~]*(?:(?:please|pls|ok(?:ay)?|hey|pipewright)[\s,.:!]+)*(?:stop|cancel|abort|never ?mind)(?: (?:it|that|this|looking|searching|please|pls|now))*[\s.!*_~]*$`)

// running are the questions being answered, so that they can be stopped.
type running struct {
	mu    sync.Mutex
	under map[string]stoppable // by the key of what came in
}

type stoppable struct {
	talk talk
	stop func()
}

func (r *running) add(t talk, stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.under == nil {
		r.under = map[string]stoppable{}
	}
	r.under[t.key] = stoppable{t, stop}
}

func (r *running) remove(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.under, key)
}

// of are the questions that a person has running: one by its key, or all in a thread.
func (r *running) of(user string, is func(talk) bool) (out []stoppable) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.under {
		if s.talk.user == user && is(s.talk) {
			out = append(out, s)
		}
	}
	return out
}

// halt ends questions of the person who asked them. That they were stopped is stored
// first: after a crash they are not asked again.
func (b *Bot) halt(ctx context.Context, user string, is func(talk) bool) (bool, error) {
	found := b.running.of(user, is)
	for _, s := range found {
		if err := b.reply(ctx, s.talk, "🛑 Stopped, as <@"+user+"> asked. Nothing more is read or filed for this question."); err != nil {
			return false, err
		}
		s.stop()
	}
	return len(found) > 0, nil
}
