package slackfake

import "fmt"

// Limits lists where blocks go beyond what Slack takes, read from its reference of
// Block Kit. most is how many blocks there may be.
func Limits(blocks []any, most int) []string {
	var l limits
	if len(blocks) > most {
		l.say("%d blocks, at most %d", len(blocks), most)
	}
	ids := map[string]bool{}
	for i, b := range blocks {
		m, ok := b.(map[string]any)
		if !ok {
			l.say("block %d is no object", i)
			continue
		}
		if id, _ := m["block_id"].(string); id != "" {
			if ids[id] {
				l.say("the block id %s occurs twice", id)
			}
			ids[id] = true
			l.length("block id", id, 1, 255)
		}
		l.block(i, m)
	}
	return l.found
}

type limits struct{ found []string }

func (l *limits) say(format string, args ...any) {
	l.found = append(l.found, fmt.Sprintf(format, args...))
}

func (l *limits) length(what, text string, least, most int) {
	if n := len([]rune(text)); n < least || n > most {
		l.say("%s has %d characters, not %d to %d", what, n, least, most)
	}
}

// text judges a text object.
func (l *limits) text(what string, v any, most int, plain bool) {
	m, _ := v.(map[string]any)
	text, ok := m["text"].(string)
	if !ok {
		l.say("%s has no text", what)
		return
	}
	kind, _ := m["type"].(string)
	if plain && kind != "plain_text" || kind != "plain_text" && kind != "mrkdwn" {
		l.say("%s is of the type %q", what, kind)
	}
	if _, has := m["verbatim"]; has && kind != "mrkdwn" {
		l.say("%s is plain text and verbatim", what)
	}
	l.length(what, text, 1, most)
}

func (l *limits) list(what string, v any, most int) []any {
	list, _ := v.([]any)
	if len(list) < 1 || len(list) > most {
		l.say("%s has %d parts, not 1 to %d", what, len(list), most)
	}
	return list
}

func (l *limits) block(i int, m map[string]any) {
	kind, _ := m["type"].(string)
	what := fmt.Sprintf("block %d (%s)", i, kind)
	switch kind {
	case "divider":
	case "header":
		l.text(what, m["text"], 150, true)
	case "section":
		if m["text"] != nil || m["fields"] == nil {
			l.text(what, m["text"], 3000, false)
		}
		if m["fields"] != nil {
			for _, f := range l.list(what, m["fields"], 10) {
				l.text(what+" field", f, 2000, false)
			}
		}
	case "context":
		for _, e := range l.list(what, m["elements"], 10) {
			l.text(what, e, 3000, false)
		}
	case "actions":
		ids := map[string]bool{}
		for _, e := range l.list(what, m["elements"], 25) {
			l.element(what, e, ids)
		}
	case "input":
		l.text(what+" label", m["label"], 2000, true)
		l.element(what, m["element"], map[string]bool{})
	case "image":
		alt, _ := m["alt_text"].(string)
		l.length(what+" alt text", alt, 1, 2000)
	case "data_visualization":
		l.chart(what, m)
	default:
		l.say("%s is of no known type", what)
	}
}

// chart judges a block that Slack draws as a line, bar or area chart.
func (l *limits) chart(what string, m map[string]any) {
	title, _ := m["title"].(string)
	l.length(what+" title", title, 1, 50)
	c, _ := m["chart"].(map[string]any)
	if kind, _ := c["type"].(string); kind != "line" && kind != "bar" && kind != "area" {
		l.say("%s is a chart of the type %q", what, kind)
	}
	axes, _ := c["axis_config"].(map[string]any)
	categories := l.list(what+" categories", axes["categories"], 20)
	seen := map[any]bool{}
	for _, name := range categories {
		text, _ := name.(string)
		l.length(what+" category", text, 1, 20)
		if seen[name] {
			l.say("%s has the category %v twice", what, name)
		}
		seen[name] = true
	}
	for _, s := range l.list(what+" series", c["series"], 6) {
		line, _ := s.(map[string]any)
		name, _ := line["name"].(string)
		l.length(what+" series", name, 1, 20)
		if points := l.list(what+" data", line["data"], 20); len(points) != len(categories) {
			l.say("%s has %d points for %d categories", what, len(points), len(categories))
		}
	}
}

func (l *limits) element(what string, v any, ids map[string]bool) {
	m, _ := v.(map[string]any)
	kind, _ := m["type"].(string)
	id, _ := m["action_id"].(string)
	l.length(what+" action id", id, 1, 255)
	if ids[id] {
		l.say("%s has the action id %s twice", what, id)
	}
	ids[id] = true
	switch kind {
	case "button":
		l.text(what+" button", m["text"], 75, true)
		value, _ := m["value"].(string)
		l.length(what+" value", value, 0, 2000)
		if style, has := m["style"]; has && style != "primary" && style != "danger" {
			l.say("%s has the style %v", what, style)
		}
		if c, has := m["confirm"].(map[string]any); has {
			l.text(what+" confirm title", c["title"], 100, true)
			l.text(what+" confirm text", c["text"], 300, false)
			l.text(what+" confirm", c["confirm"], 30, true)
			l.text(what+" confirm deny", c["deny"], 30, true)
		}
	case "static_select":
		l.text(what+" placeholder", m["placeholder"], 150, true)
		groups := []any{m}
		if m["option_groups"] != nil {
			groups = l.list(what+" groups", m["option_groups"], 100)
		}
		for _, g := range groups {
			group, _ := g.(map[string]any)
			if group["label"] != nil {
				l.text(what+" group", group["label"], 75, true)
			}
			for _, o := range l.list(what+" options", group["options"], 100) {
				option, _ := o.(map[string]any)
				l.text(what+" option", option["text"], 75, true)
				value, _ := option["value"].(string)
				l.length(what+" value", value, 1, 150)
			}
		}
	case "plain_text_input":
		initial, _ := m["initial_value"].(string)
		l.length(what+" initial value", initial, 0, 3000)
		if most, ok := m["max_length"].(float64); ok && most > 3000 {
			l.say("%s may grow to %v", what, most)
		}
		if m["placeholder"] != nil {
			l.text(what+" placeholder", m["placeholder"], 150, true)
		}
	default:
		l.say("%s has an element of the unknown type %q", what, kind)
	}
}
