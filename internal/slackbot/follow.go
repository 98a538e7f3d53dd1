package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// message is the body of a delivery on its way out.
type message struct {
	Kind    kind         `json:"kind"`
	Channel string       `json:"channel,omitempty"`
	Thread  string       `json:"thread,omitempty"` // ts of the message in whose thread it goes
	Parent  string       `json:"parent,omitempty"` // or the key of the delivery that is that message
	User    string       `json:"user,omitempty"`   // only this user sees it
	Text    string       `json:"text,omitempty"`
	Blocks  slack.Blocks `json:"blocks"`
	Name    string       `json:"name,omitempty"` // of a file
	// Charts are shown in the message, or as pictures in its thread; a file with one is its picture.
	Charts   []pipewright.Chart `json:"charts,omitempty"`
	Phase    string             `json:"phase,omitempty"`    // names the pictures; empty: none yet
	Incident string             `json:"incident,omitempty"` // that an answer is about
	// Stream are the same words as lines that only grow, where the message may be streamed.
	Stream []string `json:"stream,omitempty"`
}

type kind string

const (
	postKind      kind = "post" // posted once, edited by later versions
	ephemeralKind kind = "ephemeral"
	homeKind      kind = "home"
	fileKind      kind = "file"
)

// queue stores a message on its way out.
func (b *Bot) queue(ctx context.Context, key, lane string, version int64, due time.Time, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "encode message %s: %w", key, err)
	}
	return b.push(ctx, pipewright.Delivery{Queue: outQueue, Key: key, Lane: lane, Version: version, Body: body, Due: due})
}

// follow turns what is journaled into cards and news, in order, from where it left
// off. Everything it stores has a key that follows from the event, so that reading
// an event twice says nothing twice.
func (b *Bot) follow(ctx context.Context) {
	var told time.Time
	for ctx.Err() == nil {
		n, err := b.catchUp(ctx)
		if err != nil && ctx.Err() == nil {
			b.log.Warn("slack: the journal could not be followed", "err", err)
		}
		if err := b.digest(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("slack: the digest could not be made", "err", err)
		}
		if now := b.parts.Now(); now.Sub(told).Abs() >= time.Minute { // moves are rare, and all of them are read
			told = now
			if err := b.tellMoves(ctx); err != nil && ctx.Err() == nil {
				b.log.Warn("slack: what became of the policy could not be told", "err", err)
			}
		}
		if n == 0 {
			b.sleep(ctx, b.cfg.Poll)
		}
	}
}

const (
	me         = "slackbot" // under which the bot keeps its notes
	cursorNote = "cursor"
	page       = 500
)

// catchUp reads one page of the journal and returns how many events it held.
func (b *Bot) catchUp(ctx context.Context) (int, error) {
	after, err := b.cursor(ctx)
	if err != nil {
		return 0, err
	}
	events, err := b.parts.Ledger.Events(ctx, pipewright.EventQuery{AfterSeq: after, Limit: page})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	var seen []string
	for _, e := range events {
		if !slices.Contains(seen, e.Incident) {
			seen = append(seen, e.Incident)
			if err := b.show(ctx, e.Incident); err != nil {
				return 0, err
			}
		}
	}
	for _, e := range events {
		if err := b.tell(ctx, e); err != nil {
			return 0, err
		}
	}
	return len(events), b.keepCursor(ctx, events[len(events)-1].Seq)
}

// cursor is the last event that was followed. A bot that never ran begins at the end
// of the journal, with the cards of what is live.
func (b *Bot) cursor(ctx context.Context) (int64, error) {
	note, err := b.parts.Notes.Thread(ctx, me, cursorNote)
	if err != nil {
		return 0, err
	}
	if len(note) > 0 {
		return strconv.ParseInt(string(note), 10, 64)
	}
	var last int64
	for {
		events, err := b.parts.Ledger.Events(ctx, pipewright.EventQuery{AfterSeq: last, Limit: 10_000})
		if err != nil {
			return 0, err
		}
		if len(events) == 0 {
			break
		}
		last = events[len(events)-1].Seq
	}
	live, err := b.parts.Ledger.Incidents(ctx, pipewright.IncidentQuery{States: pipewright.States[:len(pipewright.States)-1], Limit: 10_000})
	if err != nil {
		return 0, err
	}
	for _, inc := range live {
		if err := b.show(ctx, inc.ID); err != nil {
			return 0, err
		}
	}
	return last, b.keepCursor(ctx, last)
}

func (b *Bot) keepCursor(ctx context.Context, seq int64) error {
	return b.parts.Notes.SaveThread(ctx, me, cursorNote, []byte(strconv.FormatInt(seq, 10)))
}

func cardKey(incident string) string { return "card/" + incident }

// show stores an incident's card as it stands now; an earlier one is edited.
func (b *Bot) show(ctx context.Context, id string) error {
	inc, err := b.parts.Ledger.Incident(ctx, id)
	if err != nil {
		return err
	}
	f, err := b.frame(ctx, inc)
	if err != nil {
		return err
	}
	v := card(inc, f)
	m := message{Kind: postKind, Text: v.text, Blocks: slack.Blocks{BlockSet: v.blocks}, Charts: b.chartsOf(ctx, inc), Phase: phase(inc)}
	now := b.parts.Now()
	due := now
	before, posted, err := b.cardOf(ctx, id)
	if err != nil {
		return err
	}
	if before != nil {
		m.Channel, m.Parent = before.Channel, before.Parent
	} else if m.Channel, m.Parent, err = b.place(ctx, inc); err != nil {
		return err
	}
	if !posted {
		due = b.cfg.postAt(inc.Severity, now)
	}
	if err := b.queue(ctx, cardKey(id), cardKey(id), inc.Seq, due, m); err != nil {
		return err
	}
	if err := b.dryRun(ctx, inc, due, m); err != nil {
		return err
	}
	return b.pictures(ctx, cardKey(id), due, m)
}

// dryRun stores as a file what an action would do, when it is too long for the card.
func (b *Bot) dryRun(ctx context.Context, inc pipewright.Incident, due time.Time, card message) error {
	if !proposed(inc) || inc.Decision == nil || !tooLong(inc.Decision.DryRun) {
		return nil
	}
	key := "dryrun/" + inc.ID + "/" + short(inc.Action.Hash()+inc.Decision.DryRun)
	m := message{Kind: fileKind, Channel: card.Channel, Parent: first(card.Parent, cardKey(inc.ID)), Text: visible(inc.Decision.DryRun), Name: inc.ID + "-would-do-" + short(key) + ".txt"}
	return b.queue(ctx, key, key, 1, due, m)
}

// cardOf is an incident's card as it was stored last, nil when there is none, and
// whether it is in the channel already.
func (b *Bot) cardOf(ctx context.Context, incident string) (m *message, posted bool, err error) {
	d, err := b.parts.Outbox.Delivery(ctx, outQueue, cardKey(incident))
	if pipewright.KindOf(err) == pipewright.NotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	m = new(message)
	if err := json.Unmarshal(d.Body, m); err != nil {
		return nil, false, pipewright.Errorf(pipewright.Internal, "decode %s: %w", d.Key, err)
	}
	return m, d.Ref != "", nil
}

func (b *Bot) frame(ctx context.Context, inc pipewright.Incident) (frame, error) {
	f := frame{zone: b.cfg.Zone, links: b.cfg.Links, causes: len(b.parts.Causes) > 0}
	if inc.Approval == "" {
		return f, nil
	}
	ap, err := b.parts.Ledger.Approval(ctx, inc.Approval)
	if pipewright.KindOf(err) == pipewright.NotFound {
		return f, nil
	}
	f.approval = &ap
	return f, err
}

// storm is a run of new incidents in one channel, each soon after the one before.
type storm struct {
	Key  string    `json:"key"`
	Last time.Time `json:"last"`
	IDs  []string  `json:"ids"`
}

// place chooses the channel of a new card and, in a storm, the thread that it shares.
func (b *Bot) place(ctx context.Context, inc pipewright.Incident) (channel, parent string, err error) {
	team, err := b.teamOf(ctx, inc.Resource)
	if err != nil {
		return "", "", err
	}
	now := b.parts.Now()
	channel = b.cfg.routeOf(inc, team, now).Channel
	var s storm
	if err := b.recall(ctx, "storm/"+channel, &s); err != nil {
		return "", "", err
	}
	if now.Sub(s.Last) > b.cfg.StormWithin {
		s = storm{Key: "storm/" + channel + "/" + inc.ID}
	}
	s.Last = now
	if !slices.Contains(s.IDs, inc.ID) {
		s.IDs = append(s.IDs, inc.ID)
	}
	if err := b.remember(ctx, "storm/"+channel, s); err != nil {
		return "", "", err
	}
	if len(s.IDs) <= b.cfg.Storm {
		return channel, "", nil
	}
	text := fmt.Sprintf("⛈️ %d incidents within %s of each other: the later ones share this thread.", len(s.IDs), span(b.cfg.StormWithin))
	return channel, s.Key, b.queue(ctx, s.Key, s.Key, int64(len(s.IDs)), b.cfg.postAt(inc.Severity, now),
		message{Kind: postKind, Channel: channel, Text: text, Blocks: slack.Blocks{BlockSet: []slack.Block{section(text)}}})
}

// tell stores what an event adds in the thread.
func (b *Bot) tell(ctx context.Context, e pipewright.Event) error {
	inc, err := b.parts.Ledger.Incident(ctx, e.Incident)
	if err != nil {
		return err
	}
	m, posted, err := b.cardOf(ctx, e.Incident)
	if err != nil || m == nil {
		return err
	}
	if e.To == pipewright.Waiting && e.Action == nil {
		e.Action = inc.Action
	}
	if e.To == pipewright.Acting {
		if e.Verdict, err = b.permission(ctx, inc, e); err != nil {
			return err
		}
	}
	text := news(e, frame{zone: b.cfg.Zone}, b.call(ctx, inc, e))
	if text == "" {
		return nil
	}
	now := b.parts.Now()
	due, lane := b.cfg.postAt(inc.Severity, now), "news/"+e.Incident
	if held := due.After(now); held && !posted {
		return nil // the card will say how it ended
	} else if held {
		lane += "/held"
	}
	if asleep, err := b.asleep(ctx, e.Incident); err != nil || asleep && !urgent(e) {
		return err
	}
	parent := m.Parent
	if parent == "" {
		parent = cardKey(e.Incident)
	}
	return b.queue(ctx, fmt.Sprintf("news/%s/%d", e.Incident, e.Seq), lane, 1, due,
		message{Kind: postKind, Channel: m.Channel, Parent: parent, Text: text, Blocks: slack.Blocks{BlockSet: []slack.Block{section(text)}}})
}

// permission is the verdict under which an action runs, when a person gave it: the
// event before says so, the action's own does not.
func (b *Bot) permission(ctx context.Context, inc pipewright.Incident, e pipewright.Event) (*pipewright.Verdict, error) {
	i := slices.IndexFunc(inc.Attempts, func(a pipewright.Attempt) bool {
		return e.Action != nil && a.Action.Key == e.Action.Key && a.Approval != ""
	})
	if i < 0 {
		return e.Verdict, nil
	}
	ap, err := b.parts.Ledger.Approval(ctx, inc.Attempts[i].Approval)
	if pipewright.KindOf(err) == pipewright.NotFound {
		return e.Verdict, nil
	}
	return &pipewright.Verdict{Ruling: pipewright.Allow, By: "approval", Why: "approved by " + ap.By + " (" + ap.ID + ")"}, err
}

// call mentions who is to be called about an event, as the route says.
func (b *Bot) call(ctx context.Context, inc pipewright.Incident, e pipewright.Event) string {
	if !urgent(e) {
		return ""
	}
	team, err := b.teamOf(ctx, inc.Resource)
	if err != nil {
		return ""
	}
	who := b.cfg.named(e.Call)
	if id := b.cfg.routeOf(inc, team, b.parts.Now()).Notify; id != "" && !slices.Contains(who, id) {
		who = append(who, id)
	}
	say := ""
	for _, id := range who {
		if id[0] == 'S' {
			say += "<!subteam^" + id + "> "
			continue
		}
		say += "<@" + id + "> "
	}
	return say
}

// named are the Slack ids of people and groups by the names that may_approve knows.
func (c Config) named(names []string) (ids []string) {
	for _, name := range names {
		for _, known := range []map[string]string{c.People, c.Groups} {
			for _, id := range sortedKeys(known) {
				if known[id] == name {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

// asleep reports whether somebody snoozed the incident.
func (b *Bot) asleep(ctx context.Context, incident string) (bool, error) {
	var until time.Time
	err := b.recall(ctx, "snooze/"+incident, &until)
	return b.parts.Now().Before(until), err
}

func (b *Bot) remember(ctx context.Context, name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "encode note %s: %w", name, err)
	}
	return b.parts.Notes.SaveThread(ctx, me, name, body)
}

// recall reads a note into v, which stays as it is when there is none.
func (b *Bot) recall(ctx context.Context, name string, v any) error {
	body, err := b.parts.Notes.Thread(ctx, me, name)
	if err != nil || len(body) == 0 {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return pipewright.Errorf(pipewright.Internal, "decode note %s: %w", name, err)
	}
	return nil
}
