package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pipewright/pipewright/internal/slackfake"
)

// shown is what the bot has shown since it was asked last: new messages whole, edited
// ones by the lines that are gone and the lines that are new.
func (c *cast) shown() (out []string) {
	for _, s := range c.sights() {
		before, known := c.seen[s.key]
		if known && before == s.text {
			continue
		}
		c.seen[s.key] = s.text
		if known {
			out = append(out, "  | "+s.title+", edited:")
			out = append(out, changes(before, s.text)...)
			continue
		}
		out = append(out, "  | "+s.title+":")
		for _, l := range strings.Split(s.text, "\n") {
			out = append(out, strings.TrimRight("  |   "+l, " "))
		}
	}
	return out
}

// sight is one thing that somebody can see.
type sight struct{ key, title, text string }

func (c *cast) sights() (all []sight) {
	var messages []sight
	for _, channel := range []string{"C1", "DUANA", "DUBEN", "DUEVE", "DUGUS"} {
		for _, m := range c.slack.Messages(channel) {
			if m.BotID != slackfake.BotID {
				continue
			}
			key := keyOf(m)
			if _, ok := m.Button("pw1.approve"); ok {
				inc := strings.TrimPrefix(key, "card/")
				if _, had := c.asked[inc]; !had {
					c.asked[inc] = m
				}
			}
			messages = append(messages, sight{key: channel + key, title: c.title(m), text: c.words(m)})
		}
	}
	for _, id := range []string{"UANA", "UBEN", "UEVE", "UGUS"} {
		for i, m := range c.slack.Ephemeral(id) {
			all = append(all, sight{key: fmt.Sprint("private/", id, i), title: "for " + c.names[id] + " alone", text: c.words(m)})
		}
		if v, ok := c.slack.Home(id); ok && c.homes[id] {
			all = append(all, sight{key: "home/" + id, title: "the home of " + c.names[id], text: c.flat(v.Blocks)})
		}
	}
	for i, v := range c.slack.Modals() {
		all = append(all, sight{key: fmt.Sprint("form/", i), title: "a form", text: c.flat(v.Blocks)})
	}
	slices.SortStableFunc(messages, func(a, b sight) int { return cmp.Compare(order(a), order(b)) })
	return append(messages, all...)
}

// order shows cards first and then what is said, so that it does not depend on which
// of two deliveries reached Slack first.
func order(s sight) string { return s.title + "\n" + s.text }

// title says what a message is and where.
func (c *cast) title(m slackfake.Message) string {
	key := keyOf(m)
	kind, _, _ := strings.Cut(key, "/")
	switch {
	case kind == "card":
		return "card of " + strings.TrimPrefix(key, "card/")
	case strings.HasPrefix(m.Channel, "D"):
		return "to " + c.names[strings.TrimPrefix(m.Channel, "D")] + ", directly"
	case m.Thread == "":
		return "in #data"
	}
	for _, root := range c.slack.Messages(m.Channel) {
		if root.TS == m.Thread {
			if about, ok := strings.CutPrefix(keyOf(root), "card/"); ok {
				return "under the card of " + about
			}
			return "in the thread of " + c.names[root.User]
		}
	}
	return "in a thread"
}

// words are a message's blocks as text, or its text, and its files.
func (c *cast) words(m slackfake.Message) string {
	text := c.flat(m.Blocks)
	if text == "" {
		text = m.Text
	}
	for _, f := range m.Files {
		head, _, _ := strings.Cut(f.Content, "\n")
		text += fmt.Sprintf("(a file of %d characters: %s)", len([]rune(f.Content)), head)
	}
	return c.readable(text)
}

var (
	dates   = regexp.MustCompile(`<!date\^\d+\^[^|]*\|([^>]*)>`)
	people  = regexp.MustCompile(`<@(U\w+)>`)
	took    = regexp.MustCompile(`(calls, )\d+\.\d s`)
	fileIDs = regexp.MustCompile(`answer-[0-9a-f]+\.txt`)
)

// readable is text as a person sees it in Slack, without what differs from run to run.
func (c *cast) readable(text string) string {
	text = dates.ReplaceAllString(text, "$1")
	text = people.ReplaceAllStringFunc(text, func(m string) string { return "@" + c.names[m[2:len(m)-1]] })
	text = fileIDs.ReplaceAllString(text, "answer-….txt")
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		lines = append(lines, took.ReplaceAllString(l, "${1}0.0 s"))
	}
	return strings.Join(lines, "\n")
}

// flat is blocks as lines of text.
func (c *cast) flat(blocks []any) string {
	var lines []string
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		switch block["type"] {
		case "divider":
			lines = append(lines, "---")
		case "actions":
			var names []string
			for _, e := range list(block["elements"]) {
				names = append(names, "["+textOf(e)+"]")
			}
			lines = append(lines, strings.Join(names, " "))
		case "header":
			lines = append(lines, "# "+textOf(block))
		case "context":
			var parts []string
			for _, e := range list(block["elements"]) {
				parts = append(parts, textOf(e))
			}
			lines = append(lines, "("+strings.Join(parts, " ")+")")
		case "input":
			element, _ := block["element"].(map[string]any)
			initial, _ := element["initial_value"].(string)
			lines = append(lines, "["+textOf(map[string]any{"text": block["label"]})+": "+initial+"]")
		case "section":
			if s := textOf(block); s != "" {
				lines = append(lines, s)
			}
			for _, f := range list(block["fields"]) {
				lines = append(lines, textOf(f))
			}
			if acc, ok := block["accessory"].(map[string]any); ok {
				lines = append(lines, "["+textOf(acc)+"]")
			}
		default:
			lines = append(lines, fmt.Sprintf("{%v} %s", block["type"], strings.Join(everyText(block), " · ")))
		}
	}
	return c.readable(strings.Join(lines, "\n"))
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func textOf(v any) string {
	m, _ := v.(map[string]any)
	switch t := m["text"].(type) {
	case string:
		return t
	case map[string]any:
		return textOf(t)
	}
	return ""
}

// everyText finds the texts in a block of a kind that is not listed above.
func everyText(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		var keys []string
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if s, ok := v[k].(string); ok && (k == "text" || k == "title" || k == "name" || k == "label") {
				out = append(out, s)
				continue
			}
			out = append(out, everyText(v[k])...)
		}
	case []any:
		for _, e := range v {
			out = append(out, everyText(e)...)
		}
	}
	return out
}

// changes are the lines of two texts that the other does not have.
func changes(before, after string) (out []string) {
	old, fresh := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, l := range old {
		if !slices.Contains(fresh, l) {
			out = append(out, strings.TrimRight("  | - "+l, " "))
		}
	}
	for _, l := range fresh {
		if !slices.Contains(old, l) {
			out = append(out, strings.TrimRight("  | + "+l, " "))
		}
	}
	return out
}
