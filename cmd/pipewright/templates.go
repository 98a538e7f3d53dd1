package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/record"
	"github.com/pipewright/pipewright/retrieval/template"
)

// templatesCommand mines the templates of a log.
func (p program) templatesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "templates FILE",
		Short: "Mine the templates of a log",
		Long: "Mines the templates of a log, one line a record, and prints which line is an instance of which:\n" +
			"CSV with LineId, EventId and EventTemplate, variables written <*>. Where lines begin with a time, a level\n" +
			"and a logger, what follows these is mined. FILE - is the standard input.",
		Example: "  pipewright templates spark.log > templates.csv\n  pipewright templates --json spark.log",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			in, err := p.openLog(args[0])
			if err != nil {
				return err
			}
			m, refs, err := mineLines(in, p.now())
			err = errors.Join(err, in.Close())
			if err != nil {
				return pipewright.Errorf(pipewright.Unavailable, "read %s: %w", args[0], err)
			}
			if asJSON {
				return printTemplates(p.out, m.View(), len(refs))
			}
			return printEvents(p.out, m.View(), refs)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the templates, with counts, examples and values, as JSON")
	return cmd
}

// openLog opens a file, or the standard input for "-".
func (p program) openLog(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(p.in), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.NotFound, "open the log: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(pipewright.Errorf(pipewright.Invalid, "%s is a folder: name a file in it", path), f.Close())
	}
	return f, nil
}

// Lines that tell whether those of a log begin with headers, and the share that must.
const (
	headerSample = 500
	headerShare  = 0.9
)

// mineLines mines every line of a log, and remembers where each one went. Where nearly all
// lines begin with a header (a time, a level, a logger), what follows it is mined.
func mineLines(in io.Reader, now time.Time) (*template.Miner, []template.Ref, error) {
	m := template.New(template.Options{})
	var refs []template.Ref
	lines := record.NewLines(in)
	var first []string
	for len(first) < headerSample && lines.Next() {
		first = append(first, string(lines.Line()))
	}
	headed := record.Headed(first, now) >= headerShare
	add := func(line []byte) {
		if headed {
			h, _ := record.Parse(string(line), now)
			line = []byte(h.Message)
		}
		refs = append(refs, m.Add(template.Line{Text: line}))
	}
	for _, line := range first {
		add([]byte(line))
	}
	for lines.Next() {
		add(lines.Line())
	}
	return m, refs, lines.Err()
}

func printEvents(out io.Writer, v template.View, refs []template.Ref) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	w := csv.NewWriter(buffered)
	err := w.Write([]string{"LineId", "EventId", "EventTemplate"})
	for i, ref := range refs {
		t := v.Templates[v.Of(ref)]
		if err == nil {
			err = w.Write([]string{strconv.Itoa(i + 1), t.ID, t.Text})
		}
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "write the templates: %w", err)
	}
	return nil
}

// minedTemplate is one template as --json prints it.
type minedTemplate struct {
	ID       string     `json:"id"`
	Template string     `json:"template"`
	Count    uint64     `json:"count"`
	Examples []string   `json:"examples"`
	Values   [][]string `json:"values,omitempty"` // by variable, in order
}

func printTemplates(out io.Writer, v template.View, lines int) error {
	report := struct {
		Lines     int             `json:"lines"`
		Templates []minedTemplate `json:"templates"`
	}{Lines: lines, Templates: []minedTemplate{}}
	for _, t := range v.Templates {
		report.Templates = append(report.Templates, minedTemplate{t.ID, t.Text, t.Count, t.Examples, t.Values})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(report); err != nil {
		return fmt.Errorf("write the templates: %w", err)
	}
	return nil
}
