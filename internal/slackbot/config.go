package slackbot

import (
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Mode is how events reach the bot.
type Mode string

const (
	Socket Mode = "socket" // the bot calls out and Slack answers on that connection; nothing listens
	HTTP   Mode = "http"   // Slack calls a public address of ours
)

// Config is the bot's own configuration.
type Config struct {
	Mode          Mode
	AppToken      string // xapp-..., for Socket
	BotToken      string // xoxb-...
	SigningSecret string // for HTTP
	APIURL        string // empty: Slack's own
	Channel       string // where cards go that no route claims; a channel id
	Routes        []Route
	People        map[string]string // Slack user id: the name by which may_approve knows them
	Groups        map[string]string // Slack user group id: the name by which may_approve knows its members
	MayApprove    []string          // the loop's own list, for pauses and requests
	Quiet         []Quiet
	Zone          *time.Location
	Links         []string // hosts that a link may lead to
	Charts        Charting // auto unless set
	Digest        bool     // post the week's figures once a week
	DigestAt      Weekly   // Monday at nine unless set
	Storm         int      // more new incidents than this in StormWithin share one thread
	StormWithin   time.Duration
	Poll          time.Duration // how often the journal and due work are looked at
	Patience      time.Duration // how long an answer may take before its progress is shown; 1 s unless set
	EditEvery     time.Duration // how often that is shown anew at most; 1.2 s unless set, as Slack takes 50 edits a minute
	Lease         time.Duration // how long a delivery in hand is nobody else's
}

// Route sends the cards of some incidents to a channel; the first that matches wins.
// Empty fields match everything.
type Route struct {
	Team     string // the resource's label team
	Severity string // info, warning, critical
	Resource string // a resource id, or the beginning of one before a *
	Hours    *Quiet // only then
	Channel  string
	Notify   string // user (U...) or user group (S...) to call when a person is needed
}

// Quiet is a window in which only Allow and worse is posted; the rest waits for its end.
type Quiet struct {
	Days   []time.Weekday // none: every day
	Start  time.Duration  // after local midnight
	Length time.Duration
	Allow  pipewright.Severity // empty: critical
}

func (c Config) complete() (Config, error) {
	if c.Mode == "" {
		c.Mode = Socket
	}
	if c.APIURL == "" {
		c.APIURL = "https://slack.com/api/"
	}
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/"
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	if c.DigestAt == (Weekly{}) {
		c.DigestAt = Weekly{Day: time.Monday, At: 9 * time.Hour}
	}
	if c.Patience <= 0 {
		c.Patience = time.Second
	}
	if c.EditEvery <= 0 {
		c.EditEvery = 1200 * time.Millisecond
	}
	if c.Charts == "" {
		c.Charts = ChartsAuto
	}
	if c.Storm <= 0 {
		c.Storm = 5
	}
	if c.StormWithin <= 0 {
		c.StormWithin = 5 * time.Minute
	}
	switch {
	case c.BotToken == "":
		return c, pipewright.Errorf(pipewright.Invalid, "slack needs a bot token: set slack.bot_token")
	case c.Mode == Socket && c.AppToken == "":
		return c, pipewright.Errorf(pipewright.Invalid, "Socket Mode needs an app-level token with connections:write: set slack.app_token")
	case c.Mode == HTTP && c.SigningSecret == "":
		return c, pipewright.Errorf(pipewright.Invalid, "HTTP events need the app's signing secret: set slack.signing_secret")
	case c.Mode != Socket && c.Mode != HTTP:
		return c, pipewright.Errorf(pipewright.Invalid, "slack.mode is socket or http, not %q", c.Mode)
	case c.Channel == "":
		return c, pipewright.Errorf(pipewright.Invalid, "say where cards go: set slack.channel to a channel's id")
	}
	return c, nil
}

func (c Config) lease() time.Duration {
	if c.Lease > 0 {
		return c.Lease
	}
	return leaseFor
}

// holds reports whether t lies in the window, and when it ends.
func (q Quiet) holds(t time.Time, zone *time.Location) (end time.Time, in bool) {
	local := t.In(zone)
	for back := range 2 { // a window that began yesterday may still hold
		day := local.AddDate(0, 0, -back)
		start := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone).Add(q.Start)
		if len(q.Days) > 0 && !slices.Contains(q.Days, start.Weekday()) {
			continue
		}
		if end := start.Add(q.Length); !t.Before(start) && t.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}
