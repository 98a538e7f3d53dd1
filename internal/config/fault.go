package config

import (
	"fmt"
	"strings"
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
