package telemetry

import (
	"context"
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// Runbook is one Markdown file, redacted.
type Runbook struct {
	Name string // of the file, without its folder
	Text string
}

// Runbooks are files of instructions, searched by section.
type Runbooks struct {
	files map[string][]string // lines, by name
	index *retrieval.Index
}

// NewRunbooks indexes runbooks.
func NewRunbooks(books []Runbook) (*Runbooks, error) {
	b := &Runbooks{files: map[string][]string{}, index: retrieval.NewIndex()}
	for _, one := range books {
		b.files[one.Name] = strings.Split(strings.ReplaceAll(one.Text, "\r\n", "\n"), "\n")
		for _, d := range retrieval.OfRunbook(one.Name, one.Text) {
			if err := b.index.Add(d); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// RunbookKind is the kind of the sources that evidence from runbooks names:
// runbook:file/orders.md.
const RunbookKind = "runbook:file"

// Lines are the lines from first to last of a file, counted from 1; false when the file or
// the first of them does not exist.
func (b *Runbooks) Lines(source pipewright.ResourceID, first, last int64) (string, bool) {
	if b == nil {
		return "", false
	}
	lines, ok := b.files[strings.TrimPrefix(string(source), RunbookKind+"/")]
	if !ok || first < 1 || first > int64(len(lines)) {
		return "", false
	}
	return strings.Join(lines[first-1:min(last, int64(len(lines)))], "\n"), true
}

// cite makes evidence of a section, word for word and without blank lines at its end.
func (b *Runbooks) cite(c retrieval.Citation, query string) pipewright.Evidence {
	source := pipewright.ResourceID(RunbookKind + "/" + c.Source)
	text, _ := b.Lines(source, c.FirstLine, c.LastLine)
	text = strings.TrimRight(text, "\n \t")
	last := c.FirstLine + int64(strings.Count(text, "\n"))
	return pipewright.Evidence{Source: source, Kind: pipewright.RunbookEvidence, Query: query, Excerpt: text, Lines: []int64{c.FirstLine, last},
		Link: fmt.Sprintf("pipewright search --source %s --lines %d-%d", source, c.FirstLine, last)}
}

// Section is one result of read_runbook.
type Section struct {
	File  string   `json:"file"`
	Lines [2]int64 `json:"lines"`
	Text  string   `json:"text"`
}

const sections = 3 // of runbooks that a call cites unless it says how many

func (r reader) readRunbook() spec {
	return spec{name: "read_runbook", purpose: "the sections of the team's runbooks that answer a question best, word for word",
		args: []tools.Arg{{Name: "text", Type: "string", Purpose: "what to look for, in any words", Required: true}, limitArg("at most that many sections, 3 unless said, 10 at most")},
		run: func(_ context.Context, in input) (tools.Result, error) {
			if r.runbooks == nil || r.runbooks.index.Len() == 0 {
				return tools.Result{Empty: "no runbook is known; name the folder of Markdown files as runbooks: in the configuration"}, nil
			}
			hits, err := r.runbooks.index.Search(retrieval.Query{Text: in.str("text"), Limit: in.bound("limit", sections, 10)})
			if err != nil {
				return tools.Result{}, err
			}
			res := tools.Result{}
			var data []Section
			for _, h := range hits {
				if h.Lexical == 0 || h.Lexical < closeTo*hits[0].Lexical {
					continue // of a general likeness only
				}
				e := r.runbooks.cite(h.Document.Citation, in.query())
				res.Evidence = append(res.Evidence, e)
				data = append(data, Section{h.Document.Citation.Source, [2]int64{e.Lines[0], e.Lines[1]}, e.Excerpt})
			}
			if res.Hits, res.Data = len(data), data; len(data) == 0 {
				res.Empty = fmt.Sprintf("none of the %d sections of the %d runbooks has a word of %q", r.runbooks.index.Len(), len(r.runbooks.files), in.str("text"))
			}
			return res, nil
		}}
}

const closeTo = 0.3 // share of the best section's lexical score that another must have
