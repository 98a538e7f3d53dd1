package slackbot

import (
	"context"
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Template is something that people ask for again and again.
type Template struct {
	Name    string
	Usage   string // its inputs as somebody types them
	Purpose string
}

// Called is a template with its inputs.
type Called struct {
	Name   string
	Inputs map[string]string
	Asks   string // the question that it stands for
}

// Templates are what /pipewright knows by name.
type Templates interface {
	All() []Template
	// Call reads "rca glue:job/orders_etl since=2h". What names no template is NotFound;
	// inputs that do not fit are Invalid.
	Call(text string) (Called, error)
}

// called makes a question that begins with the name of a template into its call. Names
// are also words of the language ("why did it fail?"): what does not fit the inputs and
// assigns none of them is a question like any other. fault says what is wrong with a call
// that was meant as one.
func (b *Bot) called(t *talk, command bool) (fault error) {
	if b.parts.Templates == nil || strings.ContainsAny(t.text, "\n?") {
		return nil
	}
	c, err := b.parts.Templates.Call(t.text)
	switch {
	case err == nil:
		t.template, t.inputs, t.text = c.Name, c.Inputs, c.Asks
		return nil
	case pipewright.KindOf(err) == pipewright.NotFound, !strings.Contains(t.text, "=") && !(command && !strings.Contains(t.text, " ")):
		return nil
	}
	return err
}

// templates lists what can be asked for by name.
func (b *Bot) templates(ctx context.Context, t talk) error {
	if b.parts.Templates == nil {
		return b.reply(ctx, t, "There are no templates here.")
	}
	lines := []string{"*Templates*, as in `/pipewright rca glue:job/orders_etl since=2h`:"}
	for _, tpl := range b.parts.Templates.All() {
		lines = append(lines, fmt.Sprintf("• %s: %s", code(strings.TrimSpace(tpl.Name+" "+tpl.Usage)), plain(firstLine(tpl.Purpose, 200))))
	}
	return b.reply(ctx, t, strings.Join(lines, "\n"))
}
