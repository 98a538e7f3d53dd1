package gym

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	pipewright "github.com/pipewright/pipewright"
)

// LoadScenario reads a scenario file. What it leaves out is as in
// DefaultScenario. The error is Invalid and lists every fault as
// "file: key: why", one a line.
func LoadScenario(file string, text []byte) (*Scenario, error) {
	sc := DefaultScenario()
	found, err := decode(file, text, sc)
	if err != nil {
		return nil, err
	}
	if sc.Name == "" {
		found = append(found, "scenario: is empty; give the scenario a name")
	}
	for i := range sc.Entities {
		e := &sc.Entities[i]
		if e.Env == "" {
			e.Env = "prod"
		}
		if e.Criticality == 0 {
			e.Criticality = 1
		}
	}
	if err := sc.Check(); err != nil {
		found = append(found, strings.Split(err.Error(), "\n")...)
	}
	return sc, invalid(file, found)
}

// decode reads YAML strictly. What is of the wrong type or unknown comes back as
// faults, so that the rest is still checked.
func decode(file string, text []byte, into any) ([]string, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err := dec.Decode(into)
	var typed *yaml.TypeError
	switch {
	case err == nil:
		return nil, nil
	case errors.Is(err, io.EOF):
		return nil, pipewright.Errorf(pipewright.Invalid, "%s: file: is empty", file)
	case !errors.As(err, &typed):
		return nil, pipewright.Errorf(pipewright.Invalid, "%s: file: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var found []string
	for _, e := range typed.Errors {
		if m := unknownField.FindStringSubmatch(e); m != nil {
			e = fmt.Sprintf("%s: is not a key here (line %s)", m[2], m[1])
		} else {
			e = "file: " + e
		}
		found = append(found, e)
	}
	return found, nil
}

var unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found`)

// invalid joins the faults of a file; nil when there are none.
func invalid(file string, found []string) error {
	if len(found) == 0 {
		return nil
	}
	return pipewright.Errorf(pipewright.Invalid, "%s: %s", file, strings.Join(found, "\n"+file+": "))
}
