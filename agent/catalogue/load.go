package catalogue

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	pipewright "github.com/pipewright/pipewright"
)

//go:embed causes/*.yaml
var embedded embed.FS

// Default is the catalogue that comes with the binary. Its files are checked by
// the package's tests, so a fault in them is a defect and panics.
func Default() *Catalogue {
	c, err := Load()
	if err != nil {
		panic("catalogue: " + err.Error())
	}
	return c
}

// Load reads the embedded files and then each of more. A file of the same name
// in a later file system replaces the earlier one; another name adds a cause.
// The error is Invalid and lists every fault as "file: key: why", one a line.
func Load(more ...fs.FS) (*Catalogue, error) {
	own, err := fs.Sub(embedded, "causes")
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "open the embedded catalogue: %w", err)
	}
	return load(append([]fs.FS{own}, more...))
}

// file is one YAML file of the catalogue.
type file struct {
	name string
	text []byte
}

func load(layers []fs.FS) (*Catalogue, error) {
	files, err := read(layers)
	if err != nil {
		return nil, err
	}
	var faults []string
	c := &Catalogue{Hash: hash(files)}
	from := map[string]string{}
	for _, f := range files {
		cause, found := parse(f)
		faults = append(faults, found...)
		if first, dup := from[cause.Name]; dup {
			faults = append(faults, fmt.Sprintf("%s: cause: %q is already in %s", f.name, cause.Name, first))
		}
		from[cause.Name] = f.name
		c.Causes = append(c.Causes, cause)
	}
	if len(faults) > 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "%s", strings.Join(faults, "\n"))
	}
	slices.SortFunc(c.Causes, func(a, b Cause) int { return strings.Compare(a.Name, b.Name) })
	return c, nil
}

// read collects the files of all layers by name, in order of name.
func read(layers []fs.FS) ([]file, error) {
	byName := map[string]file{}
	for _, layer := range layers {
		names, err := fs.Glob(layer, "*.yaml")
		if err != nil {
			return nil, pipewright.Errorf(pipewright.Invalid, "list the catalogue: %w", err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(layer, name)
			if err != nil {
				return nil, pipewright.Errorf(pipewright.Unavailable, "read catalogue file %s: %w", name, err)
			}
			byName[name] = file{name: path.Base(name), text: text}
		}
	}
	out := make([]file, 0, len(byName))
	for _, f := range byName {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// hash names the content: file names and texts, in order.
func hash(files []file) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n", f.name, len(f.text))
		h.Write(f.text)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// parse decodes and checks one file and compiles its patterns. What decodes in
// spite of faults is still checked, so that all faults come out at once.
func parse(f file) (Cause, []string) {
	var c Cause
	dec := yaml.NewDecoder(bytes.NewReader(f.text))
	dec.KnownFields(true)
	err := dec.Decode(&c)
	var typed *yaml.TypeError
	switch {
	case errors.As(err, &typed):
	case errors.Is(err, io.EOF):
		return Cause{Name: strings.TrimSuffix(f.name, ".yaml")}, []string{f.name + ": file: is empty: write a cause into it, or take it away"}
	case err != nil:
		return Cause{Name: strings.TrimSuffix(f.name, ".yaml")}, []string{fmt.Sprintf("%s: file: %s", f.name, plain(err.Error()))}
	}
	ck := &checker{file: f.name}
	if typed != nil {
		for _, e := range typed.Errors {
			ck.decoding(e)
		}
	}
	ck.cause(&c)
	return c, ck.lines()
}

var unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found`)

func plain(s string) string { return strings.TrimPrefix(s, "yaml: ") }

// decoding turns the decoder's complaint into the form of the others.
func (ck *checker) decoding(text string) {
	if m := unknownField.FindStringSubmatch(text); m != nil {
		ck.fault(m[2], "is not a key of the catalogue (line %s)", m[1])
		return
	}
	ck.fault("file", "%s", plain(text))
}
