package slackbot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Cause is a cause that people may name as the real one.
type Cause struct {
	Name  string
	Class pipewright.FaultClass
}

// What somebody may say of a diagnosis, beside the name of a cause.
const (
	saidRight = "right"
	saidWrong = "wrong"
)

// causeForm is the modal that asks what it really was.
const causeForm = "pw1.cause"

// opinions are the buttons with which people say whether a diagnosis was right.
func (f frame) opinions(inc pipewright.Incident) slack.Block {
	if inc.Diagnosis == nil || inc.Class == pipewright.ClassRequested || len(inc.Diagnosis.Hypotheses) == 0 {
		return nil
	}
	switch inc.State {
	case pipewright.Resolved, pipewright.Closed, pipewright.Escalated, pipewright.Verifying:
	default:
		return nil
	}
	m := mark{Incident: inc.ID}.String()
	buttons := []slack.BlockElement{button(actGood, "👍 Cause was right", m, ""), button(actBad, "👎 It was not", m, "")}
	if f.causes {
		buttons = append(buttons, button(actReally, "What was it really?", m, ""))
	}
	return slack.NewActionBlock("pw.opinion", buttons...)
}

// judged files what a person says of an incident's diagnosis: once what it was worth, and
// once what it really was. It moves no odds and no mode: only a verified outcome does.
func (b *Bot) judged(ctx context.Context, t talk, incident, says string) error {
	who, err := b.people.find(ctx, t.user)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	name, err := b.entitled(who, b.cfg.MayApprove)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	now, err := b.parts.World(ctx)
	if err != nil {
		return err
	}
	about := "verdict"
	if says != saidRight && says != saidWrong {
		about = "cause"
	}
	rq := pipewright.Request{Kind: pipewright.RequestFeedback, Who: name, Person: who.behind(name), Surface: "slack", At: now, Incident: incident, Reason: says,
		Key: "slack/feedback/" + incident + "/" + who.id + "/" + about}
	filed, err := b.parts.Ledger.AddRequest(ctx, rq)
	if err != nil {
		return err
	}
	if filed.Reason != says {
		return b.reply(ctx, t, fmt.Sprintf("<@%s>: you said *%s* about %s already, which counts.", t.user, plain(filed.Reason), code(incident)))
	}
	return b.await(ctx, filed.ID, t)
}

const (
	mostOptions = 100 // in a select, or in one of its groups
	maxOption   = 75
)

// causeModal asks which cause an incident really had.
func causeModal(m mark, t talk, causes []Cause) slack.ModalViewRequest {
	input := slack.NewInputBlock("cause", plainText("What was the cause of "+m.Incident+"?", maxInputLabel), nil, causeSelect(causes))
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: causeForm, PrivateMetadata: formNote{m, t.channel, t.thread}.String(),
		Title: plainText("Cause of "+m.Incident, maxTitle), Submit: plainText("Say so", maxTitle), Close: plainText("Back", maxTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{input}}}
}

// causeSelect groups the causes by fault class, in the order of the classes.
func causeSelect(causes []Cause) *slack.SelectBlockElement {
	var groups []*slack.OptionGroupBlockObject
	for _, class := range pipewright.FaultClasses {
		var options []*slack.OptionBlockObject
		for _, c := range causes {
			if c.Class == class && len(options) < mostOptions && len(c.Name) <= maxOption {
				options = append(options, slack.NewOptionBlockObject(c.Name, plainText(strings.ReplaceAll(c.Name, "_", " "), maxOption), nil))
			}
		}
		if len(options) > 0 {
			groups = append(groups, slack.NewOptionGroupBlockElement(plainText(strings.ReplaceAll(string(class), "_", " "), maxOption), options...))
		}
	}
	return slack.NewOptionsGroupSelectBlockElement(slack.OptTypeStatic, plainText("A cause of the catalogue", maxLabel), "chosen", groups...)
}

// thumbed takes a thumb on one of our messages as a word on the incident that it is about.
func (b *Bot) thumbed(ctx context.Context, key string, e event, says string) error {
	d, err := b.parts.Outbox.DeliveryAt(ctx, outQueue, refOf(e.Item.Channel, e.Item.TS))
	if pipewright.KindOf(err) == pipewright.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	m, _ := read[message](d.Body)
	incident := m.Incident
	if kind, rest, _ := strings.Cut(d.Key, "/"); kind == "card" || kind == "news" {
		incident, _, _ = strings.Cut(rest, "/")
	}
	t := talk{key: key, user: e.User, channel: e.Item.Channel, thread: first(m.Thread, e.Item.TS)}
	if channel, ts, ok := b.placeOfParent(ctx, m); ok {
		t.channel, t.thread = channel, ts
	}
	if incident == "" {
		return b.remember(ctx, "opinion/"+d.Key+"/"+e.User, says)
	}
	return b.judged(ctx, t, incident, says)
}

// placeOfParent is the message in whose thread m went, when that is known by its key only.
func (b *Bot) placeOfParent(ctx context.Context, m message) (channel, ts string, ok bool) {
	if m.Parent == "" {
		return "", "", false
	}
	d, err := b.parts.Outbox.Delivery(ctx, outQueue, m.Parent)
	if err != nil || d.Ref == "" {
		return "", "", false
	}
	channel, ts = placeOf(d.Ref)
	return channel, ts, true
}
