package redact

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Pattern is a kind of value that one house keeps confidential (an employee
// number, a customer's key).
type Pattern struct {
	// Kind labels the placeholder: lower-case letters, digits and underscores, at most 40.
	Kind string
	// Expr is a regular expression (RE2). Its first group is the value, or the
	// whole match when it has no group.
	Expr string
	// Anchors are texts of which every match holds one. Lines without any skip the expression. When
	// none is given, a text that every match must hold is read out of the expression; where
	// it has none, it runs over every line, which costs microseconds a line.
	Anchors []string
}

type custom struct {
	kind    string
	expr    *regexp.Regexp
	anchors []string
}

func (p Pattern) compile() (custom, error) {
	if end := run(p.Kind, 0, labelBytes, maxLabel); end == 0 || end != len(p.Kind) {
		return custom{}, fmt.Errorf("make redactor: kind %q: use 1 to %d of a-z, 0-9 and _", p.Kind, maxLabel)
	}
	expr, err := regexp.Compile(p.Expr)
	if err != nil {
		return custom{}, fmt.Errorf("make redactor: pattern of kind %s: %w", p.Kind, err)
	}
	if expr.MatchString("") {
		return custom{}, fmt.Errorf("make redactor: pattern of kind %s matches the empty text", p.Kind)
	}
	anchors := p.Anchors
	if text := held(p.Expr); len(anchors) == 0 && text != "" {
		anchors = []string{text}
	}
	return custom{kind: p.Kind, expr: expr, anchors: anchors}, nil
}

// held is the longest text that every match of an expression holds, "" when it has none.
func held(expr string) string {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	return heldBy(tree.Simplify())
}

func heldBy(re *syntax.Regexp) string {
	switch {
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0:
		return string(re.Rune)
	case re.Op == syntax.OpCapture, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Min > 0:
		return heldBy(re.Sub[0])
	case re.Op == syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if text := heldBy(sub); len(text) > len(longest) {
				longest = text
			}
		}
		return longest
	}
	return ""
}

func (c custom) find(s string) []span {
	if !c.mayMatch(s) {
		return nil
	}
	var out []span
	for _, m := range c.expr.FindAllStringSubmatchIndex(s, -1) {
		lo, hi := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 {
			lo, hi = m[2], m[3]
		}
		if lo < hi && !strings.Contains(s[lo:hi], opening) {
			out = append(out, span{start: lo, end: hi, kind: c.kind, label: c.kind})
		}
	}
	return out
}

func (c custom) mayMatch(s string) bool {
	for _, a := range c.anchors {
		if strings.Contains(s, a) {
			return true
		}
	}
	return len(c.anchors) == 0
}
