package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

//go:embed *.md
var embedded embed.FS

// maxFile bounds one template's file, in bytes.
const maxFile = 256 << 10

// Load reads the embedded prompts and then those of each folder of more: one with
// the same name replaces the earlier one, another name adds. tools are the names
// that a prompt may allow; the caller knows them. The error is Invalid and lists
// every fault as "file: key: why", one a line.
func Load(tools []string, more ...fs.FS) (*Library, error) {
	c := checker{tools: tools}
	byName := map[string]Prompt{}
	for i, layer := range append([]fs.FS{embedded}, more...) {
		found, err := c.layer(layer)
		if err != nil {
			return nil, err
		}
		if i > 0 && len(found) == 0 {
			c.add("", "", "the folder holds no prompt: one Markdown file (*.md) each")
		}
		for _, p := range found {
			p.layer = i
			byName[p.Name] = p
		}
	}
	l := &Library{}
	for _, p := range byName {
		l.prompts = append(l.prompts, p)
	}
	slices.SortFunc(l.prompts, func(a, b Prompt) int { return strings.Compare(a.Name, b.Name) })
	c.shortNames(l.prompts)
	if len(c.faults) > 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "%s", strings.Join(c.faults, "\n"))
	}
	return l, nil
}

// layer reads the prompts of one folder in order of file name.
func (c *checker) layer(layer fs.FS) ([]Prompt, error) {
	names, err := fs.Glob(layer, "*.md")
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "list prompts: %w", err)
	}
	var out []Prompt
	from := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(layer, name)
		if err != nil {
			c.add(name, "", "cannot be read")
			continue
		}
		if len(text) > maxFile {
			c.add(name, "", fmt.Sprintf("is larger than %d bytes", maxFile))
			continue
		}
		p, ok := c.parse(name, text)
		if first, dup := from[p.Name]; dup && p.Name != "" {
			c.add(name, "name", fmt.Sprintf("%q is in %s already", p.Name, first))
		}
		from[p.Name] = name
		if ok {
			out = append(out, p)
		}
	}
	return out, nil
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}
