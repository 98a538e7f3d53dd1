package prompts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	pipewright "github.com/pipewright/pipewright"
)

// checker collects the faults of all files.
type checker struct {
	tools  []string
	faults []string
}

func (c *checker) add(file, key, why string) {
	var parts []string
	for _, s := range []string{file, key, why} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	c.faults = append(c.faults, strings.Join(parts, ": "))
}

var (
	nameShape  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	inputShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`)
)

// check looks at everything in a prompt and parses its templates.
func (c *checker) check(p *Prompt) {
	add := func(key, format string, args ...any) { c.add(p.File, key, fmt.Sprintf(format, args...)) }
	if !nameShape.MatchString(p.Name) {
		add("name", "%q is not a name such as root-cause: a-z, 0-9 and -", p.Name)
	}
	if strings.TrimSpace(p.Purpose) == "" {
		add("purpose", "say in one line what it is for")
	}
	if !slices.Contains(pipewright.Intents, p.Intent) || p.Intent == "unknown" {
		add("intent", "%q is not an intent of the built-in planner; they are %v", p.Intent, pipewright.Intents[:len(pipewright.Intents)-1])
	} else if commands[p.Intent] {
		add("intent", "%q is a command, and a prompt only asks", p.Intent)
	}
	for i, t := range p.Tools {
		switch {
		case !slices.Contains(c.tools, t):
			add(fmt.Sprintf("tools[%d]", i), "there is no tool %q; there are %s", t, strings.Join(c.tools, ", "))
		case slices.Contains(p.Tools[:i], t):
			add(fmt.Sprintf("tools[%d]", i), "%q is listed twice", t)
		}
	}
	c.checkInputs(p)
	if strings.TrimSpace(p.Ask) == "" {
		add("ask", "give the question that the built-in planner is asked when there is no model")
	}
	if strings.TrimSpace(p.Body) == "" {
		add("body", "is empty")
	}
	p.ask, p.body = c.template(p, "ask", p.Ask), c.template(p, "body", p.Body)
	c.unused(p)
}

// commands are intents that wish for something: a prompt never does.
var commands = map[pipewright.Intent]bool{"act": true, "approve": true, "deny": true, "undo": true, "pause": true, "resume": true}

func (c *checker) checkInputs(p *Prompt) {
	for i, in := range p.Inputs {
		key := fmt.Sprintf("inputs[%d]", i)
		add := func(sub, format string, args ...any) { c.add(p.File, key+"."+sub, fmt.Sprintf(format, args...)) }
		if !inputShape.MatchString(in.Name) {
			add("name", "%q is not a name: a-z, 0-9 and _", in.Name)
		}
		if slices.ContainsFunc(p.Inputs[:i], func(o Input) bool { return o.Name == in.Name }) {
			add("name", "%q is declared twice", in.Name)
		}
		switch {
		case !slices.Contains(Types, in.Type):
			add("type", "%q is not a type; they are %v", in.Type, Types)
		case in.Type == Choice && len(in.Choices) == 0:
			add("choices", "list what may be chosen")
		case in.Type != Choice && len(in.Choices) > 0:
			add("choices", "are only for the type choice")
		case in.Required && in.Default != "":
			add("default", "an input that is required has none")
		case in.Default != "" && in.check(in.Default) != "":
			add("default", "%s", in.check(in.Default))
		}
	}
}

// template parses a template, tries it with samples and says what is wrong.
func (c *checker) template(p *Prompt, key, text string) *template.Template {
	t, err := template.New(key).Option("missingkey=error").Parse(text)
	if err != nil {
		c.add(p.File, key, strings.TrimPrefix(err.Error(), "template: "))
		return nil
	}
	if len(t.Templates()) > 1 {
		c.add(p.File, key, "a template must not define others")
	}
	var w walk
	if t.Tree != nil {
		w.node(t.Root)
	}
	before := len(c.faults)
	for _, why := range w.faults {
		c.add(p.File, key, why)
	}
	for _, name := range w.names() {
		if !p.has(name) {
			c.add(p.File, key, fmt.Sprintf("uses .%s, which is not among the inputs (%s)", name, p.takes()))
		}
	}
	if len(c.faults) == before && t.Tree != nil {
		c.try(p, key, t)
	}
	return t
}

// try executes the template with a sample of every input.
func (c *checker) try(p *Prompt, key string, t *template.Template) {
	values := map[string]string{}
	for _, in := range p.Inputs {
		values[in.Name] = in.sample()
	}
	if _, err := execute(t, values); err != nil {
		c.add(p.File, key, strings.TrimPrefix(err.Error(), "template: "))
	}
}

// unused reports inputs that neither template uses: a misspelling, mostly.
func (c *checker) unused(p *Prompt) {
	var w walk
	for _, t := range []*template.Template{p.ask, p.body} {
		if t == nil {
			return
		}
		if t.Tree != nil {
			w.node(t.Root)
		}
	}
	for i, in := range p.Inputs {
		if !w.used[in.Name] && inputShape.MatchString(in.Name) {
			c.add(p.File, fmt.Sprintf("inputs[%d]", i), fmt.Sprintf("neither ask nor the body uses .%s", in.Name))
		}
	}
}

// shortNames reports names that mean two prompts, at the later one.
func (c *checker) shortNames(all []Prompt) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Prompt) int { return a.layer - b.layer })
	owner := map[string]string{}
	for _, p := range all {
		owner[p.Name] = p.Name
	}
	for _, p := range all {
		for i, s := range p.Short {
			key := fmt.Sprintf("short[%d]", i)
			if !nameShape.MatchString(s) {
				c.add(p.File, key, fmt.Sprintf("%q is not a name: a-z, 0-9 and -", s))
			}
			if other, taken := owner[s]; taken {
				c.add(p.File, key, fmt.Sprintf("%q means %s already", s, other))
			}
			owner[s] = p.Name
		}
	}
}

// walk collects what a template uses. Only plain values, conditions and
// comparisons are offered: a template says where values go and does no work.
type walk struct {
	used   map[string]bool
	faults []string
}

var offered = []string{"and", "or", "not", "eq", "ne"}

func (w *walk) names() []string {
	var out []string
	for name := range w.used {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (w *walk) refuse(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

func (w *walk) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			w.node(child)
		}
	case *parse.TextNode, *parse.CommentNode, *parse.StringNode, *parse.BoolNode, *parse.NumberNode:
	case *parse.ActionNode:
		w.node(n.Pipe)
	case *parse.IfNode:
		w.node(n.Pipe)
		w.node(n.List)
		w.node(n.ElseList)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			w.refuse("variables are not offered")
		}
		for _, cmd := range n.Cmds {
			for _, arg := range cmd.Args {
				w.node(arg)
			}
		}
	case *parse.FieldNode:
		w.field(n)
	case *parse.IdentifierNode:
		if !slices.Contains(offered, n.Ident) {
			w.refuse("%s is not offered here; only if, else, %s are", n.Ident, strings.Join(offered, ", "))
		}
	default:
		w.refuse("%s is not offered here; only values such as {{.resource}} and if are", cut(n.String(), 60))
	}
}

func (w *walk) field(n *parse.FieldNode) {
	if w.used == nil {
		w.used = map[string]bool{}
	}
	w.used[n.Ident[0]] = true
	if len(n.Ident) > 1 {
		w.refuse("%s has no parts: a value is a text", n)
	}
}
