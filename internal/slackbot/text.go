package slackbot

import (
	"net/url"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// markup escapes the three characters that mean something to Slack, so that no
// mention, channel or link works in the text.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// visible shows what does not show in outside text as escapes; newlines and tabs stay.
func visible(text string) string {
	return pipewright.Visible(strings.ReplaceAll(text, "\r\n", "\n"))
}

// plain is outside text as it may stand in mrkdwn. It opens no code block, in which
// what follows would disappear.
func plain(text string) string {
	return markup.Replace(strings.ReplaceAll(visible(text), "```", "ˋˋˋ"))
}

// code is outside text as a code span: one line, and no way out of it.
func code(text string) string {
	text = strings.Join(strings.Fields(visible(text)), " ")
	if text == "" {
		return ""
	}
	return "`" + markup.Replace(noTicks(text)) + "`"
}

// fence is outside text as a code block with no way out of it.
func fence(text string) string {
	text = strings.TrimRight(visible(text), "\n ")
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return "```\n" + markup.Replace(noTicks(text)) + "\n```"
}

// noTicks replaces the back quote, which ends code, by one that looks like it.
func noTicks(text string) string { return strings.ReplaceAll(text, "`", "ˋ") }

// links say which hosts a link may lead to: "grafana.example.com", or
// "*.example.com" for everything beneath it.
type links []string

// to is a link on the label when the address is allowed, else only the label.
// The label is taken as it is.
func (l links) to(address, label string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || !l.allow(u.Hostname()) || strings.ContainsAny(address, "<>|\"`") || visible(address) != address {
		return label
	}
	return "<" + strings.ReplaceAll(u.String(), "&", "&amp;") + "|" + strings.ReplaceAll(label, "|", "¦") + ">"
}

func (l links) allow(host string) bool {
	return slices.ContainsFunc(l, func(pattern string) bool {
		if beneath, ok := strings.CutPrefix(pattern, "*."); ok {
			return strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(beneath))
		}
		return strings.EqualFold(host, pattern)
	})
}

// cut shortens text to at most n characters and says that it did.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// firstLine is the first line of a text, of at most n characters.
func firstLine(text string, n int) string {
	text, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	if more {
		text = strings.TrimSpace(text) + " …"
	}
	return cut(text, n)
}
