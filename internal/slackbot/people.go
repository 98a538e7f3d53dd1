package slackbot

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// person is somebody in the workspace, as the rest of Pipewright knows them. The
// name comes from the configuration and never from a profile, which anybody can edit.
type person struct {
	id    string   // Slack's
	name  string   // by which may_approve knows them, or "slack:" and the id
	roles []string // names that may_approve has for their user groups
	guest bool     // "*" does not mean guests
}

// people says who may do what. It is the one place, whatever was pressed or typed.
type people struct {
	bot     *Bot
	mu      sync.Mutex
	cache   map[string]cached
	members map[string]membership
}

type cached struct {
	user *slack.User
	at   time.Time
}

type membership struct {
	ids []string
	at  time.Time
}

// knownFor is how long Slack's word on a person or a group is believed: somebody who
// left may still press a button for that long.
const knownFor = 30 * time.Second

// find asks Slack about a user. Bots, strangers from other workspaces and people who
// left are Denied; when Slack cannot be asked, nobody is entitled to anything.
func (p *people) find(ctx context.Context, id string) (person, error) {
	u, err := p.user(ctx, id)
	if err != nil {
		return person{}, err
	}
	_, _, team := p.bot.me()
	switch {
	case u.Deleted:
		return person{}, pipewright.Errorf(pipewright.Denied, "that account has been deactivated")
	case u.IsBot || u.ID == "USLACKBOT":
		return person{}, pipewright.Errorf(pipewright.Denied, "bots decide nothing here")
	case u.IsStranger || team != "" && u.TeamID != "" && u.TeamID != team && !p.mapped(id):
		return person{}, pipewright.Errorf(pipewright.Denied, "people of other workspaces decide nothing here")
	}
	who := person{id: id, name: "slack:" + id, guest: u.IsRestricted || u.IsUltraRestricted}
	if name, ok := p.bot.cfg.People[id]; ok {
		who.name, who.guest = name, false
	}
	for _, group := range slices.Sorted(maps.Keys(p.bot.cfg.Groups)) {
		ids, err := p.group(ctx, group)
		if err != nil {
			return person{}, err
		}
		if slices.Contains(ids, id) {
			who.roles = append(who.roles, p.bot.cfg.Groups[group])
		}
	}
	return who, nil
}

func (p *people) mapped(id string) bool {
	_, ok := p.bot.cfg.People[id]
	return ok
}

func (p *people) user(ctx context.Context, id string) (*slack.User, error) {
	now := p.bot.parts.Now()
	p.mu.Lock()
	c, ok := p.cache[id]
	p.mu.Unlock()
	if ok && now.Sub(c.at) < knownFor {
		return c.user, nil
	}
	u, err := p.bot.api.GetUserInfoContext(ctx, id)
	if err := p.bot.note(ctx, "users.info", "", err); err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "Slack does not say who you are: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cache[id] = cached{u, now}
	return u, nil
}

func (p *people) group(ctx context.Context, id string) ([]string, error) {
	now := p.bot.parts.Now()
	p.mu.Lock()
	m, ok := p.members[id]
	p.mu.Unlock()
	if ok && now.Sub(m.at) < knownFor {
		return m.ids, nil
	}
	ids, err := p.bot.api.GetUserGroupMembersContext(ctx, id)
	if err := p.bot.note(ctx, "usergroups.users.list", "", err); err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "Slack does not say who is in the user group %s: %w", id, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[id] = membership{ids, now}
	return ids, nil
}

// as is the name under which a person may do what the list permits: their own, or
// that of a group they are in.
func (p person) as(may []string) (name string, ok bool) {
	if slices.Contains(may, p.name) {
		return p.name, true
	}
	for _, r := range p.roles {
		if slices.Contains(may, r) {
			return r, true
		}
	}
	return p.name, slices.Contains(may, "*") && !p.guest
}

// behind is who acts in a group's name; empty when they act in their own.
func (p person) behind(name string) string {
	if name == p.name {
		return ""
	}
	return p.name
}

// sign says who is behind a request that is made in a group's name.
func (p person) sign(name, reason string) string {
	if name == p.name {
		return reason
	}
	if reason == "" {
		return "by " + p.name
	}
	return reason + " (by " + p.name + ")"
}
