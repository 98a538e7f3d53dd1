package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	koanfyaml "github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

// parse reads YAML into a tree of maps, lists and plain values.
func parse(raw []byte) (map[string]any, faults) {
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(raw), koanfyaml.Parser()); err != nil {
		return nil, syntax(err)
	}
	var found faults
	if documents(raw) > 1 { // the parser reads the first and drops the rest in silence
		found.add("", "it holds more than one document: take out the line ---")
	}
	return k.Raw(), found
}

// documents counts the YAML documents of a file, two at most.
func documents(raw []byte) (n int) {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	for n < 2 {
		var node yaml.Node
		if err := dec.Decode(&node); err != nil {
			if !errors.Is(err, io.EOF) {
				n++
			}
			return n
		}
		n++
	}
	return n
}

// The parser's own sentences are kept when they quote nothing of the file,
// since what they quote may be a secret.
var (
	atLine  = regexp.MustCompile(`^line (\d+): `)
	twice   = regexp.MustCompile(`^mapping key "[A-Za-z0-9_]{1,40}" already defined at line \d+$`)
	quoting = regexp.MustCompile("[\"'`{\\[]")
)

// syntax says where the file is not YAML and why.
func syntax(err error) (found faults) {
	for _, line := range strings.Split(err.Error(), "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "yaml: ")
		where, why := "", line
		if m := atLine.FindStringSubmatch(line); m != nil {
			where, why = "line "+m[1], strings.TrimPrefix(line, m[0])
		}
		if why != "" && why != "unmarshal errors:" {
			found.add(where, "%s", reason(why))
		}
	}
	return found
}

func reason(why string) string {
	switch {
	case strings.HasPrefix(why, "unknown anchor"):
		return "a value that begins with * must be in quotes"
	case strings.HasPrefix(why, "cannot unmarshal"), strings.HasPrefix(why, "cannot decode"):
		return "it must hold keys and values, such as store: {path: pipewright.db}"
	case strings.HasPrefix(why, "invalid map key"):
		return "a key must be a plain word"
	case twice.MatchString(why):
		return why
	case quoting.MatchString(why):
		return "it is not YAML"
	}
	return "it is not YAML: " + why
}
