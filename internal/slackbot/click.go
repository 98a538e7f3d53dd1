package slackbot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// interact does what a button, a modal or a shortcut means.
func (b *Bot) interact(ctx context.Context, key string, c interaction) error {
	switch c.Type {
	case "block_actions":
		for i, a := range c.Actions {
			if err := b.press(ctx, fmt.Sprintf("%s/%d", key, i), c, a.ID, a.Value); err != nil {
				return err
			}
		}
	case "view_submission":
		return b.submitted(ctx, key, c)
	case "message_action":
		t := talk{key: key, user: c.User.ID, channel: c.Channel.ID, thread: first(c.Message.Thread, c.Message.TS)}
		return b.investigate(ctx, t, c.Message.Text)
	}
	return nil
}

// press does what one button means.
func (b *Bot) press(ctx context.Context, key string, c interaction, action, value string) error {
	m, ok := parseMark(value)
	t := talk{key: key, user: c.User.ID, channel: first(c.Container.Channel, c.Channel.ID), thread: first(c.Container.Thread, c.Message.Thread, c.Container.TS, c.Message.TS), incident: m.Incident}
	t = t.privately(c)
	if !ok {
		return b.oldButton(ctx, t)
	}
	switch action {
	case actApprove:
		return b.settleClick(ctx, t, m, pipewright.RequestApprove, "")
	case actDeny:
		return b.askWhyNot(ctx, t, c.TriggerID, m)
	case actEdit:
		return b.editArgs(ctx, t, c.TriggerID, m)
	case actUndo:
		return b.request(ctx, t, pipewright.Request{Kind: pipewright.RequestUndo, Incident: m.Incident})
	case actMore:
		t.text = "explain " + m.Incident
		return b.ask(ctx, t)
	case actAlternatives:
		t.text = "what are the alternatives for " + m.Incident + "?"
		return b.ask(ctx, t)
	case actSnooze:
		return b.snooze(ctx, t, m)
	case actPause:
		return b.request(ctx, t, pipewright.Request{Kind: pipewright.RequestPause, Reason: "kill switch in Slack"})
	case actResume:
		return b.request(ctx, t, pipewright.Request{Kind: pipewright.RequestResume})
	case actGood:
		return b.judged(ctx, t, m.Incident, saidRight)
	case actBad:
		return b.judged(ctx, t, m.Incident, saidWrong)
	case actReally:
		return b.open(ctx, t, c.TriggerID, m, causeModal(m, t, b.parts.Causes))
	case actStop:
		_, err := b.halt(ctx, c.User.ID, func(t talk) bool { return t.key == m.Message })
		return err
	}
	return b.oldButton(ctx, t)
}

// privately moves the answer to something pressed in the home tab, which is no
// channel, into the person's direct messages.
func (t talk) privately(c interaction) talk {
	if t.channel == "" {
		t.channel, t.thread = c.User.ID, ""
	}
	return t
}

func (b *Bot) oldButton(ctx context.Context, t talk) error {
	return b.reply(ctx, t, "<@"+t.user+">: that button is from another version of Pipewright and does nothing any more; the card below or `/pipewright incidents` is current.")
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// settleClick approves or denies what a button stood for. It looks before it files,
// so that an old button is answered at once; the loop looks again.
func (b *Bot) settleClick(ctx context.Context, t talk, m mark, kind pipewright.RequestKind, reason string) error {
	if done, err := b.filed(ctx, t, kind); err != nil || done {
		return err
	}
	ap, who, name, err := b.decides(ctx, t.user, m)
	switch {
	case pipewright.KindOf(err) == pipewright.NotFound:
		return b.oldButton(ctx, t)
	case err != nil:
		return b.refuse(ctx, t, err)
	}
	return b.file(ctx, t, pipewright.Request{Kind: kind, Who: name, Person: who.behind(name), Incident: ap.Incident, Approval: ap.ID, ActionHash: m.Hash, Resource: ap.Action.Target, Reason: who.sign(name, reason)})
}

// decides finds the approval that a mark stands for and the name under which somebody
// may decide on it now: Denied when they may not or it no longer waits.
func (b *Bot) decides(ctx context.Context, user string, m mark) (ap pipewright.Approval, who person, name string, err error) {
	if ap, err = b.parts.Ledger.Approval(ctx, m.Approval); err != nil {
		return ap, who, "", err
	}
	if who, err = b.people.find(ctx, user); err != nil {
		return ap, who, "", err
	}
	now, err := b.parts.World(ctx)
	if err != nil {
		return ap, who, "", err
	}
	var may bool
	switch name, may = who.as(ap.MayApprove); {
	case !may:
		return ap, who, "", pipewright.Errorf(pipewright.Denied, "%s may not approve or deny %s; %s may", who.name, ap.ID, strings.Join(ap.MayApprove, ", "))
	case ap.By != "" && (ap.State == pipewright.ApprovalUsed || ap.State == pipewright.ApprovalGiven):
		return ap, who, "", pipewright.Errorf(pipewright.Denied, "%s approved %s already", ap.By, ap.ID)
	case ap.By != "" && ap.State == pipewright.ApprovalDenied:
		return ap, who, "", pipewright.Errorf(pipewright.Denied, "%s denied %s already", ap.By, ap.ID)
	}
	return ap, who, name, ap.Check(m.Hash, name, now)
}

// askWhyNot opens the form for a denial, for somebody who may deny.
func (b *Bot) askWhyNot(ctx context.Context, t talk, trigger string, m mark) error {
	_, _, _, err := b.decides(ctx, t.user, m)
	switch {
	case pipewright.KindOf(err) == pipewright.NotFound:
		return b.oldButton(ctx, t)
	case err != nil:
		return b.refuse(ctx, t, err)
	}
	return b.open(ctx, t, trigger, m, denyModal(m, t))
}

// entitled is the name under which a person may do what the list permits.
func (b *Bot) entitled(who person, may []string) (string, error) {
	name, ok := who.as(may)
	if !ok {
		return "", pipewright.Errorf(pipewright.Denied, "you may not do that here: %s is not among those who may (%s)", who.name, strings.Join(may, ", "))
	}
	return name, nil
}

// request files what somebody wants, when they may.
func (b *Bot) request(ctx context.Context, t talk, rq pipewright.Request) error {
	who, err := b.people.find(ctx, t.user)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	if rq.Who, err = b.entitled(who, b.cfg.MayApprove); err != nil {
		return b.refuse(ctx, t, err)
	}
	rq.Person, rq.Reason = who.behind(rq.Who), who.sign(rq.Who, rq.Reason)
	return b.file(ctx, t, rq)
}

// file stores a request once, however often the click comes, and waits for what the
// loop says.
func (b *Bot) file(ctx context.Context, t talk, rq pipewright.Request) error {
	now, err := b.parts.World(ctx)
	if err != nil {
		return err
	}
	rq.Surface, rq.At, rq.Key = "slack", now, requestKey(t, rq.Kind)
	filed, err := b.parts.Ledger.AddRequest(ctx, rq)
	if err != nil {
		return err
	}
	return b.await(ctx, filed.ID, t)
}

func requestKey(t talk, kind pipewright.RequestKind) string {
	return "slack/" + t.key + "/" + string(kind)
}

// filed reports whether what came in was filed already, before a crash, and waits for
// the loop's answer to it again.
func (b *Bot) filed(ctx context.Context, t talk, kind pipewright.RequestKind) (bool, error) {
	rq, err := b.parts.Ledger.RequestByKey(ctx, requestKey(t, kind))
	if pipewright.KindOf(err) == pipewright.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, b.await(ctx, rq.ID, t)
}

// refuse says no in one sentence, where everybody sees it. What cannot be known now is
// no refusal: it is tried again.
func (b *Bot) refuse(ctx context.Context, t talk, err error) error {
	if pipewright.KindOf(err) != pipewright.Denied {
		return err
	}
	return b.reply(ctx, t, "<@"+t.user+">: "+plain(err.Error())+".")
}

// waiting is the body of a delivery that waits for the loop's answer.
type waiting struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	Thread  string `json:"thread"`
	Private bool   `json:"private"`
}

// longWait is when somebody is told that the loop has not answered yet.
const longWait = time.Minute

func (b *Bot) await(ctx context.Context, request string, t talk) error {
	body, err := json.Marshal(waiting{t.user, t.channel, t.thread, t.private})
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "encode wait: %w", err)
	}
	return b.push(ctx, pipewright.Delivery{Queue: waitQueue, Key: request, Body: body})
}

// awaited looks whether the loop has answered a request, and passes the answer on.
func (b *Bot) awaited(ctx context.Context, d pipewright.Delivery) {
	var w waiting
	rq, err := b.parts.Ledger.Request(ctx, d.Key)
	if err == nil {
		err = json.Unmarshal(d.Body, &w)
	}
	if err != nil {
		b.giveBack(ctx, d, 10*b.cfg.Poll, err.Error())
		return
	}
	t := talk{user: w.User, channel: w.Channel, thread: w.Thread, private: w.Private}
	if rq.Result == "" {
		if b.parts.Now().Sub(d.Made) > longWait {
			t.key = "slow/" + rq.ID
			b.settle(b.reply(ctx, t, fmt.Sprintf("<@%s>: %s is kept; the loop has not answered yet.", w.User, code(rq.ID))))
		}
		b.giveBack(ctx, d, b.cfg.Poll, "the loop has not answered")
		return
	}
	t.key = "result/" + rq.ID
	sign := "✔️"
	if !rq.OK {
		sign = "✖️"
	}
	if err := b.reply(ctx, t, fmt.Sprintf("%s <@%s>: %s", sign, w.User, plain(firstLine(rq.Result, 600)))); err != nil {
		b.giveBack(ctx, d, b.cfg.Poll, err.Error())
		return
	}
	b.settle(b.parts.Outbox.Done(context.WithoutCancel(ctx), d, ""))
}

// snoozeFor is how long a snoozed incident adds nothing to its thread, unless a person
// is needed.
const snoozeFor = time.Hour

func (b *Bot) snooze(ctx context.Context, t talk, m mark) error {
	until := b.parts.Now().Add(snoozeFor)
	if err := b.remember(ctx, "snooze/"+m.Incident, until); err != nil {
		return err
	}
	return b.reply(ctx, t, fmt.Sprintf("<@%s> snoozed %s until %s: I only speak up when a person is needed. The card stays current.", t.user, code(m.Incident), frame{zone: b.cfg.Zone}.at(until)))
}

// open opens a modal. A trigger lives for three seconds: when it is too late, the
// person is told which command does the same.
func (b *Bot) open(ctx context.Context, t talk, trigger string, m mark, v slack.ModalViewRequest) error {
	_, err := b.api.OpenViewContext(ctx, trigger, v)
	if fault := b.note(ctx, "views.open", t.channel, err); fault == nil {
		return nil
	}
	instead := "press again"
	if m.Approval != "" {
		instead = fmt.Sprintf("say \"deny %s because ...\" here, or press again", plain(m.Approval))
	}
	return b.reply(ctx, t, fmt.Sprintf("<@%s>: the form could not be opened in time; %s.", t.user, instead))
}

// short is a name for something with a long key.
func short(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:6])
}
