package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fault is one thing wrong with the file: a key's path, empty for the file as a
// whole, and a sentence.
type fault struct{ key, text string }

type faults []fault

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, fault{key, fmt.Sprintf(format, args...)})
}

// lines are the faults for a person, one a line.
func (f faults) lines() []string {
	var out []string
	for _, one := range f {
		if one.key == "" {
			out = append(out, one.text)
			continue
		}
		out = append(out, one.key+": "+one.text)
	}
	return out
}

// placed adds to each fault beneath a key the line of the file where it is: one entry of
// a long list is hard to count to.
func (f faults) placed(raw []byte, key string) faults {
	var file yaml.Node
	for i, one := range f {
		steps := stepOf.FindAllString(one.key, -1)
		if !strings.HasPrefix(one.key, key+"[") || file.IsZero() && yaml.Unmarshal(raw, &file) != nil {
			continue
		}
		if n := lineOf(&file, steps); n > 0 {
			f[i].text += fmt.Sprintf(" (line %d)", n)
		}
	}
	return f
}

var stepOf = regexp.MustCompile(`[^.\[\]]+`)

// lineOf is the line of the value that the steps lead to, or of the last one on the way.
func lineOf(n *yaml.Node, steps []string) (line int) {
	for n != nil {
		if n.Kind == yaml.DocumentNode {
			n = n.Content[0]
		}
		line = n.Line
		if len(steps) == 0 {
			return line
		}
		n, steps = child(n, steps[0]), steps[1:]
	}
	return line
}

func child(n *yaml.Node, step string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return n.Content[i+1]
		}
	}
	return nil
}

// outside leaves out the faults of keys that are at or beneath those of others:
// a value that did not fit was left out, and would only be called missing.
func (f faults) outside(others faults) faults {
	var out faults
	for _, one := range f {
		if !others.cover(one.key) {
			out = append(out, one)
		}
	}
	return out
}

func (f faults) cover(key string) bool {
	for _, one := range f {
		rest, ok := strings.CutPrefix(key, one.key)
		if ok && one.key != "" && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}
