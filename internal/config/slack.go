package config

import (
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Slack is where people talk to it. Without a channel there is no bot.
type Slack struct {
	Mode          string            `yaml:"mode"` // socket or http
	AppToken      Secret            `yaml:"app_token"`
	BotToken      Secret            `yaml:"bot_token"`
	SigningSecret Secret            `yaml:"signing_secret"`
	Listen        string            `yaml:"listen"`  // for http
	API           string            `yaml:"api_url"` // empty: Slack itself
	Channel       string            `yaml:"channel"`
	Routes        []SlackRoute      `yaml:"routes"`
	People        map[string]string `yaml:"people"` // Slack user id: a name in heal.may_approve
	Groups        map[string]string `yaml:"groups"` // Slack user group id: a name in heal.may_approve
	QuietHours    []SlackHours      `yaml:"quiet_hours"`
	Links         []string          `yaml:"links"`
	Storm         int               `yaml:"storm"`
	Charts        string            `yaml:"charts"` // auto, native, image or off
	Digest        bool              `yaml:"digest"`
	DigestAt      string            `yaml:"digest_at"` // a day and a time of day, such as "mon 09:00"
}

// SlackRoute sends the cards of some incidents to a channel.
type SlackRoute struct {
	Team     string       `yaml:"team"`
	Severity string       `yaml:"severity"`
	Resource string       `yaml:"resource"`
	Hours    []SlackHours `yaml:"hours"`
	Channel  string       `yaml:"channel"`
	Notify   string       `yaml:"notify"`
}

// SlackHours is a weekly window.
type SlackHours struct {
	Days   []string `yaml:"days"`
	Start  string   `yaml:"start"`
	Length Duration `yaml:"length"`
	Allow  string   `yaml:"allow"`
}

// On reports whether the file asks for a bot.
func (s Slack) On() bool { return s.Channel != "" || s.BotToken.Given() }

// Window is the hours as a window of the loop's kind.
func (h SlackHours) Window() Freeze { return Freeze{Days: h.Days, Start: h.Start, Length: h.Length} }

var (
	slackChannel = regexp.MustCompile(`^[CGD][A-Z0-9]{1,20}$`)
	slackUser    = regexp.MustCompile(`^[UW][A-Z0-9]{1,20}$`)
	slackGroup   = regexp.MustCompile(`^S[A-Z0-9]{1,20}$`)
)

// Weekly reads a moment of the week: "mon 09:00".
func Weekly(at string) (day time.Weekday, begin time.Duration, err error) {
	name, clock, _ := strings.Cut(strings.TrimSpace(at), " ")
	window := Freeze{Days: []string{name}, Start: strings.TrimSpace(clock)}
	days, err := window.Weekdays()
	if err != nil {
		return 0, 0, err
	}
	begin, err = window.Begin()
	return days[0], begin, err
}

func (s Slack) check(f *faults, mayApprove []string) {
	if !s.On() {
		return
	}
	s.checkMode(f)
	channelOf(f, "slack.channel", s.Channel)
	if _, _, err := Weekly(s.DigestAt); s.DigestAt != "" && err != nil {
		f.add("slack.digest_at", "%q is not a day and a time of day such as \"mon 09:00\"", s.DigestAt)
	}
	if !slices.Contains([]string{"", "auto", "native", "image", "off"}, s.Charts) {
		f.add("slack.charts", "%q is not auto, native, image or off", s.Charts)
	}
	for i, r := range s.Routes {
		r.check(f, fmt.Sprintf("slack.routes[%d]", i))
	}
	for i, h := range s.QuietHours {
		h.check(f, fmt.Sprintf("slack.quiet_hours[%d]", i))
	}
	checkNames(f, "slack.people", s.People, slackUser, "a Slack user's id such as U012AB3CD", mayApprove)
	checkNames(f, "slack.groups", s.Groups, slackGroup, "a Slack user group's id such as S012AB3CD", mayApprove)
	if s.Storm < 0 {
		f.add("slack.storm", "must not be negative")
	}
	if s.API != "" {
		checkURL(f, "slack.api_url", s.API, "https", "http")
	}
}

func (s Slack) checkMode(f *faults) {
	if !s.BotToken.Given() {
		f.add("slack.bot_token", "refer to the bot token (xoxb-...) with {env: NAME} or {file: PATH}")
	}
	switch s.Mode {
	case "", "socket":
		if !s.AppToken.Given() {
			f.add("slack.app_token", "Socket Mode needs the app-level token (xapp-...) with connections:write")
		}
	case "http":
		if !s.SigningSecret.Given() {
			f.add("slack.signing_secret", "HTTP events need the app's signing secret")
		}
		if _, port, err := net.SplitHostPort(s.Listen); err != nil || port == "" {
			f.add("slack.listen", "%q is not an address such as 127.0.0.1:9465", s.Listen)
		}
	default:
		f.add("slack.mode", "%q is not socket or http", s.Mode)
	}
}

func channelOf(f *faults, key, id string) {
	if !slackChannel.MatchString(id) {
		f.add(key, "%q is not a channel's id such as C012AB3CD; Slack shows it at the end of \"View channel details\"", id)
	}
}

func (r SlackRoute) check(f *faults, key string) {
	channelOf(f, key+".channel", r.Channel)
	if r.Severity != "" && !slices.Contains(severities, pipewright.Severity(r.Severity)) {
		f.add(key+".severity", "%q is not info, warning or critical", r.Severity)
	}
	if r.Notify != "" && !slackUser.MatchString(r.Notify) && !slackGroup.MatchString(r.Notify) {
		f.add(key+".notify", "%q is neither a user's id (U...) nor a user group's (S...)", r.Notify)
	}
	for i, h := range r.Hours {
		h.check(f, fmt.Sprintf("%s.hours[%d]", key, i))
	}
	if len(r.Hours) > 1 {
		f.add(key+".hours", "one window a route; write the route twice for two")
	}
}

var severities = []pipewright.Severity{pipewright.SevInfo, pipewright.SevWarning, pipewright.SevCritical}

func (h SlackHours) check(f *faults, key string) {
	if _, err := h.Window().Begin(); err != nil {
		f.add(key+".start", "%s", err)
	}
	if _, err := h.Window().Weekdays(); err != nil {
		f.add(key+".days", "%s", err)
	}
	if h.Length <= 0 || h.Length > Duration(24*time.Hour) {
		f.add(key+".length", "must be longer than 0s and at most 24h")
	}
	if h.Allow != "" && !slices.Contains(severities, pipewright.Severity(h.Allow)) {
		f.add(key+".allow", "%q is not info, warning or critical", h.Allow)
	}
}

// checkNames sees to it that nobody is mapped to a name that means nothing.
func checkNames(f *faults, key string, m map[string]string, id *regexp.Regexp, what string, may []string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch {
		case !id.MatchString(k):
			f.add(join(key, k), "%q is not %s", k, what)
		case !slices.Contains(may, m[k]) && !slices.Contains(may, "*"):
			f.add(join(key, k), "%q is not named in heal.may_approve", m[k])
		}
	}
}
