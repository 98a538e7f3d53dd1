package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Names of modals.
const (
	denyForm = "pw1.deny"
	editForm = "pw1.edit"
)

// formNote is a modal's private metadata: what it is about and where the answer goes.
type formNote struct {
	Mark    mark   `json:"mark"`
	Channel string `json:"channel"`
	Thread  string `json:"thread"`
}

func (n formNote) String() string {
	b, err := json.Marshal(n)
	if err != nil || len(b) > maxPrivate {
		return ""
	}
	return string(b)
}

func denyModal(m mark, t talk) slack.ModalViewRequest {
	reason := slack.NewPlainTextInputBlockElement(plainText("Why not?", maxLabel), "reason")
	reason.Multiline = true
	reason.MaxLength = 500
	input := slack.NewInputBlock("reason", plainText("Reason, for the journal", maxInputLabel), nil, reason)
	input.Optional = true
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: denyForm, PrivateMetadata: formNote{m, t.channel, t.thread}.String(),
		Title: plainText("Deny "+m.Approval, maxTitle), Submit: plainText("Deny", maxTitle), Close: plainText("Back", maxTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{input}}}
}

// maxArgName is the longest argument's name that a block id can hold.
const maxArgName = 200

// editModal asks for other arguments for the same action on the same target.
func editModal(m mark, t talk, a pipewright.Action) slack.ModalViewRequest {
	blocks := []slack.Block{section(fmt.Sprintf("%s on %s. What you send is a new proposal with its own approval; the one on the card is denied.", code(string(a.Kind)), code(string(a.Target))))}
	for _, k := range sortedKeys(a.Args) {
		if len(k) > maxArgName || len([]rune(a.Args[k])) > maxInitial {
			continue // it stays as it is: a form cannot hold it
		}
		if len(blocks) == maxViewBlocks {
			break
		}
		field := slack.NewPlainTextInputBlockElement(nil, "value")
		field.InitialValue = cut(visible(a.Args[k]), maxInitial)
		field.MaxLength = maxInitial
		blocks = append(blocks, slack.NewInputBlock("arg."+k, plainText(k, maxInputLabel), nil, field))
	}
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: editForm, PrivateMetadata: formNote{m, t.channel, t.thread}.String(),
		Title: plainText("Edit "+m.Approval, maxTitle), Submit: plainText("Propose", maxTitle), Close: plainText("Back", maxTitle),
		Blocks: slack.Blocks{BlockSet: blocks}}
}

// editArgs opens the form for the arguments of a pending proposal.
func (b *Bot) editArgs(ctx context.Context, t talk, trigger string, m mark) error {
	ap, err := b.pending(ctx, m)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	return b.open(ctx, t, trigger, m, editModal(m, t, ap.Action))
}

// pending is the approval that a mark stands for, if it still waits in that form.
func (b *Bot) pending(ctx context.Context, m mark) (pipewright.Approval, error) {
	ap, err := b.parts.Ledger.Approval(ctx, m.Approval)
	switch {
	case pipewright.KindOf(err) == pipewright.NotFound:
		return ap, pipewright.Errorf(pipewright.Denied, "there is no %s any more", m.Approval)
	case err != nil:
		return ap, err
	case ap.State != pipewright.ApprovalPending:
		return ap, pipewright.Errorf(pipewright.Denied, "%s is already %s", ap.ID, ap.State)
	case ap.ActionHash != m.Hash:
		return ap, pipewright.Errorf(pipewright.Denied, "%s was asked for other arguments; look at the card again", ap.ID)
	}
	return ap, nil
}

// submitted does what a form was sent for.
func (b *Bot) submitted(ctx context.Context, key string, c interaction) error {
	n, ok := read[formNote]([]byte(c.View.Private))
	if !ok || n.Channel == "" {
		return nil // not one of ours
	}
	t := talk{key: key, user: c.User.ID, channel: n.Channel, thread: n.Thread, incident: n.Mark.Incident}
	switch c.View.CallbackID {
	case denyForm:
		return b.settleClick(ctx, t, n.Mark, pipewright.RequestDeny, strings.TrimSpace(c.View.State.Values["reason"]["reason"].Value))
	case editForm:
		return b.edited(ctx, t, n.Mark, c)
	case causeForm:
		return b.judged(ctx, t, n.Mark.Incident, c.View.State.Values["cause"]["chosen"].Selected.Value)
	}
	return b.oldButton(ctx, t)
}

// edited denies what stood on the card and proposes the action with other arguments:
// a new request that meets every guard and gets its own approval.
func (b *Bot) edited(ctx context.Context, t talk, m mark, c interaction) error {
	replaced := t
	replaced.key += "/replaced"
	if done, err := b.filed(ctx, replaced, pipewright.RequestDeny); err != nil || done {
		return err
	}
	ap, err := b.pending(ctx, m)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	want := ap.Action
	want.Key, want.Args = "", map[string]string{}
	for k, v := range ap.Action.Args {
		if given, ok := c.View.State.Values["arg."+k]["value"]; ok {
			v = given.Value
		}
		want.Args[k] = v
	}
	if want.Hash() == ap.ActionHash {
		return b.reply(ctx, t, "<@"+t.user+">: nothing was changed, so "+code(ap.ID)+" still waits as it is.")
	}
	who, err := b.people.find(ctx, t.user)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	name, err := b.entitled(who, ap.MayApprove)
	if err != nil {
		return b.refuse(ctx, t, err)
	}
	// The new proposal first: after a crash in between, both are filed again under the same keys.
	if err := b.file(ctx, t, pipewright.Request{Kind: pipewright.RequestAct, Who: name, Person: who.behind(name), Action: &want, Resource: want.Target, Reason: who.sign(name, "edited from "+ap.ID)}); err != nil {
		return err
	}
	return b.file(ctx, replaced, pipewright.Request{Kind: pipewright.RequestDeny, Who: name, Person: who.behind(name), Incident: ap.Incident, Approval: ap.ID, ActionHash: m.Hash, Resource: want.Target, Reason: who.sign(name, "replaced by an edited proposal")})
}
